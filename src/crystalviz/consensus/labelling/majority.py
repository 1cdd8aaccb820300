"""Every vote counts the same: the share of the votes is the probability."""

from __future__ import annotations

import numpy as np

from crystalviz.consensus.labelling.votes import Votes


def majority(votes: Votes) -> np.ndarray:
    """Return each class's share of the item's votes (items, classes); all alike without votes."""
    tally = votes.tally()
    total = tally.sum(1, keepdims=True)
    even = np.full_like(tally, 1 / max(votes.n_classes, 1))
    return np.divide(tally, total, out=even, where=total > 0)
