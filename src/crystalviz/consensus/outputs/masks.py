"""Instances as class masks: one gray picture an image, for training a segmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from crystalviz._whole_file import whole_file
from crystalviz.consensus.outputs.boxes import class_names, image_sizes, radii
from crystalviz.consensus.outputs.names import image_files


def write_masks(
    instances: pd.DataFrame,
    folder: str | PathLike[str],
    sizes: Mapping[Any, tuple[int, int]],
    radius: float | None = None,
    classes: Sequence[Any] | None = None,
) -> list[Path]:
    """Write `<image>.png` for each image: 0 is background, 1 the first class, and so on.

    An instance is a disc. Where two overlap a pixel is that of the nearer centre. `classes.txt`
    names the classes in order.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`; those without a label are left out where others have one.
    folder : path
        Made when it is not there.
    sizes : mapping
        image_id to (width, height), pixels.
    radius : float, optional
        Of the discs, pixels; each instance's own where nothing is said.
    classes : sequence, optional
        `MarkConsensus.classes_`, where they cannot be told from the table; the first is 1.

    Raises
    ------
    ValueError
        When an image's size is not known, or there are more than 255 classes.
    """
    image_sizes(instances, sizes)
    names, number = class_names(instances, classes)
    if len(names) > 255:
        raise ValueError(f"a mask tells 255 classes apart, and there are {len(names)}")
    reach = radii(instances, radius)
    rows = instances.groupby("image_id", sort=False).indices
    x, y = instances["x"].to_numpy(float), instances["y"].to_numpy(float)
    root = Path(folder)
    place = image_files(sizes)
    written = []
    for image, (width, height) in sorted(sizes.items(), key=lambda item: str(item[0])):
        mask = np.zeros((height, width), dtype=np.uint8)
        nearest = np.full((height, width), np.inf)
        for i in rows.get(image, ()):
            if number[i] >= 0:
                _paint(mask, nearest, x[i], y[i], reach[i], int(number[i]) + 1)
        target = root / f"{place[image]}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target, "wb", sync=False) as file:
            Image.fromarray(mask).save(file, format="png")
        written.append(target)
    root.mkdir(parents=True, exist_ok=True)
    with whole_file(root / "classes.txt") as file:
        file.writelines(" ".join(name.split()) + "\n" for name in names)
    return written


def _paint(
    mask: np.ndarray, nearest: np.ndarray, x: float, y: float, radius: float, value: int
) -> None:
    height, width = mask.shape
    rows = slice(max(int(y - radius), 0), min(int(y + radius) + 2, height))
    columns = slice(max(int(x - radius), 0), min(int(x + radius) + 2, width))
    down = np.arange(rows.start, rows.stop)[:, None] - y
    across = np.arange(columns.start, columns.stop)[None] - x
    distance = down**2 + across**2
    inside = (distance <= radius**2) & (distance < nearest[rows, columns])
    mask[rows, columns][inside] = value
    nearest[rows, columns][inside] = distance[inside]
