"""The class that is explained of each image: its probability, and its maps by any method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from crystalviz.cam.compute import compute_cam
from crystalviz.images import Images, Pixels, as_image_set
from crystalviz.models import Model

# Images of one call: bounds the memory of activations and gradients.
_CHUNK = 64


def pixels_of(images: Images) -> list[Pixels]:
    """Decode images into a list; those that cannot be decoded are left out."""
    return [pixels for _, pixels in as_image_set(images).stream()]


def explained_classes(
    pixels: Sequence[Pixels], model: Model, targets: ArrayLike | str | None = None
) -> NDArray[np.int64]:
    """Return which class is explained of each image.

    Parameters
    ----------
    pixels : sequence of (H, W) uint8
    model : Model
    targets : (n,) int array, str or None
        Class numbers, or one class name for all of them; None for the predicted classes.

    Returns
    -------
    (n,) int64
        Places in `model.class_names`.

    Raises
    ------
    NoClassHeadError
        If the model tells no classes apart.
    ValueError
        If a class is unknown, or there is not one for each image.
    """
    model.require_head("measuring how far a map can be trusted")
    known = model.class_names
    if targets is None:
        return model.one_pass(pixels).class_probability.argmax(axis=1).astype(np.int64)
    if isinstance(targets, str):
        if targets not in known:
            raise ValueError(
                f"no class {targets!r}; the model {model.name!r} knows {', '.join(known)}"
            )
        return np.full(len(pixels), known.index(targets), np.int64)
    numbers = np.asarray(targets)
    if numbers.shape != (len(pixels),) or not np.issubdtype(numbers.dtype, np.integer):
        raise ValueError(
            f"targets of shape {numbers.shape} and type {numbers.dtype} for {len(pixels)} images: "
            "give one class number for each image, or a class name"
        )
    if len(numbers) and (numbers.min() < 0 or numbers.max() >= len(known)):
        raise ValueError(
            f"class numbers from {numbers.min()} to {numbers.max()}; the model {model.name!r} "
            f"knows 0 to {len(known) - 1}"
        )
    return numbers.astype(np.int64)


def probability_of(
    model: Model, prepared: NDArray[np.float32], targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return P(explained class) of prepared inputs.

    Parameters
    ----------
    model : Model
    prepared : (b, h, w, c) float32
        As `model.prepare` makes them.
    targets : (b,) int64

    Returns
    -------
    (b,) float64
    """
    scores = np.asarray(model.class_scores(prepared), np.float64)
    if model.facts.units == 1:
        # One unit z scores -z and z, which are 2 z apart; the sigmoid is that of z.
        scores /= 2
    return softmax(scores, axis=1)[np.arange(len(scores)), targets]


def maps_of(
    pixels: Sequence[Pixels], model: Model, layer: str, method: str, targets: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Compute one map for each image, each for its own class.

    Parameters
    ----------
    pixels : sequence of (H, W) uint8
        At least one.
    model : Model
    layer, method : str
        As `compute_cam` takes them.
    targets : (n,) int64

    Returns
    -------
    (n, h, w) float32
        0 to 1; all zero where there is no evidence.
    """
    maps: NDArray[np.float32] | None = None
    for target in np.unique(targets):
        places = np.flatnonzero(targets == target)
        for start in range(0, len(places), _CHUNK):
            chosen = places[start : start + _CHUNK]
            part = compute_cam(
                [pixels[i] for i in chosen],
                model,
                layer=layer,
                method=method,
                target=model.class_names[target],
            )
            if maps is None:
                maps = np.empty((len(pixels), *part.shape[1:]), np.float32)
            maps[chosen] = part
    if maps is None:
        raise ValueError("there is no image to make a map of")
    return maps
