"""Smooth random fields: the raw material of striations, grain, haze and ragged edges."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def smooth_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    sigma: float | tuple[float, float],
) -> np.ndarray:
    """Gaussian-filtered white noise with mean 0 and standard deviation 1.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : (height, width)
        Pixels.
    sigma : float or (float, float)
        Correlation length in pixels (rows, columns).

    Returns
    -------
    (height, width) float32

    Notes
    -----
    Long correlations are drawn on a coarse grid and interpolated: the same look
    for a fraction of the arithmetic.
    """
    sigmas = (sigma, sigma) if isinstance(sigma, int | float) else sigma
    steps = [max(1, int(s // 2.5)) for s in sigmas]
    coarse_shape = [int(np.ceil(n / step)) + 2 for n, step in zip(shape, steps, strict=True)]
    field = rng.standard_normal(coarse_shape, dtype=np.float32)
    field = ndimage.gaussian_filter(
        field, [s / step for s, step in zip(sigmas, steps, strict=True)], mode="wrap"
    )
    if max(steps) > 1:
        field = ndimage.zoom(field, steps, order=1, grid_mode=True, mode="nearest")
    field = field[: shape[0], : shape[1]]
    field = field - field.mean()
    return (field / (field.std() + 1e-9)).astype(np.float32)


def logistic(x: np.ndarray) -> np.ndarray:
    """Soft step from 0 to 1, safe for any float32 argument."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))
