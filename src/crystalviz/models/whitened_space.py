"""Whitened coordinates of known pictures, and distances to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Share of known pictures that score 1 or less.
KNOWN_SHARE = 0.99
# Directions of whitened space at most.
_MOST_DIRECTIONS = 256
# Added to every variance, as a share of the mean one: no direction counts without bound.
_SHRINKAGE = 0.01
_QUERIES = 512


@dataclass(frozen=True)
class WhitenedSpace:
    """Whitened known rows of one kind of evidence, with the distance that counts as 1.

    Attributes
    ----------
    mean : (d,) float32
    axes : (d, r) float32
        Principal axes, each divided by the deviation along it.
    rest : float
        What a length outside the axes is divided by.
    rows : (n, r + 1) float32
        Known pictures in whitened coordinates; the last is the length outside the axes.
    scale : float
        Distance of the 99th percentile of held-out known pictures.
    """

    mean: np.ndarray
    axes: np.ndarray
    rest: float
    rows: np.ndarray
    scale: float

    @classmethod
    def fit(cls, known: np.ndarray) -> WhitenedSpace:
        """Return the space of known rows (n, d), whose distances are not scaled yet."""
        powered = power_scaled(known)
        mean = powered.mean(axis=0)
        centred = powered - mean
        _, deviations, axes = np.linalg.svd(centred, full_matrices=False)
        variances = deviations**2 / max(1, len(known) - 1)
        floor = _SHRINKAGE * variances.sum() / known.shape[1] + 1e-12
        kept = min(len(axes), _MOST_DIRECTIONS, max(1, len(known) - 1))
        scaled = axes[:kept] / np.sqrt(variances[:kept, None] + floor)
        space = cls(
            mean=mean.astype(np.float32),
            axes=np.ascontiguousarray(scaled.T, np.float32),
            # The mean variance of the directions that are left out.
            rest=float(np.sqrt(variances[kept:].sum() / max(1, known.shape[1] - kept) + floor)),
            rows=np.empty((0, kept + 1), np.float32),
            scale=1.0,
        )
        return space.with_rows(space.whiten(known))

    def with_rows(self, rows: np.ndarray) -> WhitenedSpace:
        """Return it with these whitened rows as the known ones."""
        return WhitenedSpace(self.mean, self.axes, self.rest, rows, self.scale)

    def with_scale(self, distances: np.ndarray) -> WhitenedSpace:
        """Return it with the distance that counts as 1 taken from held-out known pictures."""
        scale = float(np.quantile(distances, KNOWN_SHARE)) if len(distances) else 1.0
        # All known pictures equal: any difference is unfamiliar.
        return WhitenedSpace(self.mean, self.axes, self.rest, self.rows, max(scale, 1e-6))

    def whiten(self, values: np.ndarray) -> np.ndarray:
        """Return rows (n, d) in whitened coordinates, (n, r + 1)."""
        centred = power_scaled(values) - self.mean
        inside = centred @ self.axes
        # Divided back by the deviations: lengths along the axes in the space before whitening.
        lengths = inside / np.linalg.norm(self.axes, axis=0)
        outside = np.maximum((centred**2).sum(axis=1) - (lengths**2).sum(axis=1), 0.0)
        return np.concatenate([inside, np.sqrt(outside)[:, None] / self.rest], axis=1).astype(
            np.float32
        )

    def distances(self, values: np.ndarray, k: int) -> np.ndarray:
        """Distance of each row to its k-th nearest known row, over `scale`."""
        nearest = min(k, len(self.rows)) - 1
        squares = (self.rows**2).sum(axis=1)
        parts = []
        for start in range(0, len(values), _QUERIES):
            rows = self.whiten(values[start : start + _QUERIES])
            square = squares - 2 * rows @ self.rows.T + (rows**2).sum(axis=1)[:, None]
            parts.append(np.partition(square, nearest, axis=1)[:, nearest])
        found = np.concatenate([np.empty(0, np.float32), *parts])
        return np.sqrt(np.maximum(found, 0.0)) / self.scale


def power_scaled(values: np.ndarray) -> np.ndarray:
    """Return the square root of the size, with the sign: it tames heavy tails."""
    values = np.asarray(values, np.float64)
    return np.sign(values) * np.sqrt(np.abs(values))
