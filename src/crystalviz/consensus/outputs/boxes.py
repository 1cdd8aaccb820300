"""Instances as boxes on their images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

# Of instances without a label.
UNLABELLED = "instance"


def image_sizes(instances: pd.DataFrame, sizes: Mapping[str, tuple[int, int]]) -> None:
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
    instances: pd.DataFrame, sizes: Mapping[str, tuple[int, int]], radius: float | None
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
    """
    half = (
        instances["radius"].to_numpy(float) if radius is None else np.full(len(instances), radius)
    )
    x, y = instances["x"].to_numpy(float), instances["y"].to_numpy(float)
    known = instances["image_id"].map(dict(sizes)).tolist()
    width, height = np.array(known, dtype=float).reshape(-1, 2).T
    return np.column_stack(
        [
            np.clip(x - half, 0, width),
            np.clip(y - half, 0, height),
            np.clip(x + half, 0, width),
            np.clip(y + half, 0, height),
        ]
    )


def class_names(instances: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return the classes in order, and each instance's number among them; -1 where it has none."""
    if "label" not in instances:
        return [UNLABELLED], np.zeros(len(instances), dtype=np.int64)
    labels = instances["label"]
    named = labels.map(lambda one: None if pd.isna(one) else str(one))
    names = sorted(named.dropna().unique(), key=lambda name: (len(name), name))
    return names, pd.Index(names).get_indexer(named)
