"""What each volunteer is like: jitter, misses, stray marks; all drawn towards the crowd's mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# How many observations the crowd's mean counts for in a volunteer's own.
JITTER_PRIOR = 8.0
_MISS_PRIOR = 10.0
_STRAY_PRIOR = 5.0


@dataclass
class Readers:
    """The volunteers' parameters, and what they were estimated from.

    Attributes
    ----------
    jitter : (v,) float
        Standard deviation of a mark on each axis, pixels.
    miss : (v,) float
        Probability of passing over an instance that was shown.
    stray : (v,) float
        Marks that belong to no instance, per square pixel looked at.
    squares, hits, chances, strays : (v,) float
        Summed squared distances over both axes, marks on firm instances, how often one was shown,
        and marks on none.
    """

    jitter: np.ndarray
    miss: np.ndarray
    stray: np.ndarray
    squares: np.ndarray
    hits: np.ndarray
    chances: np.ndarray
    strays: np.ndarray

    @classmethod
    def unknown(cls, area: np.ndarray, n_marks: int, jitter: float) -> Readers:
        """Return volunteers of whom nothing is known: all alike."""
        n = len(area)
        zero = np.zeros(n)
        stray = np.full(n, 0.15 * max(n_marks, 1) / max(area.sum(), 1.0))
        return cls(np.full(n, jitter), np.full(n, 0.2), stray, zero, zero, zero, zero)

    @classmethod
    def estimated(
        cls,
        squares: np.ndarray,
        hits: np.ndarray,
        chances: np.ndarray,
        strays: np.ndarray,
        area: np.ndarray,
        bounds: tuple[float, float],
    ) -> tuple[Readers, float]:
        """Return the volunteers, and the jitter of all of them together within `bounds`."""
        pooled = float(np.sqrt(squares.sum() / (2.0 * max(hits.sum(), 1e-9))))
        pooled = float(np.clip(pooled, *bounds))
        jitter = np.sqrt((squares + 2 * JITTER_PRIOR * pooled**2) / (2 * (hits + JITTER_PRIOR)))
        missed = float(np.clip(1 - hits.sum() / max(chances.sum(), 1.0), 0.02, 0.98))
        miss = (chances - hits + _MISS_PRIOR * missed) / (chances + _MISS_PRIOR)
        density = max(strays.sum(), 1.0) / max(area.sum(), 1.0)
        looked = _STRAY_PRIOR / density
        stray = (strays + density * looked) / (area + looked)
        readers = cls(jitter, np.clip(miss, 0.01, 0.99), stray, squares, hits, chances, strays)
        return readers, pooled
