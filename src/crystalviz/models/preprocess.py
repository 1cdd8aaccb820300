"""From native gray pixels to the array a network takes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

# Per-channel means of ImageNet in the order blue, green, red (Keras' "caffe" mode).
_CAFFE_MEANS = np.array([103.939, 116.779, 123.68], np.float32)

PREPROCESSING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": lambda x: x,
    "unit": lambda x: x / np.float32(255.0),
    "tf": lambda x: x / np.float32(127.5) - np.float32(1.0),
    "caffe": lambda x: x - _CAFFE_MEANS,
}
"""Scalings by name: gray 0..255 as it is, to 0..1, to -1..1, or minus the ImageNet means."""


def resize(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Fit (H, W) uint8 into `shape` (height, width) with an antialiased bilinear filter.

    The whole picture is kept and stretched, as the seed application does: nothing is
    cropped or padded, so a map laid over the picture covers all of it.
    """
    if pixels.shape == shape:
        return pixels
    resized = Image.fromarray(pixels).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized)


def prepare(
    pixels: np.ndarray, shape: tuple[int, int], channels: int, preprocessing: str
) -> np.ndarray:
    """Return (height, width, channels) float32 for the network.

    Gray is repeated over three channels where the network wants colour.
    """
    gray = resize(pixels, shape).astype(np.float32)
    stacked = np.repeat(gray[:, :, None], channels, axis=2)
    return PREPROCESSING[preprocessing](stacked)
