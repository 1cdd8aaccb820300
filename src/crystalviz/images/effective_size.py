"""How much copies of a scene are worth: effective sample size, and an interval that knows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def design_effect(scenes: ArrayLike) -> float:
    """Return by what factor copies inflate the variance of a mean over images.

    Kish's design effect of cluster sampling, ``1 + (m - 1) * rho`` (Kish, Survey Sampling, 1965),
    at ``rho = 1``: copies of a scene bring nothing new. For scenes of unequal size m is the mean
    size that an image finds itself in, ``sum(size ** 2) / sum(size)`` (Holt, 1980), so that

        design effect = sum(size ** 2) / sum(size),    effective n = n / design effect.

    Parameters
    ----------
    scenes : (n,) array
        The scene number of each image.

    Returns
    -------
    float
        1 where every image is a scene of its own, k where each scene has k copies; 1 for no image.

    Examples
    --------
    >>> design_effect([0, 0, 0, 1])  # (3 ** 2 + 1 ** 2) / 4
    2.5
    """
    sizes = np.unique(np.asarray(scenes).ravel(), return_counts=True)[1].astype(np.float64)
    return float((sizes @ sizes) / sizes.sum()) if len(sizes) else 1.0


def group_interval(
    correct: ArrayLike, scenes: ArrayLike, confidence: float = 0.95
) -> tuple[float, float]:
    """Return a two-sided interval for the accuracy of a classifier, with scenes as the trials.

    The interval of Korn and Graubard (Survey Methodology 24, 1998): the exact binomial one of
    Clopper and Pearson (Biometrika 26, 1934), computed with the number of independent trials that
    has the variance observed between scenes, ``p (1 - p) / var(p)``. That variance is the
    cluster-robust one of the mean over images, and few scenes count for less by the ratio of the
    normal and Student's t quantiles, squared.

    There are never more trials than scenes. Where all images are right (or all wrong) no
    variance is seen, and it is the interval of Clopper and Pearson on the scenes.

    Parameters
    ----------
    correct : (n,) array of bool
        Whether each image was classified rightly.
    scenes : (n,) array
        The scene number of each image.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    (float, float)
        Lower and upper bound; the accuracy over images, ``mean(correct)``, lies between them.

    Raises
    ------
    ValueError
        If there is no image, not one scene number for each, or `confidence` is no share.

    Examples
    --------
    >>> low, high = group_interval([True] * 366, [image // 6 for image in range(366)])
    >>> round(low, 3), high  # 61 scenes of 6: 0.025 ** (1 / 61)
    (0.941, 1.0)
    """
    from scipy.stats import beta, norm, t

    right = np.asarray(correct).ravel()
    numbers = np.asarray(scenes).ravel()
    if not len(right) == len(numbers) > 0:
        raise ValueError(
            f"{len(right)} results and {len(numbers)} scene numbers: give one scene number for "
            "each image, and at least one image"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not {confidence}")
    right = right.astype(np.float64)
    if not np.isin(right, (0.0, 1.0)).all():
        raise ValueError("correct holds True and False (or 1 and 0) only")
    tail = (1 - confidence) / 2
    accuracy = float(right.mean())
    trials = float(len(np.unique(numbers)))
    variance = _variance_of_mean(right, numbers)
    if variance > 0:
        shrink = (norm.ppf(tail) / t.ppf(tail, trials - 1)) ** 2
        trials = min(trials, accuracy * (1 - accuracy) / variance * shrink)
    hits = trials * accuracy
    misses = trials - hits
    low = float(beta.ppf(tail, hits, misses + 1)) if accuracy > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, misses)) if accuracy < 1 else 1.0
    return low, high


def _variance_of_mean(values: NDArray[np.float64], groups: NDArray[np.generic]) -> float:
    """Return the cluster-robust variance of the mean, by linearisation: scenes may differ in size.

    ``G / (G - 1) * sum over scenes of (sum of residuals) ** 2 / n ** 2``; 0 for a single scene.
    """
    _, scene = np.unique(groups, return_inverse=True)
    residuals = np.bincount(scene, values - values.mean())
    count = len(residuals)
    if count < 2:
        return 0.0
    return float(count / (count - 1) * (residuals @ residuals) / len(values) ** 2)
