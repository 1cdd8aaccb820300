"""Focus measures: how sharp a picture is, in fourteen ways of the field.

Names as in S. Pertuz, D. Puig, M. A. Garcia, Analysis of focus measure operators for
shape-from-focus, Pattern Recognition 46, 1415 (2013). All work on gray values 0 to 255, on the
pixels whose whole stencil lies inside the image, and are means over pixels, so that pictures of
different size compare. All treat both axes alike: a rotated or mirrored picture is as sharp.
Higher is sharper; values of different measures, or of different scenes, do not compare.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystalviz.images import load_pixels

_Gray = NDArray[np.float64]


def focus(
    image: str | os.PathLike[str] | NDArray[Any], method: str = "variance_of_laplacian"
) -> float:
    """Return one focus measure of an image.

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    method : str
        A name in `FOCUS_MEASURES`.

    Raises
    ------
    ValueError
        For another name, or an image smaller than the measure's stencil.
    """
    if method not in FOCUS_MEASURES:
        raise ValueError(f"no focus measure {method!r}; there are {', '.join(FOCUS_MEASURES)}")
    return focus_of_gray(load_pixels(image).astype(np.float64), method)


def focus_of_gray(gray: _Gray, method: str) -> float:
    """Return what `focus` does, of gray values (H, W) that are float64 already."""
    side = _SIDES.get(method, 3)
    if min(gray.shape) < side:
        raise ValueError(
            f"{method} needs an image of at least {side} x {side} pixels, "
            f"not {gray.shape[1]} x {gray.shape[0]}"
        )
    return float(FOCUS_MEASURES[method](gray))


def brenner(gray: _Gray) -> float:
    """Mean squared difference of pixels two apart (J. F. Brenner et al. 1976)."""
    return _mean_over_axes(lambda g: np.mean((g[2:] - g[:-2]) ** 2), gray)


def energy_of_laplacian(gray: _Gray) -> float:
    """Mean square of the Laplacian (M. Subbarao, T. Choi, A. Nikzad 1992)."""
    return float(np.mean(_laplacian(gray) ** 2))


def gray_level_variance(gray: _Gray) -> float:
    """Variance of the gray values (F. C. A. Groen, I. T. Young, G. Ligthart 1985)."""
    return float(np.var(gray))


def helmli_mean(gray: _Gray) -> float:
    """Mean ratio of a pixel to the mean of its 3 x 3 square, or its inverse, whichever is above 1.

    (F. S. Helmli, S. Scherer 2001.) 1 where either is 0.
    """
    middle, around = gray[1:-1, 1:-1], _box_mean(gray, 3)
    low, high = np.minimum(middle, around), np.maximum(middle, around)
    return float(np.mean(np.divide(high, low, out=np.ones_like(low), where=low > 0)))


def histogram_range(gray: _Gray) -> float:
    """Largest minus smallest gray value (L. Firestone et al. 1991)."""
    return float(gray.max() - gray.min())


def local_variance(gray: _Gray) -> float:
    """Variance over the picture of the variance in 15 x 15 squares (J. L. Pech-Pacheco 2000)."""
    # Less the mean first: the difference of two large numbers would lose digits.
    centred = gray - gray.mean()
    return float(np.var(_box_mean(centred * centred, 15) - _box_mean(centred, 15) ** 2))


def modified_laplacian(gray: _Gray) -> float:
    """Mean of the two second differences' magnitudes added (S. K. Nayar, Y. Nakagawa 1994)."""
    middle = 2 * gray[1:-1, 1:-1]
    down = np.abs(middle - gray[:-2, 1:-1] - gray[2:, 1:-1])
    return float(np.mean(down + np.abs(middle - gray[1:-1, :-2] - gray[1:-1, 2:])))


def spatial_frequency(gray: _Gray) -> float:
    """Root of the mean squared differences along rows and columns (Eskicioglu, Fisher 1995)."""
    return float(np.sqrt(np.mean(np.diff(gray, axis=0) ** 2) + np.mean(np.diff(gray, axis=1) ** 2)))


def tenengrad(gray: _Gray) -> float:
    """Mean squared magnitude of the Sobel gradient (E. Krotkov 1988)."""
    return float(np.mean(_sobel_energy(gray)))


def tenengrad_variance(gray: _Gray) -> float:
    """Variance of the squared magnitude of the Sobel gradient (J. L. Pech-Pacheco et al. 2000)."""
    return float(np.var(_sobel_energy(gray)))


def thresholded_gradient(gray: _Gray) -> float:
    """Mean difference of neighbours, those under 10 gray levels as 0 (A. Santos et al. 1997)."""

    def along(gray: _Gray) -> float:
        steps = np.abs(np.diff(gray, axis=0))
        return float(np.mean(np.where(steps >= 10, steps, 0.0)))

    return _mean_over_axes(along, gray)


def variance_of_laplacian(gray: _Gray) -> float:
    """Variance of the Laplacian of four neighbours (J. L. Pech-Pacheco et al. 2000)."""
    return float(np.var(_laplacian(gray)))


def vollath_f4(gray: _Gray) -> float:
    """Autocovariance of pixels one apart, less that of pixels two apart (D. Vollath 1987)."""
    # Vollath multiplies the gray values themselves; less their mean, the border counts no more
    # than the rest.
    return _mean_over_axes(
        lambda g: np.mean(g[1:] * g[:-1]) - np.mean(g[2:] * g[:-2]), gray - gray.mean()
    )


def vollath_f5(gray: _Gray) -> float:
    """Autocovariance of pixels one apart (D. Vollath 1988)."""
    return _mean_over_axes(lambda g: np.mean(g[1:] * g[:-1]), gray - gray.mean())


FOCUS_MEASURES: dict[str, Callable[[_Gray], float]] = {
    function.__name__: function
    for function in (
        brenner,
        energy_of_laplacian,
        gray_level_variance,
        helmli_mean,
        histogram_range,
        local_variance,
        modified_laplacian,
        spatial_frequency,
        tenengrad,
        tenengrad_variance,
        thresholded_gradient,
        variance_of_laplacian,
        vollath_f4,
        vollath_f5,
    )
}
"""Name -> function of gray values (H, W) float64."""

_SIDES = {"gray_level_variance": 1, "histogram_range": 1, "local_variance": 15}


def _mean_over_axes(measure: Callable[[_Gray], Any], gray: _Gray) -> float:
    return (measure(gray) + measure(gray.T)) / 2


def _laplacian(gray: _Gray) -> _Gray:
    around = gray[:-2, 1:-1] + gray[2:, 1:-1] + gray[1:-1, :-2] + gray[1:-1, 2:]
    return around - 4 * gray[1:-1, 1:-1]


def _sobel_energy(gray: _Gray) -> _Gray:
    smooth = gray[:-2] + 2 * gray[1:-1] + gray[2:]
    across = smooth[:, 2:] - smooth[:, :-2]
    smooth = gray[:, :-2] + 2 * gray[:, 1:-1] + gray[:, 2:]
    down = smooth[2:] - smooth[:-2]
    return across * across + down * down


def _box_mean(gray: _Gray, side: int) -> _Gray:
    """Mean of each `side` x `side` square that lies inside the image."""
    from scipy import ndimage

    edge = side // 2
    return ndimage.uniform_filter(gray, side)[edge:-edge, edge:-edge]
