"""Whose mark is it: marks shared out softly among instances, at most one a read and instance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from crystalviz.consensus.locating.canvas import Canvas
from crystalviz.consensus.locating.readers import Readers

_ROUNDS = 8
_REACH = 5.5


@dataclass
class Links:
    """The pairs of a mark and an instance that may belong together.

    Attributes
    ----------
    mark, centre : (p,) int
        The pair.
    choice : (p,) int
        Pairs of one read and one instance share a number.
    """

    mark: np.ndarray
    centre: np.ndarray
    choice: np.ndarray

    @classmethod
    def within_reach(cls, canvas: Canvas, centres: np.ndarray, jitter: float) -> Links:
        """Return the pairs that are near enough to matter."""
        near = canvas.tree.sparse_distance_matrix(
            cKDTree(centres), _REACH * jitter, output_type="ndarray"
        )
        # The tree's order depends on that of the rows of input.
        order = np.lexsort((near["v"], near["j"]))
        mark, centre = near["i"][order], near["j"][order]
        key = canvas.read[mark].astype(np.int64) * len(centres) + centre
        return cls(mark, centre, np.unique(key, return_inverse=True)[1].ravel())


def squared_distances(canvas: Canvas, centres: np.ndarray, links: Links) -> np.ndarray:
    """Return (p,) square pixels between the marks and the centres of the pairs."""
    return ((canvas.points[links.mark] - centres[links.centre]) ** 2).sum(1)


def share(
    canvas: Canvas, links: Links, squared: np.ndarray, readers: Readers
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each mark belongs to which instance.

    A mark comes from one instance or is a stray, and a read marks an instance once or not at all.
    Both are kept softly by iterative scaling (Sinkhorn and Knopp, Pacific J. Math. 21, 1967, with
    slack for strays on one side and for misses on the other).

    Returns
    -------
    (p,) float
        The share of the pair's mark that is the pair's instance's.
    (n,) float
        The share of each mark that is stray.
    """
    volunteer = canvas.volunteer[links.mark]
    jitter, miss = readers.jitter[volunteer], readers.miss[volunteer]
    density = np.exp(-0.5 * squared / jitter**2) / (2 * np.pi * jitter**2)
    odds = density * (1 - miss) / (miss * readers.stray[volunteer])
    n, choices = len(canvas), int(links.choice.max(initial=-1)) + 1
    of_choice = np.ones(choices)
    for _ in range(_ROUNDS):
        stray = 1 / (1 + np.bincount(links.mark, odds * of_choice[links.choice], n))
        of_choice = 1 / (1 + np.bincount(links.choice, odds * stray[links.mark], choices))
    stray = 1 / (1 + np.bincount(links.mark, odds * of_choice[links.choice], n))
    return odds * stray[links.mark] * of_choice[links.choice], stray
