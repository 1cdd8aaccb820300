"""Where to begin: a first guess of the jitter, and the peaks of the density as first centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from crystalviz.consensus.locating.canvas import Canvas

# Marks whose neighbours are looked at for the jitter, and how far: a few places' worth of marks.
_SAMPLE = 8000
_PLACES = 3
_MOST_NEIGHBOURS = 64
_STEPS = 200
# The background of pairs counts for as many as this from nothing but chance.
_PSEUDO_PAIRS = 30.0
# Half of the distances between two marks of one jitter on each axis are below this many of it:
# the median of a Rayleigh distribution of scale sqrt(2).
_MEDIAN_DISTANCE = 2.0 * np.sqrt(np.log(2.0))
# What pairs must stand out by, in standard deviations of their number.
_EVIDENCE = 4.0

# Pixels: marks are hardly ever more exact.
_LEAST = 0.5

# In bandwidths: of equal or lesser neighbours within this a peak stands alone.
_PEAK_RADIUS = 1.25
# In jitters: marks of one instance are hardly ever further apart. Of them a first centre needs at
# least one, and of what is usual at least this share.
_REACH = 4.0
_COMPANY = 0.1


@dataclass
class Guess:
    """What distances between marks tell before any instance is found.

    Attributes
    ----------
    jitter : float
        Standard deviation of a mark on each axis, pixels.
    company : float
        How many other marks a mark has on its instance, on average.
    """

    jitter: float
    company: float


def first_guess(canvas: Canvas) -> Guess:
    """Return a first guess of the jitter from distances between marks alone.

    Two readers both mark an instance, one reader marks it once. So pairs of marks of one read show
    how instances lie to each other, pairs of marks of two reads show that and the jitter: what
    these have beyond those, at short distances, is pairs of marks on one instance. The median of
    their distances gives the jitter, however dense or clumped the instances are.
    """
    n = len(canvas)
    if n < 2:
        return Guess(3.0, 0.0)
    reads = min(max(canvas.reads_per_place(), 1.0), _MOST_NEIGHBOURS / _PLACES)
    k = min(round(_PLACES * reads) + 4, n - 1)
    sample = np.arange(0, n, -(-n // _SAMPLE))
    some = canvas.points[sample]
    reach = max(float(np.median(canvas.tree.query(some, k=[k + 1])[0])), 1.0)
    pairs = canvas.tree.sparse_distance_matrix(cKDTree(some), reach, output_type="ndarray")
    one, other = pairs["i"], sample[pairs["j"]]
    same = canvas.read[one] == canvas.read[other]
    at = np.linspace(0.0, reach, _STEPS + 1)
    within = _counts(pairs["v"][~same], at)
    background = _counts(pairs["v"][same & (one != other)], at)
    background = background + _PSEUDO_PAIRS * (at / reach) ** 2
    # Beyond this the two must agree: it holds as much area as what lies within.
    outer = int(_STEPS / np.sqrt(2.0))
    scale = (within[-1] - within[outer]) / (background[-1] - background[outer])
    beyond = np.maximum.accumulate((within - scale * background)[: outer + 1])
    if beyond[-1] < _EVIDENCE * np.sqrt(max(within[outer], 1.0)):
        # No two marks are known to be of one instance: half of a typical gap holds none.
        return Guess(max(float(np.median(canvas.tree.query(some, k=[2])[0])) / 6, _LEAST), 0.0)
    half = float(np.interp(beyond[-1] / 2, beyond, at[: outer + 1]))
    return Guess(max(half / _MEDIAN_DISTANCE, _LEAST), float(beyond[-1]) / len(sample))


def _counts(distance: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return how many distances lie below each of the values."""
    counted: np.ndarray = np.append(0, np.histogram(distance, at)[0].cumsum()).astype(float)
    return counted


def first_centres(canvas: Canvas, guess: Guess) -> np.ndarray:
    """Return the marks (k, 2) at which the density of marks of other reads peaks.

    The bandwidth is that of Scott (Multivariate Density Estimation, 1992) for so many marks.
    """
    points, tree = canvas.points, canvas.tree
    bandwidth = guess.jitter * (1.0 + guess.company) ** (-1 / 6)
    pairs = tree.query_pairs(_REACH * guess.jitter, output_type="ndarray")
    pairs = pairs[canvas.read[pairs[:, 0]] != canvas.read[pairs[:, 1]]]
    first, second = pairs.T
    squared = ((points[first] - points[second]) ** 2).sum(1)
    weight = np.exp(-0.5 * squared / bandwidth**2)
    n = len(points)
    density = np.bincount(first, weight, n) + np.bincount(second, weight, n)
    near = np.bincount(first, minlength=n) + np.bincount(second, minlength=n)
    close = squared < (_PEAK_RADIUS * bandwidth) ** 2
    first, second = first[close], second[close]
    # Of equal ones (copies of a mark) the first stays.
    lower = (density[first] < density[second]) | (
        (density[first] == density[second]) & (first > second)
    )
    beaten = np.zeros(n, dtype=bool)
    beaten[np.where(lower, first, second)] = True
    return points[~beaten & (near >= max(1.0, _COMPANY * guess.company))]
