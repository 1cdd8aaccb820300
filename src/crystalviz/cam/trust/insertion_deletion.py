"""Insertion and deletion: how the probability follows when a map's pixels go or come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from crystalviz.cam.trust.explained import explained_classes, pixels_of, probability_of
from crystalviz.cam.trust.ranking import rank_pixels
from crystalviz.images import Images
from crystalviz.models import Model

STEPS = 20
"""Parts that the way from no pixel to all pixels is cut into."""

BLUR = 0.2
"""Standard deviation of the blur as a share of the input's shorter side."""


@dataclass(frozen=True)
class PerturbationCurves:
    """P(explained class) while pixels are blurred or come back, strongest of the map first.

    Attributes
    ----------
    shares : (s,) float64
        Share of the pixels that were changed, 0 to 1.
    deletion : (n, s) float64
        From the whole picture (first) to the blurred one (last). NaN where the map is empty.
    insertion : (n, s) float64
        From the blurred picture (first) to the whole one (last). NaN where the map is empty.
    """

    shares: NDArray[np.float64]
    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]

    @cached_property
    def deletion_auc(self) -> NDArray[np.float64]:
        """Area under the deletion curve, (n,), 0 to 1; lower is better."""
        return np.asarray(np.trapezoid(self.deletion, self.shares, axis=1))

    @cached_property
    def insertion_auc(self) -> NDArray[np.float64]:
        """Area under the insertion curve, (n,), 0 to 1; higher is better."""
        return np.asarray(np.trapezoid(self.insertion, self.shares, axis=1))


def insertion_deletion(
    images: Images,
    cams: NDArray[np.floating],
    model: Model,
    targets: ArrayLike | str | None = None,
    steps: int = STEPS,
    blur: float = BLUR,
) -> PerturbationCurves:
    """Blur a picture's pixels in the order of its map, and bring them back in that order.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
        n images that can all be decoded.
    cams : (n, h, w) array
        Not negative. Ties are changed together, each pixel by the same amount, so that a map
        that says nothing about an order gets none.
    model : Model
    targets : (n,) int array, str or None
        The explained classes: numbers, one name for all, or None for the predicted ones.
    steps : int
        At least 2.
    blur : float
        Standard deviation of the Gaussian blur as a share of the input's shorter side, above 0.

    Returns
    -------
    PerturbationCurves

    Raises
    ------
    ValueError
        If there is not one map for each image, or an argument is out of range.
    NoClassHeadError
        If the model tells no classes apart.

    Notes
    -----
    Petsiuk, Das and Saenko 2018 (RISE), arXiv:1806.07421. They delete to a constant and insert
    into a blurred picture; both are blurred here, because dark-field pictures are black where
    nothing is, and a black patch is a cue of its own. Where the blurred picture keeps the class,
    there is no evidence to delete: look at the last value of the deletion curve.
    """
    pixels = pixels_of(images)
    check_maps(cams, len(pixels))
    if steps < 2:
        raise ValueError(f"steps must be 2 or more, not {steps}")
    classes = explained_classes(pixels, model, targets)
    shares = np.linspace(0.0, 1.0, steps + 1)
    deletion = np.full((len(pixels), steps + 1), np.nan)
    insertion = deletion.copy()
    for i, cam in enumerate(cams):
        if not np.any(cam > 0):
            continue
        whole = model.prepare([pixels[i]])[0]
        blurred = blurred_input(whole, blur)
        ranking = rank_pixels(cam, whole.shape[:2])
        taken = np.stack([ranking.mask(share) for share in shares])[..., None]
        change = taken * (blurred - whole)
        # The ends of both curves are the same two pictures.
        inputs = np.concatenate([whole + change, (blurred - change)[1:-1]])
        found = probability_of(model, inputs, np.full(len(inputs), classes[i]))
        deletion[i] = found[: steps + 1]
        insertion[i] = np.concatenate([found[steps : steps + 1], found[steps + 1 :], found[:1]])
    return PerturbationCurves(shares, deletion, insertion)


def blurred_input(prepared: NDArray[np.float32], blur: float = BLUR) -> NDArray[np.float32]:
    """Blur one prepared input (h, w, c); its mean stays, its detail goes.

    Raises
    ------
    ValueError
        If `blur` is not above 0.
    """
    if not blur > 0:
        raise ValueError(f"blur must be above 0, not {blur}")
    sigma = blur * min(prepared.shape[:2])
    return ndimage.gaussian_filter(prepared, (sigma, sigma, 0), mode="reflect")


def check_maps(cams: NDArray[np.floating], count: int) -> None:
    """Raise ValueError unless there is one finite map (h, w) for each of `count` images."""
    shape = np.shape(cams)
    if len(shape) != 3 or shape[0] != count:
        raise ValueError(f"maps of shape {shape} for {count} images: give (n, h, w), one for each")
    if not np.isfinite(cams).all():
        raise ValueError("the maps hold NaN or infinity")
