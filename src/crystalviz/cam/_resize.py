"""Bring small maps to the size of a picture."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Multiplications of one product that OpenBLAS, NumPy's BLAS, does in the calling thread.
_ONE_THREAD = 1 << 18


def resize_map(cam: NDArray[Any], shape: tuple[int, ...]) -> np.ndarray:
    """Bring a map (h, w) to `shape` (H, W) bilinearly, as float32; negatives become zero.

    Pixel centres correspond and edges are extended, as Pillow and TensorFlow do.
    """
    values = np.asarray(cam, dtype=np.float32)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"a map must be a finite (h, w) array, not {np.shape(cam)}"
            + (" with NaN or infinity" if values.size and not np.isfinite(values).all() else "")
        )
    return resize_values(np.maximum(values, 0.0), shape)


def resize_values(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bring (..., h, w) float32 to (..., H, W) bilinearly; signs stay."""
    height, width = int(shape[0]), int(shape[1])
    tall = _weights(values.shape[-2], height) @ values
    columns = _weights(values.shape[-1], width).T
    out = np.empty((*values.shape[:-2], height, width), np.float32)
    # In pieces that BLAS does not spread over threads: waiting for a busy core takes longer than
    # the product, and overlays of a set have threads of their own.
    lines = max(1, _ONE_THREAD // columns.size)
    for start in range(0, height, lines):
        piece = slice(start, start + lines)
        np.matmul(tall[..., piece, :], columns, out=out[..., piece, :])
    return out


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
