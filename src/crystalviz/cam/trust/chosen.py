"""Which images a report measures, what the model says of them, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz._wording import counted
from crystalviz.cam.trust.explained import explained_classes, probability_of
from crystalviz.cam.trust.insertion_deletion import BLUR, blurred_input
from crystalviz.images import ArraySet, Images, Pixels, as_image_set, find_scenes
from crystalviz.models import Model


@dataclass(frozen=True)
class Chosen:
    """The n images of a report.

    Attributes
    ----------
    ids : list of str
    pixels : list of (H, W) uint8
    scenes : (n,) int64
        Poses of one picture share a number.
    classes : (n,) int64
        The explained class of each.
    probability : (n,) float64
        P(explained class) of the picture.
    blurred_probability : (n,) float64
        P(explained class) of the blurred picture: where this stays high, there is no evidence
        whose loss could be measured.
    notes : tuple of str
        What was left out, in sentences.
    """

    ids: list[str]
    pixels: list[Pixels]
    scenes: NDArray[np.int64]
    classes: NDArray[np.int64]
    probability: NDArray[np.float64]
    blurred_probability: NDArray[np.float64]
    notes: tuple[str, ...]


def choose_images(
    images: Images,
    model: Model,
    target: str | None,
    scenes: ArrayLike | None,
    max_images: int,
    seed: int,
) -> Chosen:
    """Decode the images to measure and find out what is to be explained.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    model : Model
    target : str or None
        The class to explain; None for the one predicted for each image.
    scenes : (m,) int array or None
        For all m images; None to find them among those that are measured.
    max_images : int
        Of more, so many are drawn at random.
    seed : int

    Raises
    ------
    ValueError
        If no image can be decoded, or `max_images` or `scenes` does not fit.
    """
    if max_images < 1:
        raise ValueError(f"max_images must be 1 or more, not {max_images}")
    source = as_image_set(images)
    total = len(source)
    if scenes is not None and np.shape(scenes) != (total,):
        raise ValueError(f"{np.shape(scenes)} scenes for {total} images: give one for each")
    places = np.arange(total)
    notes = []
    if total > max_images:
        drawn = np.random.default_rng(seed).choice(total, max_images, replace=False)
        places = np.sort(drawn)
        notes.append(
            f"{max_images:,} of {counted(total, 'image')} were measured, drawn at random "
            f"(seed {seed}); max_images sets how many."
        )
    found = list(source.stream(places.tolist()))
    if not found:
        raise ValueError("there is no image that can be decoded; the image set's problems say why")
    if source.problems:
        notes.append(
            f"{counted(len(source.problems), 'file')} of the image set could not be read; "
            "its problems say why."
        )
    kept = [index for index, _ in found]
    pixels = [picture for _, picture in found]
    ids = [source.ids[index] for index in kept]
    groups = find_scenes(ArraySet(pixels)) if scenes is None else np.asarray(scenes)[kept]
    classes = explained_classes(pixels, model, target)
    prepared = model.prepare(pixels)
    blurred = np.stack([blurred_input(picture, BLUR) for picture in prepared])
    return Chosen(
        ids,
        pixels,
        np.asarray(groups, np.int64),
        classes,
        probability_of(model, prepared, classes),
        probability_of(model, blurred, classes),
        tuple(notes),
    )
