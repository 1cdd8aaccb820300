"""Vectors like those of a ResNet, without one: not negative, in groups, of length one."""

from __future__ import annotations

import numpy as np


def feature_like(count: int, dimension: int = 2048, groups: int = 200) -> np.ndarray:
    """Return (count, dimension) float32 unit vectors around `groups` centres; always the same.

    A ResNet's pooled features end in a ReLU: most entries are small, some are large.
    """
    rng = np.random.default_rng(0)
    centres = rng.random((groups, dimension), np.float32) ** 4
    vectors = centres[rng.integers(0, groups, count)]
    vectors += 0.5 * rng.random((count, dimension), np.float32) ** 4
    np.maximum(vectors - 0.05, 0, out=vectors)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
