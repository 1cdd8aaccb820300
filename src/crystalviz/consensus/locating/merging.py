"""Are these two one: neighbouring centres are merged where one instance explains the marks as well.

One centre that was split leaves many reads with one mark where two instances would get two: the
missing marks count against the pair. Double clicks of one reader, which make the split, do not
count for it, since a read marks an instance once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from crystalviz.consensus.locating.canvas import Canvas
from crystalviz.consensus.locating.readers import Readers
from crystalviz.consensus.locating.sharing import Links

# What a second instance must gain in log-likelihood: its two coordinates and its existence.
_PENALTY = 8.0
_REACH = 3.6
_MARKS_REACH = 5.0
_ROUNDS = 3
# In jitters: two instances nearer than this cannot be told from double clicks on one.
_RESOLVED = 1.5
_NEVER = -1e9


@dataclass
class _Groups:
    """Marks of a pair of centres, grouped by read: each group is one reader's view of the pair.

    Attributes
    ----------
    x, y : (m,) float
        The marks, group by group.
    pair : (m,) int
        The pair of each.
    hit : (m,) float
        Log-likelihood of a hit right in the centre, against a stray.
    precision : (m,) float
        One over the square of the jitter.
    start : (g,) int
        Each group's first mark.
    pair_of_group, miss_of_group : (g,)
        Its pair, and the log-probability that its reader passes over an instance.
    """

    x: np.ndarray
    y: np.ndarray
    pair: np.ndarray
    hit: np.ndarray
    precision: np.ndarray
    start: np.ndarray
    pair_of_group: np.ndarray
    miss_of_group: np.ndarray

    def __post_init__(self) -> None:
        # Most groups have one mark or two: only marks of larger ones are ever sorted.
        size = np.diff(self.start, append=len(self.x))
        self._two, self._more = np.flatnonzero(size == 2), np.flatnonzero(size > 2)
        of_larger = np.repeat(size > 2, size)
        self._of_more = np.flatnonzero(of_larger)
        self._group_of_more = np.repeat(np.arange(len(size)), size)[of_larger]
        self._start_of_more = np.append(0, size[self._more].cumsum())[:-1]

    def gain(self, centres: np.ndarray) -> np.ndarray:
        """Return what each mark (m,) adds when it is a hit on its pair's centre."""
        x, y = np.ascontiguousarray(centres.T)
        across, down = self.x - x[self.pair], self.y - y[self.pair]
        added: np.ndarray = self.hit - 0.5 * (across * across + down * down) * self.precision
        return added

    def best_two(self, gain: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return, for each group, its best mark, its gain, its second best and that one's gain."""
        first, second = self.start.copy(), np.full(len(self.start), -1)
        second[self._two] = first[self._two] + 1
        turned = self._two[gain[second[self._two]] > gain[first[self._two]]]
        first[turned], second[turned] = second[turned], first[turned]
        order = self._of_more[np.lexsort((-gain[self._of_more], self._group_of_more))]
        first[self._more] = order[self._start_of_more]
        second[self._more] = order[self._start_of_more + 1]
        return first, gain[first], second, np.where(second >= 0, gain[second], _NEVER)

    def move(self, centres: np.ndarray, mark: np.ndarray, weight: np.ndarray) -> None:
        """Move centres to the weighted mean of their groups' hits; one without hits stays."""
        pair = self.pair_of_group
        total = np.bincount(pair, weight, len(centres))
        held = total > 0
        for axis, place in enumerate((self.x, self.y)):
            summed = np.bincount(pair, weight * place[mark], len(centres))
            centres[held, axis] = summed[held] / total[held]


def merged(
    canvas: Canvas,
    links: Links,
    squared: np.ndarray,
    centres: np.ndarray,
    alive: np.ndarray,
    weight: np.ndarray,
    readers: Readers,
    cover: csr_matrix,
    jitter: float,
) -> np.ndarray:
    """Merge pairs of centres in place; return which centres (k,) went into another.

    Parameters
    ----------
    canvas, links, readers
        Marks, their pairs with centres, and their volunteers.
    squared : (p,) float
        Square pixels between the marks and the centres of the pairs.
    centres : (k, 2) float
        Changed in place.
    alive : (k,) bool
        Which of them are to be looked at.
    weight : (k,) float
        How many marks each has.
    cover : (k, f) sparse
        Which frames show which centre.
    jitter : float
        Of all volunteers together, pixels.
    """
    gone = np.zeros(len(centres), dtype=bool)
    pairs = _nearest_pairs(centres, alive, jitter)
    if not len(pairs):
        return gone
    groups = _groups(canvas, links, squared, len(centres), pairs, readers, jitter)
    one, likelihood_one = _one_centre(centres, weight, pairs, groups)
    likelihood_two, apart = _two_centres(centres, pairs, groups)
    # Reads that covered the pair and left no mark on it missed one instance, or missed two.
    silent = _silent(canvas, cover, pairs, groups, readers)
    is_one = likelihood_one + silent + _PENALTY >= likelihood_two + 2 * silent
    is_one |= apart < _RESOLVED * jitter
    kept, dropped = pairs[is_one].T
    centres[kept] = one[is_one]
    gone[dropped] = True
    return gone


def _nearest_pairs(centres: np.ndarray, alive: np.ndarray, jitter: float) -> np.ndarray:
    """Return close pairs (q, 2), nearest first, each centre in one pair at most."""
    pairs = cKDTree(centres).query_pairs(_REACH * jitter, output_type="ndarray")
    pairs = pairs[alive[pairs].all(1)]
    apart = np.hypot(*(centres[pairs[:, 0]] - centres[pairs[:, 1]]).T)
    # Plain Python's bytes and numbers, not NumPy's, where they are looked at one by one.
    used = bytearray(len(centres))
    chosen: list[int] = []
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], apart))]
    for row, (one, other) in enumerate(zip(*pairs.T.tolist(), strict=True)):
        if not used[one] and not used[other]:
            used[one] = used[other] = True
            chosen.append(row)
    return pairs[chosen]


def _groups(
    canvas: Canvas,
    links: Links,
    squared: np.ndarray,
    n_centres: int,
    pairs: np.ndarray,
    readers: Readers,
    jitter: float,
) -> _Groups:
    """Return the marks whose nearest centre is of a pair, by pair and read."""
    pair_of_centre = np.full(n_centres, -1)
    pair_of_centre[pairs] = np.arange(len(pairs))[:, None]
    least = np.full(len(canvas), (_MARKS_REACH * jitter) ** 2)
    np.minimum.at(least, links.mark, squared)
    nearest = np.flatnonzero(squared == least[links.mark])
    # Of two centres at the very same distance the first.
    nearest = nearest[np.unique(links.mark[nearest], return_index=True)[1]]
    pair = pair_of_centre[links.centre[nearest]]
    nearest, pair = nearest[pair >= 0], pair[pair >= 0]
    key = pair.astype(np.int64) * len(canvas.reads) + canvas.read[links.mark[nearest]]
    order = np.argsort(key, kind="stable")
    nearest, pair = nearest[order], pair[order]
    start = np.flatnonzero(np.diff(key[order], prepend=-1))
    volunteer = canvas.volunteer[links.mark[nearest]]
    spread, miss = readers.jitter[volunteer], readers.miss[volunteer]
    return _Groups(
        links.x[nearest],
        links.y[nearest],
        pair,
        np.log((1 - miss) / (readers.stray[volunteer] * 2 * np.pi * spread**2)),
        1 / spread**2,
        start,
        pair[start],
        np.log(miss[start]),
    )


def _one_centre(
    centres: np.ndarray, weight: np.ndarray, pairs: np.ndarray, groups: _Groups
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best single centre (q, 2) of each pair, and its log-likelihood (q,)."""
    shares = weight[pairs] / weight[pairs].sum(1, keepdims=True)
    one = (centres[pairs] * shares[:, :, None]).sum(1)
    miss = groups.miss_of_group
    for _ in range(_ROUNDS):
        mark, best, _, _ = groups.best_two(groups.gain(one))
        likelihood = np.bincount(groups.pair_of_group, np.maximum(best, miss), len(pairs))
        groups.move(one, mark, groups.precision[mark] * (best > miss))
    return one, likelihood


def _two_centres(
    centres: np.ndarray, pairs: np.ndarray, groups: _Groups
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-likelihood (q,) of the best two centres of each pair, and their distance."""
    a, b = centres[pairs[:, 0]].copy(), centres[pairs[:, 1]].copy()
    miss, precision = groups.miss_of_group, groups.precision
    for _ in range(_ROUNDS):
        a1, gain_a1, a2, gain_a2 = groups.best_two(groups.gain(a))
        b1, gain_b1, b2, gain_b2 = groups.best_two(groups.gain(b))
        # One mark cannot be a hit on both: where it is the best for both, one takes its second.
        same = a1 == b1
        a_first = gain_a1 + gain_b2 >= gain_a2 + gain_b1
        both = np.where(same, np.maximum(gain_a1 + gain_b2, gain_a2 + gain_b1), gain_a1 + gain_b1)
        options = np.stack([2 * miss, gain_a1 + miss, gain_b1 + miss, both])
        choice = options.argmax(0)
        likelihood = np.bincount(groups.pair_of_group, options.max(0), len(pairs))
        for_a = np.where(same & ~a_first, a2, a1)
        for_b = np.where(same & a_first, b2, b1)
        mark_a = np.where(choice == 1, a1, for_a)
        mark_b = np.where(choice == 2, b1, for_b)
        groups.move(a, mark_a, np.where((choice & 1) == 1, precision[mark_a], 0.0))
        groups.move(b, mark_b, np.where(choice >= 2, precision[mark_b], 0.0))
    return likelihood, np.hypot(*(a - b).T)


def _silent(
    canvas: Canvas, cover: csr_matrix, pairs: np.ndarray, groups: _Groups, readers: Readers
) -> np.ndarray:
    """Return the log-probability (q,) that the reads without a mark here passed over one."""
    miss = np.log(readers.miss[canvas.reads.volunteer])
    of_frame = np.bincount(canvas.frame_of_read, miss, cover.shape[1])
    of_centre = cover @ of_frame
    seen = np.bincount(groups.pair_of_group, groups.miss_of_group, len(pairs))
    return np.minimum(of_centre[pairs].mean(1) - seen, 0.0)
