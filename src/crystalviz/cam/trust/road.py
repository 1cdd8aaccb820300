"""ROAD: remove and debias. Pixels are imputed, so that a hole's outline tells nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.cam.trust.explained import explained_classes, pixels_of, probability_of
from crystalviz.cam.trust.imputation import impute
from crystalviz.cam.trust.insertion_deletion import check_maps
from crystalviz.cam.trust.ranking import rank_pixels
from crystalviz.images import Images
from crystalviz.models import Model

SHARES = (0.2, 0.4, 0.6, 0.8)
"""Shares of the pixels that are removed."""

NOISE = 0.01
"""Noise of imputed pixels, as a share of the picture's standard deviation."""


@dataclass(frozen=True)
class RoadScores:
    """P(explained class) after a share of the pixels was imputed.

    Attributes
    ----------
    shares : (s,) float64
    most_first : (n, s) float64
        The map's strongest pixels removed (MoRF). NaN where the map is empty.
    least_first : (n, s) float64
        The map's weakest pixels removed (LeRF). NaN where the map is empty.
    """

    shares: NDArray[np.float64]
    most_first: NDArray[np.float64]
    least_first: NDArray[np.float64]

    @cached_property
    def morf(self) -> NDArray[np.float64]:
        """Mean over the shares with the strongest removed, (n,), 0 to 1; lower is better."""
        return self.most_first.mean(axis=1)

    @cached_property
    def lerf(self) -> NDArray[np.float64]:
        """Mean over the shares with the weakest removed, (n,), 0 to 1; higher is better."""
        return self.least_first.mean(axis=1)

    @cached_property
    def combined(self) -> NDArray[np.float64]:
        """(LeRF - MoRF) / 2, (n,), -0.5 to 0.5; higher is better, 0 for a map without meaning."""
        return (self.lerf - self.morf) / 2


def road(
    images: Images,
    cams: NDArray[np.floating],
    model: Model,
    targets: ArrayLike | str | None = None,
    shares: Sequence[float] = SHARES,
    noise: float = NOISE,
    seed: int = 0,
) -> RoadScores:
    """Impute the strongest, then the weakest pixels of each map and read the probability.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        n images that can all be decoded.
    cams : (n, h, w) array
        Not negative. Pixels of equal value are removed in an order scattered over the picture.
    model : Model
    targets : (n,) int array, str or None
        The explained classes: numbers, one name for all, or None for the predicted ones.
    shares : sequence of float
        Of the pixels, above 0 and below 1.
    noise : float
        Standard deviation of the noise on imputed pixels, as a share of the picture's own.
    seed : int
        Of the noise, which is the same for all maps of a picture.

    Returns
    -------
    RoadScores

    Raises
    ------
    ValueError
        If there is not one map for each image, or a share is out of range.
    NoClassHeadError
        If the model tells no classes apart.

    Notes
    -----
    Rong et al. 2022, arXiv:2202.00449: MoRF and LeRF with noisy linear imputation, on the
    probability instead of the accuracy, which a few images do not resolve. `combined`
    joins the two as the pytorch-grad-cam library does.
    """
    pixels = pixels_of(images)
    check_maps(cams, len(pixels))
    wanted = np.asarray(shares, np.float64)
    if not len(wanted) or wanted.min() <= 0 or wanted.max() >= 1:
        raise ValueError(f"shares must lie above 0 and below 1, not {tuple(shares)}")
    classes = explained_classes(pixels, model, targets)
    result = np.full((2, len(pixels), len(wanted)), np.nan)
    for i, cam in enumerate(cams):
        if not np.any(cam > 0):
            continue
        whole = model.prepare([pixels[i]])[0]
        ranking = rank_pixels(cam, whole.shape[:2])
        inputs = []
        for order in (ranking, ranking.reversed()):
            rng = np.random.default_rng([seed, i])
            inputs += [impute(whole, order.strongest(share), noise, rng) for share in wanted]
        found = probability_of(model, np.stack(inputs), np.full(len(inputs), classes[i]))
        result[:, i] = found.reshape(2, -1)
    return RoadScores(wanted, result[0], result[1])
