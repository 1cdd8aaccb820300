"""Whose mark is it: marks shared out softly among instances, at most one a read and instance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from crystalviz.consensus.locating.canvas import Canvas
from crystalviz.consensus.locating.readers import Readers

_ROUNDS = 6
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
    x, y : (p,) float
        The pair's mark on the plane.
    """

    mark: np.ndarray
    centre: np.ndarray
    choice: np.ndarray
    x: np.ndarray
    y: np.ndarray

    @classmethod
    def of(cls, canvas: Canvas, mark: np.ndarray, centre: np.ndarray, choice: np.ndarray) -> Links:
        """Return these pairs, with where their marks lie."""
        x, y = np.ascontiguousarray(canvas.points[mark].T)
        return cls(mark, centre, choice, x, y)

    @classmethod
    def within_reach(cls, canvas: Canvas, centres: np.ndarray, jitter: float) -> Links:
        """Return the pairs that are near enough to matter."""
        reach = _REACH * jitter
        near = canvas.tree.sparse_distance_matrix(cKDTree(centres), reach, output_type="ndarray")
        # By centre and by distance, since the tree's own order depends on that of the rows of
        # input. One number for both sorts several times as fast as two.
        order = np.argsort(near["j"] + near["v"] / (2 * reach))
        mark, centre = near["i"][order], near["j"][order]
        key = canvas.read[mark].astype(np.int64) * len(centres) + centre
        return cls.of(canvas, mark, centre, np.unique(key, return_inverse=True)[1].ravel())

    def squared_distances(self, centres: np.ndarray) -> np.ndarray:
        """Return (p,) square pixels between the marks and the centres of the pairs."""
        x, y = np.ascontiguousarray(centres.T)
        across, down = self.x - x[self.centre], self.y - y[self.centre]
        squared: np.ndarray = across * across + down * down
        return squared


def share(
    canvas: Canvas, links: Links, squared: np.ndarray, readers: Readers
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each mark belongs to which instance.

    A mark comes from one instance or is a stray, and a read marks an instance once or not at all:
    within a read, marks and instances are matched in pairs, and some of both stay single. What is
    returned are the probabilities of the pairs over all such matchings, by belief propagation
    (Zdeborova and Mezard, J. Stat. Mech. P05003, 2006): exact where no chain of rival pairs closes
    to a ring.

    Returns
    -------
    (p,) float
        The probability that the pair's mark is the pair's instance's.
    (n,) float
        The probability that each mark is stray.
    """
    volunteer = canvas.volunteer[links.mark]
    jitter, miss = readers.jitter[volunteer], readers.miss[volunteer]
    density = np.exp(-0.5 * squared / jitter**2) / (2 * np.pi * jitter**2)
    odds = density * (1 - miss) / (miss * readers.stray[volunteer])
    n, choices = len(canvas), int(links.choice.max(initial=-1)) + 1
    # How likely the instance of a pair is without another mark of the read, the pair set aside.
    free = np.ones(len(odds))
    for _ in range(_ROUNDS):
        held = odds * free
        rivals = np.bincount(links.mark, held, n)[links.mark] - held
        offered = odds / (1 + np.maximum(rivals, 0.0))
        rivals = np.bincount(links.choice, offered, choices)[links.choice] - offered
        free = 1 / (1 + np.maximum(rivals, 0.0))
    held = odds * free
    stray = 1 / (1 + np.bincount(links.mark, held, n))
    return held * stray[links.mark], stray
