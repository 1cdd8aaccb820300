"""Every vote counts the same: the share of the votes is the probability."""

from __future__ import annotations

import numpy as np

from crystalviz.consensus.labelling.votes import Votes


def majority(votes: Votes, known: np.ndarray | None = None) -> np.ndarray:
    """Return each class's share of the item's votes (items, classes); all alike without votes.

    Parameters
    ----------
    votes : Votes
        Of one class or more.
    known : (items,) int, optional
        The true class where it is known, -1 elsewhere.
    """
    tally = votes.tally()
    total = tally.sum(1, keepdims=True)
    even = np.full_like(tally, 1 / max(votes.n_classes, 1))
    share = np.divide(tally, total, out=even, where=total > 0)
    return hold(share, known)


def hold(probability: np.ndarray, known: np.ndarray | None) -> np.ndarray:
    """Return the probabilities with the known classes (items,), -1 for unknown, made sure."""
    if known is not None:
        settled = known >= 0
        probability[settled] = np.eye(probability.shape[1])[known[settled]]
    return probability
