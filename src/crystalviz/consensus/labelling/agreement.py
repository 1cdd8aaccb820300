"""How much more alike the votes on one item are than independent ones of its class would be.

An ambiguous picture misleads its readers together. Ten votes on it are then worth fewer than ten:
votes of correlation rho count like n / (1 + (n - 1) rho) independent ones (Kish, Survey Sampling,
1965). rho is that of the Dirichlet-multinomial distribution, rho = 1 / (1 + s), whose strength s
makes the tallies of all items likeliest, given their classes.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

# The last one stands for independent votes: rho = 0.
_STRENGTHS = np.append(np.geomspace(0.3, 300.0, 16), 1e5)
_ITERATIONS = 15
# What must speak for correlated votes before they are taken as such (one parameter, Schwarz 1978).
_PER_LOG_ITEM = 0.5


def correlation(tally: np.ndarray, prior: np.ndarray, confusion: np.ndarray) -> float:
    """Return the correlation rho, 0 to 1, of votes on one item of a given class.

    Parameters
    ----------
    tally : (items, classes)
        Whole numbers of votes.
    prior : (classes,)
        How frequent the classes are.
    confusion : (classes, classes)
        How the volunteers together answer, by true class; to begin with.
    """
    tally = tally[tally.sum(1) > 1]
    if not len(tally) or tally.shape[1] < 2:
        return 0.0
    # Few tallies are different: with 5 votes for 4 classes there are 56.
    tally, count = np.unique(tally, axis=0, return_counts=True)
    found = np.array(
        [_log_likelihood(strength, tally, count, prior, confusion) for strength in _STRENGTHS]
    )
    best = int(found.argmax())
    if found[best] - found[-1] < _PER_LOG_ITEM * np.log(count.sum()):
        return 0.0
    return float(1 / (1 + _STRENGTHS[best]))


def _log_likelihood(
    strength: float,
    tally: np.ndarray,
    count: np.ndarray,
    prior: np.ndarray,
    confusion: np.ndarray,
) -> float:
    """Return that of all tallies under the mixture that suits this strength best."""
    # Whole numbers, for which a few values of the gamma function serve all items.
    whole = tally.astype(np.int64)
    votes = whole.sum(1)
    worth = count / (1 + (votes - 1) / (1 + strength))
    total = np.zeros(len(tally))
    for _ in range(_ITERATIONS):
        log = np.stack(
            [
                np.log(share) + _dirichlet_multinomial(whole, votes, strength * row)
                for share, row in zip(prior, confusion, strict=True)
            ]
        )
        total = np.logaddexp.reduce(log, axis=0)
        belongs = np.exp(log - total)
        prior = (belongs * count).sum(1) + 1
        prior /= prior.sum()
        confusion = (belongs * worth) @ tally + 0.5
        confusion /= confusion.sum(1, keepdims=True)
    return float((total * count).sum())


def _dirichlet_multinomial(tally: np.ndarray, votes: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return the log-probability of each tally, but for what does not depend on alpha."""
    at = np.arange(votes.max() + 1)
    none = np.zeros(len(votes))
    of_classes = sum((_risen(one, at)[n] for one, n in zip(alpha, tally.T, strict=True)), none)
    probability: np.ndarray = of_classes - _risen(alpha.sum(), at)[votes]
    return probability


def _risen(start: float, by: np.ndarray) -> np.ndarray:
    """Return the logs of the rising factorials of `start`, by so many steps each."""
    risen: np.ndarray = gammaln(start + by) - gammaln(start)
    return risen
