"""Lay a map over its picture: exactly the strongest share of pixels, in two tones."""

from __future__ import annotations

import functools
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from crystalviz.images import load_pixels

COLORS: dict[str, tuple[int, int, int]] = {
    "pink": (0xFF, 0x4F, 0xD8),
    "purple": (0x9B, 0x4D, 0xFF),
}
"""Named overlay colours, RGB."""


def overlay_cam(
    image: str | os.PathLike[str] | NDArray[Any],
    cam: NDArray[Any],
    top: float = 0.16,
    opacity: float = 0.5,
    colors: tuple[str, str] = ("pink", "purple"),
) -> np.ndarray:
    """Colour the share `top` of the pixels where the map is strongest.

    Parameters
    ----------
    image : path or (H, W) or (H, W, 3) array
    cam : (h, w) array
        Brought to (H, W) bilinearly. Pixel centres correspond, edges are extended.
    top : float
        Share of the pixels that are coloured, 0 to 1: exactly round(top H W) of them.
    opacity : float
        Of the colour, 0 to 1.
    colors : (str, str)
        Of the stronger and the weaker half of the coloured pixels; names in `COLORS` or
        "#rrggbb".

    Returns
    -------
    (H, W, 3) uint8

    Raises
    ------
    ValueError
        If the map is not a finite 2-D array, a share is outside 0..1, or a colour is unknown.

    Notes
    -----
    Equal values are taken from the top left in reading order. Where fewer pixels than
    asked for hold evidence, those nearest to evidence complete the share. A map
    that is zero everywhere holds no evidence and colours nothing.
    """
    gray = load_pixels(image)
    for name, value in (("top", top), ("opacity", opacity)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be between 0 and 1, not {value}")
    strong, weak = (_rgb(color) for color in colors)
    values = resize_map(cam, gray.shape)
    count = round(top * values.size)
    # 0 where the picture stays, 1 in the weaker half of the share, 2 in the stronger.
    tone = np.zeros(gray.shape, np.uint16)
    if count and values.any():
        ranked = _ranked(values, count)
        tone += top_mask(ranked, count)
        tone += top_mask(ranked, (count + 1) // 2)
    # All blends of 256 grays with three tones, looked up instead of computed at each pixel.
    ramp = np.arange(256, dtype=np.float64)[:, None]
    blends = [np.repeat(ramp, 3, axis=1)]
    blends += [ramp * (1 - opacity) + opacity * np.array(color, float) for color in (weak, strong)]
    table = np.rint(np.concatenate(blends)).astype(np.uint8)
    return table.take(tone * 256 + gray, axis=0)


def top_mask(values: np.ndarray, count: int) -> np.ndarray:
    """Return which `count` pixels of (H, W) are the strongest; equal ones in reading order."""
    flat = values.ravel()
    if count <= 0:
        return np.zeros(values.shape, bool)
    threshold = np.partition(flat, flat.size - count)[flat.size - count]
    mask = flat > threshold
    ties = np.flatnonzero(flat == threshold)
    mask[ties[: count - np.count_nonzero(mask)]] = True
    return mask.reshape(values.shape)


def _ranked(values: np.ndarray, count: int) -> np.ndarray:
    """Order pixels without evidence by their distance to some, if they are needed at all."""
    if np.count_nonzero(values) >= count:
        return values
    return np.where(values > 0, values, -ndimage.distance_transform_edt(values <= 0))


def resize_map(cam: NDArray[Any], shape: tuple[int, ...]) -> np.ndarray:
    """Bring a map (h, w) to `shape` (H, W) bilinearly, as float32; negatives become zero."""
    values = np.asarray(cam, dtype=np.float32)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"a map must be a finite (h, w) array, not {np.shape(cam)}"
            + (" with NaN or infinity" if values.size and not np.isfinite(values).all() else "")
        )
    values = np.maximum(values, 0.0)
    rows = _weights(values.shape[0], int(shape[0]))
    columns = _weights(values.shape[1], int(shape[1]))
    return rows @ values @ columns.T


@functools.lru_cache(maxsize=64)
def _weights(source: int, target: int) -> np.ndarray:
    """Bilinear weights (target, source) of one axis; each row sums to 1."""
    position = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    lower = np.minimum(position.astype(np.int64), max(source - 2, 0))
    share = position - lower
    weights = np.zeros((target, source), np.float32)
    index = np.arange(target)
    weights[index, lower] = 1 - share
    weights[index, np.minimum(lower + 1, source - 1)] += share
    weights.setflags(write=False)
    return weights


def _rgb(color: str) -> tuple[int, int, int]:
    if color in COLORS:
        return COLORS[color]
    if len(color) == 7 and color[0] == "#":
        try:
            return (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
        except ValueError:
            pass
    raise ValueError(f"no colour {color!r}; use {', '.join(COLORS)} or '#rrggbb'")
