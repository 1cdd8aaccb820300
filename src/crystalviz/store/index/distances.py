"""The distances of Weaviate: compared roughly by BLAS or hnswlib, measured for good in float64.

A search compares roughly in float32 and measures what lies close to the last place again,
row by row, so that a distance depends on nothing but the two vectors: exact search and HNSW
tell the same number for the same pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# As in Weaviate: `adapters/repos/db/vector/hnsw/distancer/`.
COSINE, DOT, L2 = "cosine", "dot", "l2-squared"
MANHATTAN, HAMMING = "manhattan", "hamming"
DISTANCES = (COSINE, DOT, L2, MANHATTAN, HAMMING)

# How far float32 sums may stray from the true ones, generously.
_COSINE_SLACK = 2e-5
_RELATIVE_SLACK = 2e-5

# Lengths outside of this have squares or inverses that float32 cannot hold.
_SMALL, _LARGE = 1e-18, 1e18

_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class Query:
    """A query in float64 (d,), and its length."""

    vector: np.ndarray
    length: float

    @classmethod
    def of(cls, vector: np.ndarray) -> Query:
        """Read a query (d,) float32."""
        wide = vector.astype(np.float64)
        return cls(wide, float(np.sqrt(wide @ wide)))


def lengths(vectors: np.ndarray) -> np.ndarray:
    """Return the Euclidean lengths (m,) float64 of vectors (m, d)."""
    return np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (m, d) float32 brought to length 1; a zero vector stays zero."""
    norms = lengths(vectors)
    scale = np.where(norms > 0, norms, 1.0)
    scaled = vectors / scale.astype(np.float32)[:, None]
    odd = np.flatnonzero((scale < _SMALL) | (scale > _LARGE))
    scaled[odd] = vectors[odd].astype(np.float64) / scale[odd, None]
    return scaled


def rough(matrix: np.ndarray, norms: np.ndarray, query: Query, distance: str) -> np.ndarray:
    """Return values (m,) that differ from the distances by less than `slack`.

    Parameters
    ----------
    matrix : (m, d) float32
        Vectors as inserted.
    norms : (m,) float64
        Their lengths.
    """
    if distance in (MANHATTAN, HAMMING):
        return _measured(matrix, query, distance)
    with np.errstate(all="ignore"):
        dots = matrix @ query.vector.astype(np.float32)
        if distance == L2:
            values = norms**2 + (query.length**2 - 2.0 * dots)
        elif distance == DOT:
            values = -dots
        else:
            # A zero vector's distance to everything is 1, as in Weaviate.
            scale = norms * query.length
            values = 1.0 - dots / np.where(scale > 0, scale, 1.0)
    if np.isfinite(values).all() and (distance != COSINE or _tame(norms, query)):
        return values
    # Numbers that float32 cannot multiply: the slow way, which can.
    return _measured(matrix, query, distance)


def _tame(norms: np.ndarray, query: Query) -> bool:
    """Whether no product of two numbers can be lost for being too small."""
    if not len(norms) or query.length == 0:
        return True
    least = norms.min(initial=np.inf, where=norms > 0)
    return bool(least > _SMALL) and query.length > _SMALL


def slack(distance: str, norms: np.ndarray, query: Query) -> float:
    """Return how far `rough` may stray for vectors of these lengths (n,) float64."""
    if distance == COSINE:
        return _COSINE_SLACK
    if distance == DOT:
        return _RELATIVE_SLACK * float(norms.max(initial=0.0)) * query.length
    if distance == L2:
        return _RELATIVE_SLACK * (float(norms.max(initial=0.0)) + query.length) ** 2
    return 0.0


def measure(rows: np.ndarray, query: Query, distance: str) -> np.ndarray:
    """Return the distances (m,) float32 of vectors (m, d) to a query.

    Summed row by row in float64: BLAS may sum the same row in another order at another
    place; here equal vectors get equal distances, so that their order is by uuid.

    cosine: 1 - cos, never below 0; dot: -dot; l2-squared: the squared Euclidean distance;
    manhattan: the sum of the absolute differences; hamming: how many numbers differ.
    """
    with np.errstate(over="ignore"):
        return _measured(rows, query, distance).astype(np.float32) + np.float32(0)  # no -0.0


def _measured(rows: np.ndarray, query: Query, distance: str) -> np.ndarray:
    measured = np.empty(len(rows), np.float64)
    step = max(1, _BLOCK_BYTES // (8 * max(1, query.vector.size)))
    for start in range(0, len(rows), step):
        block = rows[start : start + step].astype(np.float64)
        measured[start : start + step] = _one_block(block, query, distance)
    return measured


def _one_block(block: np.ndarray, query: Query, distance: str) -> np.ndarray:
    if distance == HAMMING:
        return np.asarray((block != query.vector).sum(axis=1), np.float64)
    if distance == MANHATTAN:
        return np.asarray(np.abs(block - query.vector).sum(axis=1))
    if distance == L2:
        return np.asarray(((block - query.vector) ** 2).sum(axis=1))
    dots = (block * query.vector).sum(axis=1)
    if distance == DOT:
        return np.asarray(-dots)
    scale = np.sqrt((block * block).sum(axis=1)) * query.length
    cosine = dots / np.where(scale > 0, scale, 1.0)
    # Float32 vectors know their direction to 1e-7: finer differences are noise.
    return np.maximum(np.round(1.0 - cosine, 7), 0.0)
