"""Scenes: the groups of pictures that are one picture up to rotation, mirror and recompression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crystalviz.images.pillow_files import ImageReadError
from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import POSES
from crystalviz.images.same_picture import MIN_CONTRAST, Comparable, same_picture
from crystalviz.images.scene_signature import (
    FREQUENCIES,
    SceneSignature,
    pose_spectrum,
    scene_signature,
)
from crystalviz.images.sources import Images, as_image_set

# Measured on real and synthetic crystals: copies (JPEG quality 75, noise of 8 gray levels, any
# pose, 0.7 times the size) stay above 0.998 in both, different pictures below 0.90 and 0.61.
_MIN_FOLDED = 0.97
_MIN_POSED = 0.95
# Lighting fills the lowest frequencies of every picture of a series alike.
_LOWEST_FREQUENCY = 3
_PARTNERS = 8
_BLOCK_ENTRIES = 1 << 24
_DECODED_KEPT = 64


def find_scenes(images: Images) -> NDArray[np.int64]:
    """Give the images that show one picture, in whatever pose, a common number.

    One picture means equal pixels in one of the eight poses (quarter turns and mirrors), or
    nearly so: lightly recompressed (JPEG quality 75 and up), with a little noise, or somewhat
    smaller. Pictures without detail (blank fields) are one only if their pixels are equal.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
        As `crystalviz.images.as_image_set` takes it.

    Returns
    -------
    (n,) int64 array
        Scene numbers from 0, by first appearance. An image that cannot be decoded is a scene of
        its own (and is listed in the set's `problems`).
    """
    source = as_image_set(images)
    decoded: list[int] = []
    signatures: list[SceneSignature] = []
    for index, pixels in source.stream():
        decoded.append(index)
        signatures.append(scene_signature(pixels))
    groups = group_scenes(signatures, lambda position: source.pixels(decoded[position]))
    scenes = np.arange(len(source)) + len(source)
    scenes[decoded] = groups
    return _by_first_appearance(scenes)


def group_scenes(
    signatures: Sequence[SceneSignature], pixels_of: Callable[[int], Pixels]
) -> NDArray[np.int64]:
    """Find the scenes of pictures whose signatures are known.

    Equal digests are one scene. For recompressed copies each picture's nearest spectra are
    candidates (compared in a form that poses leave unchanged, by matrix products in blocks), and
    a candidate counts once the pixels themselves agree.

    Parameters
    ----------
    signatures : sequence of SceneSignature
    pixels_of : callable
        Index to (H, W) uint8; called only for candidates whose digests differ. What it raises as
        ImageReadError leaves the candidate unconfirmed.

    Returns
    -------
    (n,) int64 array
        Scene numbers from 0, by first appearance.
    """
    by_digest: dict[bytes, int] = {}
    first = np.array(
        [by_digest.setdefault(item.digest, index) for index, item in enumerate(signatures)],
        np.int64,
    )
    parent = np.arange(len(signatures))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    @lru_cache(maxsize=_DECODED_KEPT)
    def comparable(index: int) -> Comparable | None:
        try:
            return Comparable.of(pixels_of(index))
        except ImageReadError:
            return None

    distinct = np.array(
        [index for index in by_digest.values() if signatures[index].contrast >= MIN_CONTRAST],
        np.int64,
    )
    spectra = [signatures[index].spectrum for index in distinct]
    for one, other, poses in _candidates(np.array(spectra, np.float32)):
        left, right = root(int(distinct[one])), root(int(distinct[other]))
        if left == right:
            continue
        a, b = comparable(int(distinct[one])), comparable(int(distinct[other]))
        if a is not None and b is not None and same_picture(a, b, poses):
            parent[max(left, right)] = min(left, right)
    return _by_first_appearance(np.array([root(int(index)) for index in first], np.int64))


def _candidates(spectra: NDArray[np.float32]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield index pairs whose spectra agree in some poses of the second, and those poses."""
    if len(spectra) < 2:
        return
    order = np.arange(FREQUENCIES)
    band = np.maximum.outer(order, order) >= _LOWEST_FREQUENCY
    folded = _unit(_fold(spectra, band))
    posed = np.stack([_unit(pose_spectrum(spectra, pose)[:, band]) for pose in POSES], axis=1)
    for one, other in _near_pairs(folded):
        agreement = posed[other] @ posed[one, 0]
        poses = np.flatnonzero(agreement >= _MIN_POSED)
        if len(poses):
            yield one, other, poses[np.argsort(-agreement[poses], kind="stable")].tolist()


def _fold(spectra: NDArray[np.float32], band: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Drop what poses change, signs and transposition: (n, 16, 16) to (n, d).

    Sorting and absolute values never move two points apart, so that no copy is lost here.
    """
    size = np.abs(spectra)
    turned = size.swapaxes(1, 2)
    upper = np.triu(np.ones_like(band), 1) & band
    diagonal = np.eye(len(band), dtype=bool) & band
    larger, smaller = np.maximum(size, turned), np.minimum(size, turned)
    return np.concatenate([larger[:, upper], smaller[:, upper], size[:, diagonal]], axis=1)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-6)


def _near_pairs(vectors: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return pairs (i < j) within `_MIN_FOLDED`, for each vector its `_PARTNERS` nearest at most.

    The limit keeps the work in proportion to n where thousands of pictures look alike.
    """
    pairs: set[tuple[int, int]] = set()
    n = len(vectors)
    rows = max(1, _BLOCK_ENTRIES // n)
    for start in range(0, n, rows):
        cosine = vectors[start : start + rows] @ vectors.T
        own = np.arange(len(cosine))
        cosine[own, start + own] = -1
        near = cosine >= _MIN_FOLDED
        for row in np.flatnonzero(near.any(axis=1)):
            columns = np.flatnonzero(near[row])
            if len(columns) > _PARTNERS:
                nearest = np.argsort(-cosine[row, columns], kind="stable")[:_PARTNERS]
                columns = columns[nearest]
            one = start + int(row)
            pairs.update((min(one, int(other)), max(one, int(other))) for other in columns)
    return sorted(pairs)


def _by_first_appearance(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.ravel()]
