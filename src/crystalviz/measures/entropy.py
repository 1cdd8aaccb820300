"""Shannon entropy of an image's gray values."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.measures.histogram import histogram


def shannon_entropy(image: str | os.PathLike[str] | NDArray[Any]) -> float:
    r"""Return the entropy of the gray values, in bits per pixel.

    .. math:: H = -\sum_g p_g \log_2 p_g

    over the 256 gray values at native size (C. E. Shannon, A Mathematical Theory of
    Communication, 1948). It tells how varied the gray values are, not how they are arranged:
    a rotated or shuffled picture has the same entropy.

    Parameters
    ----------
    image : path or array
        As in `histogram`.

    Returns
    -------
    float
        0 (one gray value) to 8 (256 equally frequent values).
    """
    return entropy_from_histogram(histogram(image))


def entropy_from_histogram(counts: ArrayLike) -> float:
    """Return the Shannon entropy, in bits, of a histogram.

    Parameters
    ----------
    counts : array_like of non-negative numbers
        How often each value occurs; any length.

    Raises
    ------
    ValueError
        If a count is negative or all are zero.
    """
    counts = np.asarray(counts, np.float64).ravel()
    total = counts.sum()
    if counts.min(initial=0) < 0 or not total > 0:
        raise ValueError("a histogram has no negative count and at least one positive one")
    share = counts[counts > 0] / total
    # Adding 0.0 turns the -0.0 of a flat image into 0.0.
    return float(-(share * np.log2(share)).sum() + 0.0)
