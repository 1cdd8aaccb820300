"""Shannon entropy of an image's gray values."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.images import Images, as_image_set
from crystalviz.measures._each import each_image
from crystalviz.measures.gray_levels import positive_histogram
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


def shannon_entropies(
    images: Images, progress: bool = False, workers: int | None = None
) -> NDArray[np.float64]:
    """Return the entropy of every image, in bits per pixel; equal to `shannon_entropy` of each.

    The pixels are counted where they lie: nothing the size of an image is allocated.

    Parameters
    ----------
    images : ImageSet, folder, list of paths, or arrays
        As `crystalviz.images.as_image_set` takes it; (n, H, W) for a stack.
    progress : bool
        Show a progress bar.
    workers : int or None
        Threads; None for one per usable core, at most 8.

    Returns
    -------
    (n,) float64 array
        NaN for an image that cannot be decoded (listed in the set's `problems`).
    """
    found = each_image(as_image_set(images), shannon_entropy, progress, "entropy", workers)
    return np.array([np.nan if value is None else value for value in found], np.float64)


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
    counts = positive_histogram(counts)
    share = counts[counts > 0] / counts.sum()
    # Adding 0.0 turns the -0.0 of a flat image into 0.0.
    return float(-(share * np.log2(share)).sum() + 0.0)
