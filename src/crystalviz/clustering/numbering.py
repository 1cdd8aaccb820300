"""Group numbers in a stated order, whatever order an algorithm found the groups in."""

from __future__ import annotations

from typing import Any

import numpy as np


def number_by_size(labels: Any) -> np.ndarray:
    """Renumber groups: 0 is the largest; of equally large ones the one that appears first.

    Parameters
    ----------
    labels : array_like, shape (n,), int
        Negative numbers are noise.

    Returns
    -------
    ndarray, shape (n,), int64
        From 0 without gaps; noise is -1.
    """
    labels = np.asarray(labels)
    renumbered = np.full(len(labels), -1, np.int64)
    groups, first, counts = np.unique(labels, return_index=True, return_counts=True)
    real = groups >= 0
    groups, first, counts = groups[real], first[real], counts[real]
    for number, group in enumerate(groups[np.lexsort((first, -counts))]):
        renumbered[labels == group] = number
    return renumbered
