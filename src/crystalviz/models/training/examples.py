"""Labelled pictures, decoded once and held at the size that the network takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from crystalviz._wording import counted
from crystalviz.datasets.baselines import shortcut_features
from crystalviz.images import ImageSet, ImageSource, Pixels, group_scenes, scene_signature
from crystalviz.models.appearance import appearance
from crystalviz.models.preprocess import resize


@dataclass(frozen=True, eq=False)
class Examples:
    """n labelled pictures.

    Attributes
    ----------
    ids : list of str
    class_names : tuple of str
        In the order of the class indices.
    targets : (n,) int64
    pixels : (n, h, w) uint8
        At the size of the network.
    scenes : (n,) int64
    shortcuts : (n, 6) float64
        Rows of `shortcut_features`.
    looks : (n, 46) float32
        Rows of `crystalviz.models.appearance.appearance`.
    left_out : list of (str, str)
        Images without a label or with one of no class, and files that could not be decoded.
    source, indices : ImageSource, list of int
        Where the n images stand in the set that they come from.
    """

    ids: list[str]
    class_names: tuple[str, ...]
    targets: np.ndarray
    pixels: np.ndarray
    scenes: np.ndarray
    shortcuts: np.ndarray
    looks: np.ndarray
    left_out: list[tuple[str, str]]
    source: ImageSource
    indices: list[int]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def labels(self) -> list[str]:
        """Name of the class of each image."""
        return [self.class_names[target] for target in self.targets]

    def native(self, position: int) -> Pixels:
        """Return picture `position` at its own size, (H, W) uint8."""
        return self.source.pixels(self.indices[position])


def gather_examples(
    source: ImageSource,
    image_size: tuple[int, int],
    classes: Sequence[str] | None = None,
    out: Path | None = None,
    progress: bool = False,
) -> Examples:
    """Decode the labelled images of a set.

    Parameters
    ----------
    source : ImageSource
    image_size : (height, width)
    classes : sequence of str, optional
        The classes to take, in the order of their indices; by default all labels,
        sorted.
    out : path, optional
        Images in this folder are results, not examples.
    progress : bool

    Raises
    ------
    ValueError
        If there are not two classes with two scenes each, or a class that was asked for is not
        there.
    """
    names, wanted, left_out = choose_labelled(source, classes, out)
    ids, labels = source.ids, source.labels
    index_of = {name: index for index, name in enumerate(names)}
    kept: list[int] = []
    pixels = np.empty((len(wanted), *image_size), np.uint8)
    signatures, shortcuts, looks = [], [], []
    already = len(source.problems)
    with tqdm(total=len(wanted), unit="image", desc="decoding", disable=not progress) as bar:
        for index, picture in source.stream(wanted):
            pixels[len(kept)] = resize(picture, image_size)
            signatures.append(scene_signature(picture))
            shortcuts.append(shortcut_features(picture))
            looks.append(appearance(picture))
            kept.append(index)
            bar.update()
    left_out = [*source.problems[:already], *left_out, *source.problems[already:]]
    scenes = group_scenes(signatures, lambda position: source.pixels(kept[position]))
    targets = np.array([index_of[str(labels[index])] for index in kept], np.int64)
    for name, index in index_of.items():
        count, distinct = (targets == index).sum(), len(np.unique(scenes[targets == index]))
        if distinct < 2:
            raise ValueError(
                f"class {name!r} has {counted(int(count), 'image')}"
                + (f" of {'one scene' if distinct else 'no scene'}" if count != 1 else "")
                + "; training needs at least two scenes of each class, one to learn from and one "
                "to check on (turned and mirrored copies are one scene)"
            )
    return Examples(
        ids=[ids[index] for index in kept],
        class_names=names,
        targets=targets,
        pixels=pixels[: len(kept)],
        scenes=scenes,
        shortcuts=np.array(shortcuts),
        looks=np.array(looks),
        left_out=left_out,
        source=source,
        indices=kept,
    )


def choose_labelled(
    source: ImageSource, classes: Sequence[str] | None = None, out: Path | None = None
) -> tuple[tuple[str, ...], list[int], list[tuple[str, str]]]:
    """Return the names of the classes, the images that are of one, and the others with a reason.

    Nothing is decoded. Parameters and errors as in `gather_examples`.
    """
    labels, inside = list(source.labels), _inside(source, out)
    outside = [index for index in range(len(labels)) if index not in inside]
    found = sorted({str(labels[i]) for i in outside if labels[i] is not None})
    names = tuple(found if classes is None else map(str, classes))
    _check_names(names, found, len(outside))
    wanted = [index for index in outside if labels[index] in names]
    left_out = []
    for index in outside:
        if labels[index] not in names:
            label = labels[index]
            reason = "has no label" if label is None else f"its label {label!r} is no class"
            left_out.append((source.ids[index], f"{reason}; not used"))
    return names, wanted, left_out


def _inside(source: ImageSource, out: Path | None) -> set[int]:
    """Return the images that lie in the folder `out`."""
    if out is None or not isinstance(source, ImageSet):
        return set()
    folder = out.resolve()
    root = source.root.resolve()
    if not folder.is_relative_to(root):
        return set()
    return {index for index, name in enumerate(source.ids) if (root / name).is_relative_to(folder)}


def _check_names(names: tuple[str, ...], found: list[str], count: int) -> None:
    if not found:
        raise ValueError(
            f"none of the {counted(count, 'image')} has a label; put the images of each class into "
            "a subfolder named after it, or give labels in a CSV file"
        )
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"no image is labelled {missing[0]!r}; there are {', '.join(found)}")
    if len(set(names)) < 2:
        raise ValueError(
            f"all labelled images are of one class, {names[0]!r}; training needs at least two: "
            "one subfolder for each class"
        )
