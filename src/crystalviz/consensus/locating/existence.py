"""Is it there: the probability that a place is an instance, from its hits and its chances.

Places are chance meetings of stray marks, or of kinds that readers really saw. How many strays
meet in one place follows from how many there are (Poisson). The hit rates of what was seen are
beta-binomial: doubtful instances and firm ones, and, where the data speak for it, a kind that few
readers mark: shared mistakes, things that look alike. The mixture is fitted to all places at once
by expectation-maximisation with moments (Kleinman, J. Am. Stat. Assoc. 68, 1973), and whether
there is such a kind is decided by the Bayesian information criterion (Schwarz, Ann. Stat. 6, 1978)
and by a valley between its hit rates and the others'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammainc, gammaln

# Mean hit rates to begin with, and what they are held to where there are few places.
_SEEN = (0.45, 0.85)
_MISTAKEN = 0.08
_STRENGTH = 6.0
_HELD_BY = 2.0
_ITERATIONS = 80
# A kind is a mistake where its readers mark it less often than this, against the others.
_REAL = 0.3
# Of the density of hit rates, and how deep the valley between two kinds must be.
_BANDWIDTH = 0.04
_VALLEY = 0.55
# One stray alone is no place.
_FEWEST = 2.0


@dataclass
class Kind:
    """One kind of place: its share, and the beta distribution of its hit rate."""

    share: float
    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The mean hit rate."""
        return self.alpha / (self.alpha + self.beta)

    def log_likelihood(self, hits: np.ndarray, chances: np.ndarray) -> np.ndarray:
        """Return (k,): share times the beta-binomial probability of the hits."""
        choose = gammaln(chances + 1) - gammaln(hits + 1) - gammaln(chances - hits + 1)
        given = betaln(hits + self.alpha, chances - hits + self.beta)
        return np.log(self.share) + choose + given - betaln(self.alpha, self.beta)


@dataclass
class _Mixture:
    """A fitted mixture: its kinds, how likely it makes the places, whose each place is."""

    kinds: list[Kind]
    log_likelihood: float
    belongs: np.ndarray

    def probability(self) -> np.ndarray:
        """Return the probability (k,) that a place is of a kind that is real."""
        share = np.array([kind.share for kind in self.kinds])
        mean = np.array([kind.mean for kind in self.kinds])
        firm = mean > _REAL
        main = (share * mean)[firm].sum() / share[firm].sum() if firm.any() else mean.max()
        real: np.ndarray = self.belongs[1:][mean >= _REAL * main].sum(0)
        return real


def existence(
    hits: np.ndarray, chances: np.ndarray, by_chance: np.ndarray
) -> tuple[np.ndarray, list[Kind]]:
    """Return the probability (k,) that each place is an instance, and the kinds of places.

    Parameters
    ----------
    hits : (k,) float
        Marks that belong to the place, at most one a read.
    chances : (k,) float
        Reads that showed it.
    by_chance : (k,) float
        How many strays one expects within reach of any one point there.
    """
    if not len(hits):
        return np.zeros(0), []
    chances = np.maximum(chances, 1.0)
    hits = np.clip(hits, 0.0, chances)
    meeting = _log_meeting(hits, np.maximum(by_chance, 1e-12))
    simple = _fit(_SEEN, hits, chances, meeting)
    mistaken = _fit((_MISTAKEN, *_SEEN), hits, chances, meeting)
    # Share, mean and strength of one more kind: three parameters.
    gain = mistaken.log_likelihood - simple.log_likelihood - 1.5 * np.log(len(hits))
    weight = float(expit(gain)) * _apart(mistaken, hits / chances)
    probability = weight * mistaken.probability() + (1 - weight) * simple.probability()
    # A place that more of its readers marked is never less likely to be one.
    order = np.argsort(hits / chances, kind="stable")
    probability[order] = np.maximum.accumulate(probability[order])
    return probability, (mistaken if weight > 0.5 else simple).kinds


def _apart(mixture: _Mixture, rate: np.ndarray) -> float:
    """Return, 0 to 1, how clearly a valley parts the first kind's hit rates from the next's.

    A long tail of faint instances also asks for one more kind, but no valley parts it from them.
    """
    low, high = mixture.kinds[0].mean, mixture.kinds[1].mean
    if not low < high:
        return 0.0
    at = np.linspace(low, high, 41)
    seen = 1 - mixture.belongs[0]
    density = np.exp(-0.5 * ((at[:, None] - rate) / _BANDWIDTH) ** 2) @ seen
    valley = density.min() / max(density[0], 1e-9)
    return float(expit((_VALLEY - valley) * 20))


def _log_meeting(hits: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the log-probability (k,) that so many strays met, given that two or more did."""
    at_least_two = np.log(np.maximum(gammainc(_FEWEST, expected), 1e-300))
    poisson: np.ndarray = hits * np.log(expected) - expected - gammaln(hits + 1) - at_least_two
    return poisson


def _fit(
    means: tuple[float, ...], hits: np.ndarray, chances: np.ndarray, meeting: np.ndarray
) -> _Mixture:
    n = len(means) + 1
    shares = np.full(n, 1 / n)
    kinds = [Kind(1 / n, _STRENGTH * m, _STRENGTH * (1 - m)) for m in means]
    for _ in range(_ITERATIONS):
        _, belongs = _expect(shares[0], kinds, hits, chances, meeting)
        shares = np.clip(belongs.mean(1), 1e-3, None)
        shares /= shares.sum()
        kinds = [
            _moments(share, mean, hits, chances, one)
            for share, mean, one in zip(shares[1:], means, belongs[1:], strict=True)
        ]
    total, belongs = _expect(shares[0], kinds, hits, chances, meeting)
    return _Mixture(kinds, total, belongs)


def _expect(
    strays: float, kinds: list[Kind], hits: np.ndarray, chances: np.ndarray, meeting: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the log-likelihood of all places, and whose each is: (1 + kinds, k)."""
    log = np.stack(
        [np.log(strays) + meeting, *(kind.log_likelihood(hits, chances) for kind in kinds)]
    )
    total = np.logaddexp.reduce(log, axis=0)
    return float(total.sum()), np.exp(log - total)


def _moments(
    share: float, start: float, hits: np.ndarray, chances: np.ndarray, belongs: np.ndarray
) -> Kind:
    """Return the kind whose mean and overdispersion are those of the places that belong to it."""
    weight = belongs * chances
    total = weight.sum() + _HELD_BY
    mean = np.clip(((belongs * hits).sum() + _HELD_BY * start) / total, 0.01, 0.985)
    per_place = max(weight.sum() / max(belongs.sum(), 1e-9), 1.01)
    # The variance of the hit rate beyond that of coin throws.
    spread = mean * (1 - mean)
    variance = (weight * (hits / chances - mean) ** 2).sum() / max(weight.sum(), 1e-9)
    excess = (variance - spread / per_place) / max(spread * (1 - 1 / per_place), 1e-9)
    strength = 1 / np.clip(excess, 0.005, 0.6) - 1
    return Kind(float(share), float(mean * strength), float((1 - mean) * strength))
