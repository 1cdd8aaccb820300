"""Equal vectors folded into one node, because a graph of equal vectors hides the others.

hnswlib links a node to its nearest ones; where these are all copies of one vector, no link
leads on, and what lies beyond is never found: with 1,500 copies beside 299 other vectors,
none of the 299 was. So a graph gets each vector once, and an answer names all its objects.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from crystalviz.store.index.distances import COSINE, unit

_BLOCK = 256


def prepared(vectors: np.ndarray, distance: str) -> np.ndarray:
    """Return vectors (m, d) float32 as a graph compares them: for cosine, of length 1."""
    return unit(vectors) if distance == COSINE else vectors


def fingerprints(
    matrix: np.ndarray, rows: np.ndarray, tell: Callable[[int], None] = lambda _: None
) -> np.ndarray:
    """Return 128 bits of BLAKE2b of some vectors, (m, 2) uint64.

    Two vectors have the same ones if and only if they are equal, as far as anyone knows.
    `tell` is called with the number of vectors done.
    """
    digests = bytearray()
    for start in range(0, len(rows), _BLOCK):
        # + 0: -0.0 and 0.0 are one number.
        for row in matrix[rows[start : start + _BLOCK]] + np.float32(0):
            digests += blake2b(row.data, digest_size=16).digest()
        tell(min(start + _BLOCK, len(rows)))
    return np.frombuffer(bytes(digests), "<u8").reshape(-1, 2).astype(np.uint64)


def fold(prints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each distinct vector, in the order of rows, and every row's node.

    Returns
    -------
    first : (c,) int64
        Ascending; node i stands for the vector of row `first[i]`.
    nodes : (m,) int64
        The node of each row.
    """
    order = np.lexsort((prints[:, 1], prints[:, 0]))
    ordered = prints[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    # The sort is stable: the first of a group is its first row.
    first = order[begins]
    by_row = np.argsort(first)
    number = np.empty(len(first), np.int64)
    number[by_row] = np.arange(len(first))
    nodes = np.empty(len(order), np.int64)
    nodes[order] = number[np.cumsum(begins) - 1]
    return first[by_row], nodes


def nodes_of(prints: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the node (m,) int64 that each vector has among those of `known` (c, 2), or -1."""
    if not len(known):
        return np.full(len(prints), -1, np.int64)
    order = np.argsort(known[:, 0])
    places = np.searchsorted(known[:, 0], prints[:, 0], sorter=order)
    nodes = order[np.minimum(places, len(known) - 1)]
    return np.where((known[nodes] == prints).all(axis=1), nodes, -1)
