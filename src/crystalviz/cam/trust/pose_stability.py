"""Does a map turn with its picture? The eight poses, turned back and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.cam.overlay import resize_map
from crystalviz.cam.trust.explained import explained_classes, pixels_of
from crystalviz.cam.trust.map_source import MapSource
from crystalviz.cam.trust.similarity import pearson
from crystalviz.images import POSES, Images, Pixels, apply_pose
from crystalviz.models import Model

_PAIRS = [(a, b) for a in POSES for b in POSES if a < b]


@dataclass(frozen=True)
class PoseStability:
    """How far the maps of one picture in its eight poses agree.

    Attributes
    ----------
    maps : (n, 8, h, w) float32
        By pose, turned back to the picture as it is stored.
    correlation : (n,) float64
        Mean Pearson correlation of the 28 pairs of poses, -1 to 1; higher is better. A pair of
        which only one map is empty counts as 0. NaN where no pose has evidence.
    peak_agreement : (n,) float64
        Share of the pairs of poses, 0 to 1, whose peaks lie at most one cell of the map apart
        (also diagonally); higher is better. A pair of which only one map is empty counts as apart.
        NaN where no pose has evidence.
    """

    maps: NDArray[np.float32]
    correlation: NDArray[np.float64]
    peak_agreement: NDArray[np.float64]


def pose_stability(
    images: Images,
    model: Model,
    layer: str = "conv5_block2_out",
    method: str = "layercam",
    targets: ArrayLike | str | None = None,
) -> PoseStability:
    """Compute the map of each picture in all eight poses, turn the maps back and compare them.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        n images that can all be decoded.
    model : Model
    layer, method : str
        As `compute_cam` takes them.
    targets : (n,) int array, str or None
        The explained classes, the same in all poses: numbers, one name for all, or None for
        the ones predicted for the pictures as they are stored.

    Returns
    -------
    PoseStability

    Notes
    -----
    A crystal on a microscope has no upright pose, so evidence should turn with the picture. All
    pairs are compared because the stored pose is one of eight. Equivariance of explanations under
    symmetries as in Crabbé and van der Schaar 2023, arXiv:2304.06715, for the group D4.
    """
    pixels = pixels_of(images)
    classes = explained_classes(pixels, model, targets)
    return stability_of(pixels, model, classes, MapSource(method, layer))


def stability_of(
    pixels: Sequence[Pixels], model: Model, classes: NDArray[np.int64], source: MapSource
) -> PoseStability:
    """Measure the stability of any source of maps; see `pose_stability`."""
    posed = [apply_pose(picture, pose) for picture in pixels for pose in POSES]
    found = source(posed, model, np.repeat(classes, len(POSES)))
    shape = found.shape[1:]
    turned = [
        # A map that is not square changes sides with a quarter turn.
        resize_map(undo_pose(cam, pose), shape)
        for cam, pose in zip(found, list(POSES) * len(pixels), strict=True)
    ]
    return compare_poses(np.stack(turned).reshape(len(pixels), len(POSES), *shape))


def compare_poses(maps: NDArray[np.float32]) -> PoseStability:
    """Compare maps that are already turned back.

    Parameters
    ----------
    maps : (n, 8, h, w) array

    Returns
    -------
    PoseStability
    """
    count, poses, _, width = maps.shape
    empty = np.logical_not((maps > 0).any(axis=(2, 3)))
    peaks = maps.reshape(count, poses, -1).argmax(axis=2)
    rows, columns = np.divmod(peaks, width)
    correlation = np.empty((count, len(_PAIRS)))
    near = np.empty((count, len(_PAIRS)))
    for k, (a, b) in enumerate(_PAIRS):
        both = empty[:, a] & empty[:, b]
        some = (empty[:, a] | empty[:, b]) & ~both
        apart = np.maximum(np.abs(rows[:, a] - rows[:, b]), np.abs(columns[:, a] - columns[:, b]))
        correlation[:, k] = np.where(some, 0.0, pearson(maps[:, a], maps[:, b]))
        near[:, k] = np.where(both, np.nan, (apart <= 1) & ~some)
    return PoseStability(maps, _mean_known(correlation), _mean_known(near))


def correlation_between_scenes(
    cams: NDArray[np.floating], scenes: ArrayLike
) -> NDArray[np.float64]:
    """Correlate each map with the maps of all other scenes: the level that stability must exceed.

    Maps that always light up the middle agree between poses, and between any two pictures.

    Parameters
    ----------
    cams : (n, h, w) array
    scenes : (n,) int array

    Returns
    -------
    (n,) float64
        Mean Pearson correlation, -1 to 1; NaN without another scene or for a flat map.
    """
    groups = np.asarray(scenes)
    result = np.full(len(cams), np.nan)
    for i in range(len(cams)):
        others = cams[groups != groups[i]]
        if len(others):
            result[i] = _mean_known(pearson(np.broadcast_to(cams[i], others.shape), others)[None])[
                0
            ]
    return result


def undo_pose(values: NDArray[np.generic], pose: int) -> NDArray[np.generic]:
    """Turn (H, W) back: `undo_pose(apply_pose(x, pose), pose)` is x."""
    upright = np.rot90(values, -(pose % 4))
    return upright[:, ::-1] if pose >= 4 else upright


def _mean_known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each row (n, k) over what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
