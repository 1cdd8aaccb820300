"""Pictures of the single instances, so that `analyze` can explore them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from PIL import Image

from crystalviz.images import ImageSet


def crop_instances(
    instances: pd.DataFrame,
    images: ImageSet,
    folder: str | PathLike[str],
    size: int = 64,
) -> ImageSet:
    """Cut a square around each instance and return the squares as an image set.

    Files are `<label>/<image>_<number>.png` (or `<image>_<number>.png` without labels); the number
    is the instance's row. At an image's border the picture is continued by reflection. What was in
    `folder` stays.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`.
    images : ImageSet
        The micrographs; their ids are the instances' image_id.
    folder : path
        Made when it is not there.
    size : int
        Pixels of a side.

    Raises
    ------
    ValueError
        When an instance is of an image that is not in the set.
    """
    if size < 2:
        raise ValueError(f"size must be at least 2 pixels, not {size}")
    place = {name: i for i, name in enumerate(images.ids)}
    missing = [name for name in instances["image_id"].unique() if name not in place]
    if missing:
        raise ValueError(
            f"image {missing[0]!r} is not among the {len(images)} images of {images.name}"
        )
    root = Path(folder)
    labels = instances["label"] if "label" in instances else pd.Series(None, instances.index)
    for image, rows in instances.groupby("image_id", sort=False).indices.items():
        half = size // 2
        framed = np.pad(images.pixels(place[image]), size, mode="symmetric")
        stem = str(PurePosixPath(image).with_suffix("")).replace("/", "_")
        for i in rows:
            x, y = (round(float(instances.iloc[i][axis])) for axis in ("x", "y"))
            top, left = y - half + size, x - half + size
            label = labels.iloc[i]
            home = root if pd.isna(label) else root / str(label).replace("/", "_")
            home.mkdir(parents=True, exist_ok=True)
            target = home / f"{stem}_{instances.index[i]}.png"
            Image.fromarray(framed[top : top + size, left : left + size]).save(target)
    return ImageSet.from_folder(root)
