"""The map of nothing: what a network's borders draw into the map of an empty picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.cam.trust.explained import explained_classes, maps_of, pixels_of
from crystalviz.cam.trust.similarity import pearson
from crystalviz.images import Images
from crystalviz.models import Model

# Of a map's peak: what is left below this after subtraction is rounding, not evidence.
_NOTHING = 0.01
# Of values 0 to 1: an artefact that varies less than this is flat.
_FLAT = 1e-6


def border_artefact(
    images: Images,
    model: Model,
    layer: str = "conv5_block2_out",
    method: str = "layercam",
    targets: ArrayLike | str | None = None,
) -> NDArray[np.float32]:
    """Compute the map of an empty picture for each image: one gray, that image's mean.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        n images that can all be decoded.
    model : Model
    layer, method : str
        As `compute_cam` takes them.
    targets : (n,) int array, str or None
        The explained classes: numbers, one name for all, or None for the ones predicted for
        the images (not for the empty pictures).

    Returns
    -------
    (n, h, w) float32
        0 to 1. With nothing to see, any shape in it comes from padding at the borders: often
        a frame or a rectangle in the centre. All zero where an empty picture holds no
        evidence for the class.
    """
    pixels = pixels_of(images)
    classes = explained_classes(pixels, model, targets)
    grays = np.array([round(float(picture.mean())) for picture in pixels])
    # Equal questions are asked once.
    cases, place = np.unique(np.column_stack([grays, classes]), axis=0, return_inverse=True)
    height, width = model.input_shape[:2]
    empty = [np.full((height, width), gray, np.uint8) for gray in cases[:, 0]]
    return maps_of(empty, model, layer, method, cases[:, 1])[place.ravel()]


def border_artefact_index(
    cams: NDArray[np.floating], artefact: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Correlate maps with the map of an empty picture.

    Parameters
    ----------
    cams : (n, h, w) array
    artefact : (h, w) or (n, h, w) array
        From `border_artefact`.

    Returns
    -------
    (n,) float64
        Pearson correlation, -1 to 1: 1 where the map is nothing but the artefact, about 0
        where they have nothing in common; lower is better. 0 where the artefact is flat, so
        that there is none; NaN where the map is flat.
    """
    maps, frames = _matched(cams, artefact)
    flat = np.ptp(frames, axis=(1, 2)) <= _FLAT
    index = pearson(maps, frames)
    return np.where(flat & (np.ptp(maps, axis=(1, 2)) > 0), 0.0, index)


def subtract_border_artefact(
    cams: NDArray[np.floating], artefact: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Take off a map what the map of an empty picture explains of it.

    Parameters
    ----------
    cams : (n, h, w) array
        Not negative.
    artefact : (h, w) or (n, h, w) array
        From `border_artefact`.

    Returns
    -------
    (n, h, w) float32
        0 to 1 with each map's peak at 1, or all zero where under 1 % of the peak is left.

    Notes
    -----
    The artefact is scaled by the slope of a least-squares line, cov(map, artefact) /
    var(artefact), so that the rest does not correlate with it; a map with no or a negative
    correlation stays as it is. Negative rests become zero. True evidence that happens to lie where
    the artefact does is taken off with it.
    """
    maps, frames = _matched(cams, artefact)
    centred = frames - frames.mean(axis=(1, 2), keepdims=True)
    variance = (centred * centred).sum(axis=(1, 2))
    shared = (maps * centred).sum(axis=(1, 2))
    slope = np.divide(shared, variance, out=np.zeros_like(variance), where=variance > _FLAT)
    rest = np.maximum(maps - np.maximum(slope, 0.0)[:, None, None] * frames, 0.0)
    peak = rest.max(axis=(1, 2))
    keep = peak > _NOTHING * maps.max(axis=(1, 2))
    scale = np.divide(1.0, peak, out=np.zeros_like(peak), where=keep)
    return (rest * scale[:, None, None]).astype(np.float32)


def _matched(
    cams: NDArray[np.floating], artefact: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    maps, frames = np.asarray(cams, np.float64), np.asarray(artefact, np.float64)
    if maps.ndim != 3 or frames.shape not in (maps.shape, maps.shape[1:]):
        raise ValueError(
            f"maps of shape {maps.shape} and an artefact of shape {frames.shape}: "
            "they must be (n, h, w) and (h, w) or (n, h, w)"
        )
    return maps, np.broadcast_to(frames, maps.shape)
