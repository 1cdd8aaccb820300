"""Which pixels a map puts first, and masks that take the first share of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystalviz.cam.overlay import resize_map

# Map values nearer than this share of the peak count as equal: interpolating equal
# values gives results that differ in the last bits, which say nothing about order.
_EQUAL = 1e-6


@dataclass(frozen=True)
class Ranking:
    """The order of the pixels of one picture, strongest first.

    Pixels of equal value form a group that is taken together: a map says nothing about their order,
    and reading order would favour a corner.

    Attributes
    ----------
    before : (h, w) float64
        How many pixels are ranked before the group of this pixel.
    group : (h, w) float64
        How many pixels the group has.
    """

    before: NDArray[np.float64]
    group: NDArray[np.float64]

    def mask(self, share: float) -> NDArray[np.float32]:
        """Return how much of each pixel belongs to the strongest `share` of the picture.

        Parameters
        ----------
        share : float
            0 to 1.

        Returns
        -------
        (h, w) float32
            0 or 1, and between them for a group of equal pixels that is taken in part: each of
            them by the same amount, so that the sum is `share` of the pixels exactly.
        """
        count = share * self.before.size
        return np.clip((count - self.before) / self.group, 0.0, 1.0).astype(np.float32)

    def reversed(self) -> Ranking:
        """Return the order from the weakest pixel to the strongest."""
        return Ranking(self.before.size - self.before - self.group, self.group)

    def strongest(self, share: float) -> NDArray[np.bool_]:
        """Return the strongest `share` of the pixels as whole pixels.

        Parameters
        ----------
        share : float
            0 to 1.

        Returns
        -------
        (h, w) bool
            Exactly round(share h w) pixels; out of a group of equal ones those that come first in
            an order scattered evenly over the picture.
        """
        size = self.before.size
        chosen = np.zeros(size, bool)
        order = np.lexsort((_scattered(size), self.before.ravel()))
        chosen[order[: round(share * size)]] = True
        return chosen.reshape(self.before.shape)


def rank_pixels(cam: NDArray[np.floating], shape: tuple[int, int]) -> Ranking:
    """Rank the pixels of a picture by a map.

    Parameters
    ----------
    cam : (h, w) array
        Brought to `shape` bilinearly, as overlays are.
    shape : (height, width)

    Returns
    -------
    Ranking
    """
    values = resize_map(cam, shape).astype(np.float64)
    peak = values.max()
    steps = np.rint(values / (_EQUAL * peak)) if peak > 0 else np.zeros(values.shape)
    _, inverse, counts = np.unique(-steps, return_inverse=True, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    inverse = inverse.reshape(values.shape)
    return Ranking(before[inverse].astype(np.float64), counts[inverse].astype(np.float64))


def _scattered(count: int) -> NDArray[np.float64]:
    """Return `count` numbers that are spread evenly over 0..1 from the first one on.

    The fractional parts of multiples of the golden ratio (a Weyl sequence).
    """
    return np.arange(1, count + 1) * ((np.sqrt(5) - 1) / 2) % 1.0
