"""Ties are told, never settled silently."""

from __future__ import annotations

import numpy as np

# How the class of a tied item is chosen. "skill": by the probability, in which better volunteers
# weigh more; "prior": the class that is more frequent; "ambiguous": none.
RULES = ("skill", "prior", "ambiguous")

# Probabilities this near to each other tell no classes apart.
_EQUAL = 1e-3


def find_ties(probability: np.ndarray, tally: np.ndarray) -> np.ndarray:
    """Return which items (n,) are tied: in votes, or in the probabilities made of them.

    Parameters
    ----------
    probability, tally : (n, classes)
        Of each class, and its votes.
    """
    voted = tally.sum(1) > 0
    return voted & ((_leaders(tally) > 1) | (_leaders(probability) > 1))


def tied_classes(probability: np.ndarray, tally: np.ndarray) -> np.ndarray:
    """Return which classes (n, classes) bool share the lead of items that are tied.

    Those with the most votes, or the likeliest ones where votes settle it.

    Parameters
    ----------
    probability, tally : (n, classes)
        Of items for which `find_ties` says so.
    """
    voted = _leading(tally)
    return np.where(voted.sum(1, keepdims=True) > 1, voted, _leading(probability))


def settle(probability: np.ndarray, tally: np.ndarray, prior: np.ndarray, rule: str) -> np.ndarray:
    """Return the class (n,) int of each item, -1 where the rule gives none.

    Two classes that even the rule finds equal give none, so that the answer never depends on how
    classes are named or ordered.

    Parameters
    ----------
    probability : (n, classes)
        Of each class.
    tally : (n, classes)
        Votes: an item without any has no class.
    prior : (classes,)
        How frequent the classes are.
    rule : str
        One of `RULES`, for tied items.
    """
    chosen = _only_best(probability)
    tied = find_ties(probability, tally)
    if rule == "ambiguous":
        chosen[tied] = -1
    elif rule == "prior":
        leading = tally >= tally.max(1, initial=0.0)[:, None] - _EQUAL
        chosen[tied] = _only_best(np.where(leading, prior, -1.0))[tied]
    elif rule != "skill":
        raise ValueError(f"rule must be one of {', '.join(RULES)}, not {rule!r}")
    chosen[tally.sum(1) == 0] = -1
    return chosen


def _leaders(score: np.ndarray) -> np.ndarray:
    """Return how many classes share the highest score."""
    count: np.ndarray = _leading(score).sum(1)
    return count


def _leading(score: np.ndarray) -> np.ndarray:
    highest: np.ndarray = score >= score.max(1, initial=-1.0)[:, None] - _EQUAL
    return highest


def _only_best(score: np.ndarray) -> np.ndarray:
    return np.where(_leaders(score) > 1, -1, score.argmax(1))
