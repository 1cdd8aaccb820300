"""Classes and confusions together, by expectation-maximisation.

Dawid and Skene, J. R. Stat. Soc. C 28, 20 (1979): the true classes are weighted by what each
volunteer says of each class, and what a volunteer says of each class is counted on the true
classes. Two things are added. A volunteer's confusions are drawn towards those of the crowd, as
strongly as volunteers are alike. And votes on one item that agree more than they should (see
`agreement`) are worth less, without which the probabilities are far too sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from crystalviz.consensus.labelling.agreement import correlation
from crystalviz.consensus.labelling.majority import hold, majority
from crystalviz.consensus.labelling.votes import Votes

_ITERATIONS = 150
_AT_REST = 1e-5
_STRENGTHS = np.geomspace(0.5, 200.0, 25)
# How much of the likeliest strength is used. All of it pools volunteers that differ: on two of four
# public sets the classes are then less often right than with none; with a part, on none of them.
# Volunteers with few votes need more: one vote for each class, half of it.
_PULL = 0.1
# Before any vote: the crowd is right more often than not, a belief as firm as so many votes on each
# class. Without it one item alone could be of any class.
_RIGHT = 0.6
_VOTES_BELIEVED = 5.0
# The strength changes little from one round to the next.
_STRENGTH_EVERY = 5
# The classes were chosen to suit the votes, so that these look less correlated than they are. The
# factor was chosen on four public sets, whose expected calibration errors it brings to .03 to .09.
_HIDDEN = 7.0
# Votes at least this surely of an item count for how alike votes on one item are.
_SURE = 0.5


@dataclass
class Labelled:
    """What `dawid_skene` found.

    Attributes
    ----------
    probability : (items, classes)
        Of each class; rows sum to 1. The prior where there are no votes.
    prior : (classes,)
        How frequent the classes are.
    n_votes : (volunteers,) int
        How many votes each cast that are about an item.
    counts : (volunteers, classes, classes)
        How often each volunteer met a true class and said which.
    confusion : (volunteers, classes, classes)
        What each volunteer says of each true class; rows sum to 1.
    pooled : (classes, classes)
        What all of them together say.
    correlation : float
        Of votes on one item, beyond their class.
    """

    probability: np.ndarray
    prior: np.ndarray
    n_votes: np.ndarray
    counts: np.ndarray
    confusion: np.ndarray
    pooled: np.ndarray
    correlation: float


def dawid_skene(votes: Votes, known: np.ndarray | None = None) -> Labelled:
    """Return the classes' probabilities and the volunteers' confusions.

    Parameters
    ----------
    votes : Votes
        Of two classes or more.
    known : (items,) int, optional
        The true class where it is known, -1 elsewhere.
    """
    v, k = votes.n_volunteers, votes.n_classes
    table = votes.table()
    by_answer = table.T.tocsr()
    pull = max(_PULL, 1 / (1 + len(votes) / max(v * k, 1)))
    probability = majority(votes, known)
    strength = np.zeros(k)
    belief = _VOTES_BELIEVED * (_RIGHT * np.eye(k) + (1 - _RIGHT) / k)
    for number in range(_ITERATIONS):
        counts = (by_answer @ probability).reshape(v, k, k).transpose(0, 2, 1)
        pooled = counts.sum(0) + belief
        pooled /= pooled.sum(1, keepdims=True)
        if number < _STRENGTH_EVERY or number % _STRENGTH_EVERY == 0:
            strength = _strengths(counts, pooled)
        confusion = counts + pull * strength[:, None] * pooled
        confusion /= confusion.sum(2, keepdims=True)
        prior = (probability.sum(0) + 1) / (votes.n_items + k)
        said = np.log(confusion).transpose(0, 2, 1).reshape(v * k, k)
        log = np.log(prior) + table @ said
        new = hold(_normalised(log), known)
        moved = np.abs(new - probability).max(initial=0.0)
        probability = new
        if moved < _AT_REST:
            break
    tally = votes.tally(_SURE)
    rho = correlation(tally, prior, pooled)
    extra = np.maximum(tally.sum(1) - 1, 0)
    probability = _normalised(log / (1 + _HIDDEN * rho * extra)[:, None])
    hold(probability, known)
    n_votes = np.bincount(votes.volunteer, minlength=v)
    return Labelled(probability, prior, n_votes, counts, confusion, pooled, rho)


def _strengths(counts: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """Return, for each true class, the Dirichlet strength that makes the counts likeliest."""
    found = []
    for true, row in enumerate(pooled):
        own = counts[:, true]
        total = own.sum(1)
        likelihood = [
            (gammaln(s) - gammaln(s + total)).sum()
            + (gammaln(s * row + own) - gammaln(s * row)).sum()
            for s in _STRENGTHS
        ]
        found.append(_STRENGTHS[int(np.argmax(likelihood))])
    return np.array(found)


def _normalised(log: np.ndarray) -> np.ndarray:
    probability: np.ndarray = np.exp(log - logsumexp(log, axis=1, keepdims=True))
    return probability
