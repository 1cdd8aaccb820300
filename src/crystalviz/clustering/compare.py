"""How two clusterings of the same images differ, and which images moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

NOISE = -1


@dataclass(frozen=True, repr=False)
class ClusteringComparison:
    """Two clusterings side by side.

    Attributes
    ----------
    share_moved : float
        Share of the images that are in another group, after the groups were matched; 0 to 1.
    moved : ndarray, shape (n,), bool
    moved_ids : list
        Ids of the images that moved; their numbers if no ids were given.
    matched : dict
        Group of the first clustering -> group of the second that takes its place.
    contingency : pandas.DataFrame
        Images in each pair of groups: rows are the first clustering's, columns the second's.
    adjusted_rand : float
        Agreement of all pairs of images, 1 for equal clusterings and 0 for what chance gives
        (L. Hubert, P. Arabie, J. Classif. 2, 193, 1985).
    """

    share_moved: float
    moved: np.ndarray
    moved_ids: list[Any]
    matched: dict[int, int]
    contingency: pd.DataFrame
    adjusted_rand: float

    def __repr__(self) -> str:
        return (
            f"<ClusteringComparison: {self.moved.sum()} of {len(self.moved)} images moved "
            f"({self.share_moved:.1%}), adjusted Rand index {self.adjusted_rand:.3f}>"
        )


def compare_clusterings(
    first: Any, second: Any, ids: Sequence[Any] | None = None
) -> ClusteringComparison:
    """Match the groups of two clusterings and count the images that moved.

    Group numbers mean nothing by themselves, so each group of the first is matched with one of
    the second such that the fewest images move (the assignment problem; H. W. Kuhn, The Hungarian
    method, 1955). Images of a group without a partner have moved. Noise (-1) is matched with
    noise only: an image that falls out of its group has moved.

    How many images jump between the clusterings of two and of three principal components::

        two, three = (principal_components(vectors, n) for n in (2, 3))
        compare_clusterings(k_means(two), k_means(three)).share_moved

    Parameters
    ----------
    first, second : array_like, shape (n,), int
        Group of each image.
    ids : sequence or None
        Id of each image.

    Raises
    ------
    ValueError
        If the lengths differ, or the labels are not one whole number an image.
    """
    import pandas as pd
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score

    one, other = _labels(first, "first"), _labels(second, "second")
    if len(one) != len(other):
        raise ValueError(f"the clusterings have {len(one)} and {len(other)} images; give the same")
    names = list(range(len(one))) if ids is None else list(ids)
    if len(names) != len(one):
        raise ValueError(f"{len(names)} ids for {len(one)} images")

    rows, row_of = np.unique(one, return_inverse=True)
    columns, column_of = np.unique(other, return_inverse=True)
    counts = np.zeros((len(rows), len(columns)), np.int64)
    np.add.at(counts, (row_of, column_of), 1)

    real_rows, real_columns = np.flatnonzero(rows >= 0), np.flatnonzero(columns >= 0)
    kept = counts[np.ix_(real_rows, real_columns)]
    best = linear_sum_assignment(kept, maximize=True)
    matched = {
        int(rows[real_rows[i]]): int(columns[real_columns[j]]) for i, j in zip(*best, strict=True)
    }
    if (rows == NOISE).any() and (columns == NOISE).any():
        matched[NOISE] = NOISE
    # No group has this number, so an image of a group without a partner has moved.
    nowhere = NOISE - 1
    expected = np.array([matched.get(int(group), nowhere) for group in rows], np.int64)
    moved = expected[row_of] != other if len(one) else np.zeros(0, bool)
    return ClusteringComparison(
        share_moved=float(moved.mean()) if len(moved) else 0.0,
        moved=moved,
        moved_ids=[names[index] for index in np.flatnonzero(moved)],
        matched=dict(sorted(matched.items())),
        contingency=pd.DataFrame(
            counts,
            pd.Index(rows.tolist(), name="first"),
            pd.Index(columns.tolist(), name="second"),
        ),
        adjusted_rand=float(adjusted_rand_score(one, other)),
    )


def _labels(values: Any, name: str) -> np.ndarray:
    labels = np.asarray(values)
    if labels.ndim != 1 or (labels.size and labels.dtype.kind not in "iub"):
        raise ValueError(
            f"{name} must be one whole number an image, not an array of {labels.dtype} "
            f"of shape {labels.shape}"
        )
    labels = labels.astype(np.int64)
    if (labels < NOISE).any():
        raise ValueError(f"{name}: group numbers are 0 and up, and -1 for noise")
    return labels
