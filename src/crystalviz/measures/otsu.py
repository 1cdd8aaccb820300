"""Otsu's threshold, and how well it parts the gray values."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.measures.gray_levels import positive_histogram
from crystalviz.measures.histogram import histogram


class Otsu(NamedTuple):
    """A gray value that parts a picture in dark and bright.

    Attributes
    ----------
    threshold : int
        Pixels above it are bright, the others dark. The only gray value of a flat picture.
    effectiveness : float
        Share of the variance that lies between the two classes, 0 (flat) to 1 (two values only).
    """

    threshold: int
    effectiveness: float


def otsu(image: str | os.PathLike[str] | NDArray[Any]) -> Otsu:
    r"""Return the threshold with the largest variance between dark and bright pixels.

    With the share :math:`\omega` of the pixels up to a threshold, their part :math:`\mu` of the
    mean, and mean :math:`\mu_T` and variance :math:`\sigma_T^2` of all,

    .. math::
        \sigma_B^2 = \frac{(\mu_T \omega - \mu)^2}{\omega (1 - \omega)}, \qquad
        \eta = \sigma_B^2 / \sigma_T^2

    (N. Otsu, IEEE Trans. Syst. Man Cybern. 9, 62, 1979; eta is its effectiveness). Of equally
    good thresholds the lowest is taken.

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    """
    return otsu_from_histogram(histogram(image))


def otsu_from_histogram(counts: ArrayLike) -> Otsu:
    """Return what `otsu` does, from how often each of the values 0, 1, ... occurs."""
    counts = positive_histogram(counts)
    values = np.arange(len(counts))
    total = counts.sum()
    dark = np.cumsum(counts)
    dark_sum = np.cumsum(counts * values)
    bright = total - dark
    parted = (dark > 0) & (bright > 0)
    if not parted.any():
        return Otsu(int(np.flatnonzero(counts)[0]), 0.0)
    mean = dark_sum[-1] / total
    between = np.zeros(len(counts))
    between[parted] = (mean * dark[parted] - dark_sum[parted]) ** 2 / (dark * bright)[parted]
    # Where no pixel lies between two thresholds they are equally good, but for rounding.
    best = int(np.flatnonzero(between >= between.max() * (1 - 1e-12))[0])
    variance = (counts * (values - mean) ** 2).sum() / total
    return Otsu(best, float(min(1.0, between[best] / variance)))
