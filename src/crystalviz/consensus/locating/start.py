"""Where to begin: a first guess of the jitter, and the peaks of the density as first centres."""

from __future__ import annotations

import numpy as np

from crystalviz.consensus.locating.canvas import Canvas

# A place that a quarter of its readers marked has that many marks within about one jitter; the
# closest fifth of all marks lie in such places, whatever the share of strays.
_SHARE = 0.25
_QUANTILE = 0.2
_PLAUSIBLE = 0.3
# Places with more marks than this are told from others by fewer.
_MOST = 64

_LEAST = 0.5
_PEAK_RADIUS = 1.25
_REACH = 2.5
# The mark itself counts 1: a peak needs some company.
_PEAK_HEIGHT = 1.1


def first_jitter(canvas: Canvas) -> float:
    """Return a first guess of the jitter, in pixels, from distances between marks alone."""
    n = len(canvas)
    if n < 2:
        return 3.0
    distance = canvas.tree.query(canvas.points, k=min(_MOST, n))[0]
    nearness = np.maximum(np.quantile(distance, _QUANTILE, axis=0), 1e-6)
    marks = canvas.reads_per_place()
    together = _marks_per_place(nearness)
    if together < _PLAUSIBLE * marks:
        # The reads cannot all have shown these places: the tiles are not known.
        marks = together
    k = min(max(2, round(_SHARE * marks) + 1), len(nearness))
    return max(float(nearness[k - 1]), _LEAST)


def _marks_per_place(nearness: np.ndarray) -> float:
    """Return how many marks lie together, from the distances to the 0th, 1st, 2nd ... nearest.

    Within a place twice as many marks reach 1.4 times as far; at its end they reach the next place.
    Where tiles are unknown this says more than the number of reads.
    """
    k = np.arange(2, (len(nearness) + 1) // 2)
    if not len(k):
        return float(len(nearness))
    # Marks may lie on whole pixels: distances below one say nothing.
    reach = np.maximum(nearness, 1.0)
    return float(k[(reach[2 * k] / reach[k]).argmax()])


def first_centres(canvas: Canvas, jitter: float) -> np.ndarray:
    """Return the marks (k, 2) at which the density of marks of other reads peaks."""
    points, tree = canvas.points, canvas.tree
    pairs = tree.query_pairs(_REACH * jitter, output_type="ndarray")
    pairs = pairs[canvas.read[pairs[:, 0]] != canvas.read[pairs[:, 1]]]
    first, second = pairs.T
    squared = ((points[first] - points[second]) ** 2).sum(1)
    weight = np.exp(-0.5 * squared / jitter**2)
    n = len(points)
    density = 1 + np.bincount(first, weight, n) + np.bincount(second, weight, n)
    close = squared < (_PEAK_RADIUS * jitter) ** 2
    first, second = first[close], second[close]
    # Of equal ones (copies of a mark) the first stays.
    lower = (density[first] < density[second]) | (
        (density[first] == density[second]) & (first > second)
    )
    beaten = np.zeros(n, dtype=bool)
    beaten[np.where(lower, first, second)] = True
    return points[~beaten & (density > _PEAK_HEIGHT)]
