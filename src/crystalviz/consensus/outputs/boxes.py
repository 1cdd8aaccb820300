"""Instances as boxes on their images, and the numbers of their classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.outputs.names import class_texts
from crystalviz.images.files import natural_key

# Of instances without a label.
UNLABELLED = "instance"
_PROBABILITY = "p_label_"
# Pixels. Marks on one and the same point scatter by nothing, and still mean something.
_LEAST_RADIUS = 0.75


def image_sizes(instances: pd.DataFrame, sizes: Mapping[Any, tuple[int, int]]) -> None:
    """Check that the size of every image is known.

    Raises
    ------
    ValueError
        When one is missing; the message names it.
    """
    missing = [name for name in instances["image_id"].unique() if name not in sizes]
    if missing:
        raise ValueError(
            f"the size of {missing[0]!r} and {len(missing) - 1} more images is not known: give "
            "sizes={image_id: (width, height)}, or the images"
        )


def boxes(
    instances: pd.DataFrame, sizes: Mapping[Any, tuple[int, int]], radius: float | None
) -> np.ndarray:
    """Return x0, y0, x1, y1 (n, 4) of a box around each instance, cut at the image's border.

    Parameters
    ----------
    instances : DataFrame
        image_id, x, y, radius (pixels).
    sizes : mapping
        Width and height of each image, pixels.
    radius : float or None
        Half a box's side, pixels; each instance's own where None.

    Raises
    ------
    ValueError
        As of `radii`.
    """
    half = radii(instances, radius)
    x, y = instances["x"].to_numpy(float), instances["y"].to_numpy(float)
    known = [sizes[name] for name in instances["image_id"]]
    width, height = np.array(known, dtype=float).reshape(-1, 2).T
    return np.column_stack(
        [
            np.clip(x - half, 0, width),
            np.clip(y - half, 0, height),
            np.clip(x + half, 0, width),
            np.clip(y + half, 0, height),
        ]
    )


def radii(instances: pd.DataFrame, radius: float | None) -> np.ndarray:
    """Return half a box's side (n,), pixels: the one given, or each instance's own.

    Raises
    ------
    ValueError
        When `radius` is no positive number.
    """
    if radius is None:
        return np.maximum(instances["radius"].to_numpy(float), _LEAST_RADIUS)
    if not 0 < radius < np.inf:
        raise ValueError(f"radius is a positive number of pixels, not {radius!r}")
    return np.full(len(instances), float(radius))


def is_empty(corners: np.ndarray) -> np.ndarray:
    """Say which boxes (n, 4) have no area: their instance lies outside of its image."""
    empty: np.ndarray = (corners[:, 2] <= corners[:, 0]) | (corners[:, 3] <= corners[:, 1])
    return empty


def class_names(
    instances: pd.DataFrame, classes: Sequence[Any] | None = None
) -> tuple[list[str], np.ndarray]:
    """Return the classes as text, and each instance's number among them; -1 where it has none.

    Parameters
    ----------
    instances : DataFrame
    classes : sequence, optional
        `MarkConsensus.classes_`. Without it the classes are those of the columns p_label_<class>,
        so that a class which nothing is keeps its number; else the labels that there are.

    Raises
    ------
    ValueError
        When an instance has a label that is not among `classes`.
    """
    if "label" not in instances:
        return [UNLABELLED], np.zeros(len(instances), dtype=np.int64)
    labels = instances["label"].astype(object)
    named = labels.notna().to_numpy()
    present = labels[named].drop_duplicates().tolist()
    known = _known(instances, present) if classes is None else list(classes)
    number = {label: i for i, label in enumerate(known)}
    strange = [label for label in present if label not in number]
    if strange:
        raise ValueError(f"the label {strange[0]!r} is not among the classes {known}")
    codes = [number[label] if own else -1 for label, own in zip(labels, named, strict=True)]
    return class_texts(known), np.array(codes, dtype=np.int64)


def _known(instances: pd.DataFrame, present: list[Any]) -> list[Any]:
    """Return the classes in the order of their columns, else in natural order."""
    value = dict(zip(class_texts(present), present, strict=True))
    columns = [
        str(name).removeprefix(_PROBABILITY)
        for name in instances.columns
        if str(name).startswith(_PROBABILITY)
    ]
    if columns and value.keys() <= set(columns):
        return [value.get(text, text) for text in columns]
    return [value[text] for text in sorted(value, key=natural_key)]
