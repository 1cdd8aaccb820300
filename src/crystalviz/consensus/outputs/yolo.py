"""Instances as YOLO label files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path, PurePosixPath

import pandas as pd

from crystalviz.consensus.outputs.boxes import boxes, class_names, image_sizes


def write_yolo(
    instances: pd.DataFrame,
    folder: str | PathLike[str],
    sizes: Mapping[str, tuple[int, int]],
    radius: float | None = None,
) -> list[Path]:
    """Write `labels/<image>.txt` for each image, and `data.yaml` with the names of the classes.

    A line is: class, centre x, centre y, width, height, the last four as shares of the image. An
    image without instances gets an empty file, which is how YOLO marks background.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`; those without a label are left out where others have one.
    folder : path
        Made when it is not there.
    sizes : mapping
        image_id to (width, height), pixels.
    radius : float, optional
        Half a box's side, pixels; each instance's own radius where nothing is said.
    """
    image_sizes(instances, sizes)
    names, number = class_names(instances)
    corners = boxes(instances, sizes, radius)
    rows = instances.groupby("image_id", sort=False).indices
    root = Path(folder)
    written = []
    for image, (width, height) in sorted(sizes.items()):
        lines = []
        for i in rows.get(image, ()):
            if number[i] < 0:
                continue
            x0, y0, x1, y1 = corners[i]
            middle = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
            span = (x1 - x0) / width, (y1 - y0) / height
            lines.append(" ".join([str(number[i]), *(f"{v:.6f}" for v in (*middle, *span))]))
        target = root / "labels" / PurePosixPath(image).with_suffix(".txt")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        written.append(target)
    # JSON strings are YAML strings: names may hold anything.
    listed = "".join(f"  {i}: {json.dumps(name)}\n" for i, name in enumerate(names))
    (root / "data.yaml").write_text(f"path: .\ntrain: images\nval: images\nnames:\n{listed}")
    return written
