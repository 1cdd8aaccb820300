"""Instances as class masks: one gray picture an image, for training a segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from PIL import Image

from crystalviz.consensus.outputs.boxes import class_names, image_sizes


def write_masks(
    instances: pd.DataFrame,
    folder: str | PathLike[str],
    sizes: Mapping[str, tuple[int, int]],
    radius: float | None = None,
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
    """
    image_sizes(instances, sizes)
    names, number = class_names(instances)
    if len(names) > 255:
        raise ValueError(f"a mask tells 255 classes apart, and there are {len(names)}")
    reach = instances["radius"].to_numpy(float) if radius is None else None
    rows = instances.groupby("image_id", sort=False).indices
    x, y = instances["x"].to_numpy(float), instances["y"].to_numpy(float)
    root = Path(folder)
    written = []
    for image, (width, height) in sorted(sizes.items()):
        mask = np.zeros((height, width), dtype=np.uint8)
        nearest = np.full((height, width), np.inf)
        for i in rows.get(image, ()):
            if number[i] >= 0:
                r = float(radius) if reach is None else reach[i]  # type: ignore[arg-type]
                _paint(mask, nearest, x[i], y[i], r, int(number[i]) + 1)
        target = root / PurePosixPath(image).with_suffix(".png")
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(target, optimize=True)
        written.append(target)
    (root / "classes.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
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
