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
from crystalviz.consensus.locating.sharing import Links, squared_distances

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
    """Marks of a pair of centres, grouped by read: each group is one reader's view of the pair."""

    mark: np.ndarray
    pair: np.ndarray
    group: np.ndarray
    pair_of_group: np.ndarray
    miss_of_group: np.ndarray

    def best_two(self, gain: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return, for each group, its best mark, its gain, its second best and that one's gain."""
        order = np.lexsort((-gain, self.group))
        starts = np.flatnonzero(np.diff(self.group[order], prepend=-1))
        sizes = np.diff(starts, append=len(order))
        first = order[starts]
        several = sizes > 1
        second = np.where(several, order[np.minimum(starts + 1, len(order) - 1)], -1)
        return first, gain[first], second, np.where(several, gain[second], _NEVER)


def merged(
    canvas: Canvas,
    links: Links,
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
    groups = _groups(canvas, links, centres, pairs, readers, jitter)
    one, likelihood_one = _one_centre(canvas, centres, weight, pairs, groups, readers)
    likelihood_two, apart = _two_centres(canvas, centres, pairs, groups, readers)
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
    used = np.zeros(len(centres), dtype=bool)
    chosen = []
    for one, other in pairs[np.lexsort((pairs[:, 1], pairs[:, 0], apart))].tolist():
        if not used[one] and not used[other]:
            used[one] = used[other] = True
            chosen.append((one, other))
    return np.array(chosen, dtype=np.int64).reshape(-1, 2)


def _groups(
    canvas: Canvas,
    links: Links,
    centres: np.ndarray,
    pairs: np.ndarray,
    readers: Readers,
    jitter: float,
) -> _Groups:
    pair_of_centre = np.full(len(centres), -1)
    pair_of_centre[pairs] = np.arange(len(pairs))[:, None]
    squared = squared_distances(canvas, centres, links)
    order = np.lexsort((squared, links.mark))
    nearest = order[np.flatnonzero(np.diff(links.mark[order], prepend=-1))]
    pair = pair_of_centre[links.centre[nearest]]
    taken = (pair >= 0) & (squared[nearest] < (_MARKS_REACH * jitter) ** 2)
    mark, pair = links.mark[nearest[taken]], pair[taken]
    key = pair.astype(np.int64) * len(canvas.reads) + canvas.read[mark]
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    miss = np.log(readers.miss[canvas.volunteer[mark[first]]])
    return _Groups(mark, pair, group.ravel(), pair[first], miss)


def _gain(
    canvas: Canvas, centres: np.ndarray, groups: _Groups, readers: Readers
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each mark adds when it is a hit on its pair's centre, and its weight there."""
    volunteer = canvas.volunteer[groups.mark]
    jitter, miss = readers.jitter[volunteer], readers.miss[volunteer]
    hit = np.log((1 - miss) / (readers.stray[volunteer] * 2 * np.pi * jitter**2))
    squared = ((canvas.points[groups.mark] - centres[groups.pair]) ** 2).sum(1)
    return hit - 0.5 * squared / jitter**2, 1 / jitter**2


def _one_centre(
    canvas: Canvas,
    centres: np.ndarray,
    weight: np.ndarray,
    pairs: np.ndarray,
    groups: _Groups,
    readers: Readers,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best single centre (q, 2) of each pair, and its log-likelihood (q,)."""
    shares = weight[pairs] / weight[pairs].sum(1, keepdims=True)
    one = (centres[pairs] * shares[:, :, None]).sum(1)
    for _ in range(_ROUNDS):
        gain, precision = _gain(canvas, one, groups, readers)
        mark, best, _, _ = groups.best_two(gain)
        hit = best > groups.miss_of_group
        likelihood = np.bincount(
            groups.pair_of_group, np.maximum(best, groups.miss_of_group), len(pairs)
        )
        _move(one, canvas, groups, mark, precision[mark] * hit)
    return one, likelihood


def _two_centres(
    canvas: Canvas, centres: np.ndarray, pairs: np.ndarray, groups: _Groups, readers: Readers
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-likelihood (q,) of the best two centres of each pair, and their distance."""
    a, b = centres[pairs[:, 0]].copy(), centres[pairs[:, 1]].copy()
    miss = groups.miss_of_group
    for _ in range(_ROUNDS):
        gain_a, precision = _gain(canvas, a, groups, readers)
        gain_b, _ = _gain(canvas, b, groups, readers)
        a1, gain_a1, a2, gain_a2 = groups.best_two(gain_a)
        b1, gain_b1, b2, gain_b2 = groups.best_two(gain_b)
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
        _move(a, canvas, groups, mark_a, np.where((choice & 1) == 1, precision[mark_a], 0.0))
        _move(b, canvas, groups, mark_b, np.where(choice >= 2, precision[mark_b], 0.0))
    return likelihood, np.hypot(*(a - b).T)


def _move(
    centres: np.ndarray, canvas: Canvas, groups: _Groups, mark: np.ndarray, weight: np.ndarray
) -> None:
    """Move centres to the weighted mean of their hits; one without hits stays."""
    pair, places = groups.pair_of_group, canvas.points[groups.mark[mark]]
    total = np.bincount(pair, weight, len(centres))
    hit = total > 0
    for axis in (0, 1):
        summed = np.bincount(pair, weight * places[:, axis], len(centres))
        centres[hit, axis] = summed[hit] / total[hit]


def _silent(
    canvas: Canvas, cover: csr_matrix, pairs: np.ndarray, groups: _Groups, readers: Readers
) -> np.ndarray:
    """Return the log-probability (q,) that the reads without a mark here passed over one."""
    miss = np.log(readers.miss[canvas.reads.volunteer])
    of_frame = np.bincount(canvas.frame_of_read, miss, cover.shape[1])
    of_centre = cover @ of_frame
    seen = np.bincount(groups.pair_of_group, groups.miss_of_group, len(pairs))
    return np.minimum(of_centre[pairs].mean(1) - seen, 0.0)
