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
from functools import cached_property

import numpy as np
from scipy.special import betainc, betaln, expit, gammainc, gammaln

# Mean hit rates to begin with, and what they are held to where there are few places.
_SEEN = (0.45, 0.85)
_MISTAKEN = 0.08
_STRENGTH = 6.0
_HELD_BY = 2.0
_ITERATIONS = 80
_AT_REST = 1e-3
# A kind is a mistake where its readers mark it less often than this, against the others.
_REAL = 0.3
# Of the density of hit rates, and how deep the valley between two kinds must be.
_BANDWIDTH = 0.04
_VALLEY = 0.55
# The valley lies below this share of the main hit rate, and so many places below it.
_HALF = 0.5
_GROUP = 4.0
# One mark alone is no place, be it a stray's or an instance's.
_FEWEST = 2.0
# Chances to be seen below this are not told apart.
_RAREST = 0.02
# How many times more chance meetings there may be than strays that lie anywhere would have.
_MORE_MEETINGS = 3.0


@dataclass
class _Places:
    """Hits, chances, their log-probability as a meeting of strays, the most that may be such."""

    hits: np.ndarray
    chances: np.ndarray
    meeting: np.ndarray
    most_meetings: float

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """The few different numbers of chances, and which of them each place has."""
        shown, which = np.unique(self.chances, return_inverse=True)
        return shown, which

    @cached_property
    def misses(self) -> np.ndarray:
        """Reads (k,) that showed the place and left no mark."""
        return self.chances - self.hits

    @cached_property
    def ways(self) -> np.ndarray:
        """The log of the number of ways (k,) to have so many hits among the chances."""
        ways: np.ndarray = gammaln(self.chances + 1) - gammaln(self.hits + 1)
        return ways - gammaln(self.misses + 1)


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

    def log_likelihood(self, places: _Places) -> np.ndarray:
        """Return (k,): share times the beta-binomial probability of the hits, given two or more."""
        none, one = self.too_few(places)
        seen = np.log(np.maximum(1 - none - one, _RAREST))
        shown, which = places.shown
        # Of the three gamma functions of each place one takes few values only.
        chances = gammaln(shown + self.alpha + self.beta)[which]
        hits = gammaln(places.hits + self.alpha) + gammaln(places.misses + self.beta) - chances
        log: np.ndarray = places.ways + hits - seen
        return log + np.log(self.share) - betaln(self.alpha, self.beta)

    def too_few(self, places: _Places) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities (k,) of no hit and of one hit, of which nobody learns."""
        shown, which = places.shown
        whole = betaln(self.alpha, self.beta)
        none = np.exp(betaln(self.alpha, shown + self.beta) - whole)
        one = shown * np.exp(betaln(self.alpha + 1, shown - 1 + self.beta) - whole)
        return none[which], one[which]

    def above(self, rate: float, places: _Places) -> np.ndarray:
        """Return the probability (k,) that a place of the kind has a higher hit rate than this."""
        alpha, beta = self.alpha + places.hits, self.beta + places.misses
        found: np.ndarray = 1 - betainc(alpha, beta, rate)
        return found


@dataclass
class _Mixture:
    """A fitted mixture: its kinds, how likely it makes the places, whose each place is."""

    kinds: list[Kind]
    log_likelihood: float
    belongs: np.ndarray

    def probability(self, places: _Places) -> np.ndarray:
        """Return the probability (k,) that a place is of a kind that is real.

        A kind of mistakes may be broad, and hold faint instances too: those whose own hit rate is
        too high for a mistake.
        """
        share = np.array([kind.share for kind in self.kinds])
        mean = np.array([kind.mean for kind in self.kinds])
        firm = mean > _REAL
        main = (share * mean)[firm].sum() / share[firm].sum() if firm.any() else mean.max()
        real = [
            one if kind.mean >= _REAL * main else one * kind.above(_REAL * main, places)
            for kind, one in zip(self.kinds, self.belongs[1:], strict=True)
        ]
        total: np.ndarray = np.sum(real, axis=0)
        return total


def existence(
    hits: np.ndarray, chances: np.ndarray, by_chance: np.ndarray, n_strays: float
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
    n_strays : float
        How many strays there are in all.
    """
    k = len(hits)
    if not k:
        return np.zeros(0), []
    chances = np.maximum(chances, 1.0)
    hits = np.clip(hits, 0.0, chances)
    # Pairs of strays within reach of each other, as a share of all places.
    meetings = 0.5 * n_strays * -np.expm1(-by_chance.mean())
    most = float(np.clip((_MORE_MEETINGS * meetings + 0.5) / k, 1e-3, 0.9))
    seen = _Places(hits, chances, _log_meeting(hits, np.maximum(by_chance, 1e-12)), most)
    simple = _fit(_SEEN, seen)
    mistaken = _fit((_MISTAKEN, *_SEEN), seen)
    # Share, mean and strength of one more kind: three parameters.
    gain = mistaken.log_likelihood - simple.log_likelihood - 1.5 * np.log(k)
    weight = float(expit(gain)) * _apart(mistaken, hits / chances)
    probability = weight * mistaken.probability(seen) + (1 - weight) * _above_valley(simple, seen)
    # Of places shown alike, one that more readers marked is never less likely an instance.
    order = np.lexsort((hits, chances))
    for shown in np.split(order, np.flatnonzero(np.diff(chances[order])) + 1):
        probability[shown] = np.maximum.accumulate(probability[shown])
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


def _above_valley(mixture: _Mixture, places: _Places) -> np.ndarray:
    """Return the probability (k,) that a place is real, where a broad kind may hold mistakes too.

    A broad kind spans mistakes and faint instances alike. Where a valley parts a group of low hit
    rates from the rest, what lies below it is taken for mistakes.
    """
    probability = mixture.probability(places)
    main = max(mixture.kinds, key=lambda kind: kind.share).mean
    rate = places.hits / places.chances
    seen = 1 - mixture.belongs[0]
    at = np.linspace(0.0, _HALF * main, 41)
    density = np.exp(-0.5 * ((at[:, None] - rate) / _BANDWIDTH) ** 2) @ seen
    depth = density / np.maximum(np.maximum.accumulate(density), 1e-9)
    lowest = int(depth.argmin())
    if seen[rate < at[lowest]].sum() < _GROUP:
        return probability
    above = [kind.above(at[lowest], places) for kind in mixture.kinds]
    clear = float(expit((_VALLEY - depth[lowest]) * 20))
    parted = np.minimum((mixture.belongs[1:] * np.stack(above)).sum(0), probability)
    beyond: np.ndarray = clear * parted + (1 - clear) * probability
    return beyond


def _log_meeting(hits: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the log-probability (k,) that so many strays met, given that two or more did."""
    at_least_two = np.log(np.maximum(gammainc(_FEWEST, expected), 1e-300))
    poisson: np.ndarray = hits * np.log(expected) - expected - gammaln(hits + 1) - at_least_two
    return poisson


def _fit(means: tuple[float, ...], places: _Places) -> _Mixture:
    n = len(means) + 1
    shares = np.full(n, 1 / n)
    shares[0] = min(shares[0], places.most_meetings)
    kinds = [Kind(1 / n, _STRENGTH * m, _STRENGTH * (1 - m)) for m in means]
    before = -np.inf
    for _ in range(_ITERATIONS):
        total, belongs = _expect(shares[0], kinds, places)
        if abs(total - before) < _AT_REST:
            break
        before = total
        shares = np.clip(belongs.mean(1), 1e-3, None)
        shares[0] = min(shares[0], places.most_meetings)
        shares /= shares.sum()
        kinds = [
            _moments(share, mean, kind, places, one)
            for share, mean, kind, one in zip(shares[1:], means, kinds, belongs[1:], strict=True)
        ]
    total, belongs = _expect(shares[0], kinds, places)
    return _Mixture(kinds, total, belongs)


def _expect(strays: float, kinds: list[Kind], places: _Places) -> tuple[float, np.ndarray]:
    """Return the log-likelihood of all places, and whose each is: (1 + kinds, k)."""
    of_kinds = [kind.log_likelihood(places) for kind in kinds]
    log = np.stack([np.log(strays) + places.meeting, *of_kinds])
    total = np.logaddexp.reduce(log, axis=0)
    return float(total.sum()), np.exp(log - total)


def _moments(share: float, start: float, now: Kind, places: _Places, belongs: np.ndarray) -> Kind:
    """Return the kind whose mean and overdispersion are those of the places that belong to it.

    Places of the kind with one hit or none go unseen. They are counted as the kind, as it is now,
    expects them.
    """
    hits, chances = places.hits, places.chances
    none, one = now.too_few(places)
    unseen = belongs / np.maximum(1 - none - one, _RAREST)
    weight = belongs * chances
    weight_unseen = unseen * (none + one) * chances
    total = weight.sum() + weight_unseen.sum()
    found = (belongs * hits).sum() + (unseen * one).sum()
    mean = np.clip((found + _HELD_BY * start) / (total + _HELD_BY), 0.01, 0.985)
    per_place = max(total / max((belongs + unseen * (none + one)).sum(), 1e-9), 1.01)
    # The variance of the hit rate beyond that of coin throws.
    spread = mean * (1 - mean)
    squares = (weight * (hits / chances - mean) ** 2).sum()
    squares += (unseen * chances * (none * mean**2 + one * (1 / chances - mean) ** 2)).sum()
    variance = squares / max(total, 1e-9)
    excess = (variance - spread / per_place) / max(spread * (1 - 1 / per_place), 1e-9)
    strength = 1 / np.clip(excess, 0.005, 0.6) - 1
    return Kind(float(share), float(mean * strength), float((1 - mean) * strength))
