"""Links between recompressed copies: candidates by spectrum, confirmed by their pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystalviz.images.pillow_files import ImageReadError
from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import POSES
from crystalviz.images.same_picture import Comparable, pose_of_same_picture
from crystalviz.images.scene_signature import (
    FREQUENCIES,
    SPECTRUM_SIDE,
    SceneSignature,
    pose_spectrum,
)

# The frequencies of the spectrum that are compared, and their weights. Lamps that fall off fill
# the lowest frequencies and both axes of every picture of a series alike, so these are left out;
# the others count by their frequency, since pictures hold less of the higher ones. Measured on
# real and synthetic crystals: copies (as in `same_picture`) stay above 0.98 in both, folded and
# posed; different crops of one frame below 0.96 and mostly below 0.84; blank fields under one lamp
# below 0.86 and 0.38.
_ORDER = np.arange(FREQUENCIES)
_BAND = (np.maximum.outer(_ORDER, _ORDER) >= 6) & (np.minimum.outer(_ORDER, _ORDER) >= 1)
_WEIGHT = np.hypot.outer(_ORDER, _ORDER).astype(np.float32)
_MIN_FOLDED = 0.95
_MIN_POSED = 0.93
# Blank fields have nothing to tell them apart by: rounding draws the same rings into all of them,
# and at JPEG quality 30 the blocks do, up to a contrast of 1.3 gray levels. Below it a picture is
# compared only if it has structure: 16 gray levels in the real crystals, below 1.3 in blank fields.
_MIN_CONTRAST = 1.3
_MIN_STRUCTURE = 2.5
_PARTNERS = 8
_BLOCK_ENTRIES = 1 << 24
_PAIRS_AT_A_TIME = 1 << 14
_DECODED_KEPT = 256


class Link(NamedTuple):
    """Two pictures that are one: `other`, in `pose`, is nearly `one`."""

    one: int
    other: int
    pose: int


def lossy_links(
    signatures: Sequence[SceneSignature],
    chosen: NDArray[np.int64],
    pixels_of: Callable[[int], Pixels],
) -> list[Link]:
    """Link the pictures among `chosen` that are copies of each other.

    Candidates are the eight nearest spectra of each picture, in a form that poses leave unchanged,
    by matrix products in blocks. A candidate counts once the pixels themselves agree. The links
    form no circle.

    Parameters
    ----------
    signatures : sequence of SceneSignature
    chosen : (m,) int64 array
        Indices of pictures with different digests.
    pixels_of : callable
        Index to (H, W) uint8; called for candidates only. What it raises as ImageReadError
        leaves the candidate unconfirmed.
    """
    parent = {int(index): int(index) for index in chosen}

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    @lru_cache(maxsize=_DECODED_KEPT)
    def comparable(index: int) -> Comparable | None:
        try:
            return Comparable.of(pixels_of(index))
        except ImageReadError:
            return None

    links: list[Link] = []
    rich = [int(index) for index in chosen if _is_rich(signatures[index])]
    spectra = np.array([signatures[index].spectrum for index in rich], np.float32)
    for near, far, poses in _candidates(spectra):
        one, other = rich[near], rich[far]
        left, right = root(one), root(other)
        if left == right:
            continue
        a, b = comparable(one), comparable(other)
        if a is None or b is None:
            continue
        pose = pose_of_same_picture(a, b, poses)
        if pose is not None:
            parent[max(left, right)] = min(left, right)
            links.append(Link(one, other, pose))
    return links


def _is_rich(signature: SceneSignature) -> bool:
    if signature.contrast >= _MIN_CONTRAST:
        return True
    band = signature.spectrum[_BAND].astype(np.float32)
    # The transform is orthonormal: as a standard deviation over the 32 x 32 picture, gray levels.
    return float(np.linalg.norm(band)) / SPECTRUM_SIDE >= _MIN_STRUCTURE


def _candidates(spectra: NDArray[np.float32]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield index pairs whose spectra agree in some poses of the second, and those poses."""
    if len(spectra) < 2:
        return
    spectra = spectra * _WEIGHT
    pairs = _near_pairs(_unit(_fold(spectra)))
    posed = _unit(spectra[:, _BAND])
    for start in range(0, len(pairs), _PAIRS_AT_A_TIME):
        some = pairs[start : start + _PAIRS_AT_A_TIME]
        agreement = np.stack(
            [
                np.einsum(
                    "ij,ij->i",
                    posed[some[:, 0]],
                    _unit(pose_spectrum(spectra[some[:, 1]], pose)[:, _BAND]),
                )
                for pose in POSES
            ],
            axis=1,
        )
        for (one, other), row in zip(some.tolist(), agreement, strict=True):
            poses = np.flatnonzero(row >= _MIN_POSED)
            if len(poses):
                yield one, other, poses.tolist()


def _fold(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    """Drop what poses change, signs and transposition: (n, 16, 16) to (n, d).

    Sorting and absolute values never move two points apart, so that no copy is lost here.
    """
    size = np.abs(spectra)
    turned = size.swapaxes(1, 2)
    upper = np.triu(np.ones_like(_BAND), 1) & _BAND
    diagonal = np.eye(len(_BAND), dtype=bool) & _BAND
    larger, smaller = np.maximum(size, turned), np.minimum(size, turned)
    return np.concatenate([larger[:, upper], smaller[:, upper], size[:, diagonal]], axis=1)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-6)


def _near_pairs(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
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
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)
