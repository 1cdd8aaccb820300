"""Instances as YOLO label files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from crystalviz._whole_file import whole_file
from crystalviz.consensus.outputs.boxes import boxes, class_names, image_sizes, is_empty
from crystalviz.consensus.outputs.names import image_files


def write_yolo(
    instances: pd.DataFrame,
    folder: str | PathLike[str],
    sizes: Mapping[Any, tuple[int, int]],
    radius: float | None = None,
    classes: Sequence[Any] | None = None,
) -> list[Path]:
    """Write `labels/<image>.txt` for each image, and `data.yaml` with the names of the classes.

    A line is: class, centre x, centre y, width, height, the last four as shares of the image. An
    image without instances gets an empty file, which is how YOLO marks background.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`; those without a label are left out where others have one, and
        those that lie outside of their image.
    folder : path
        Made when it is not there.
    sizes : mapping
        image_id to (width, height), pixels.
    radius : float, optional
        Half a box's side, pixels; each instance's own radius where nothing is said.
    classes : sequence, optional
        `MarkConsensus.classes_`, where they cannot be told from the table; the first is 0.
    """
    image_sizes(instances, sizes)
    names, number = class_names(instances, classes)
    corners = boxes(instances, sizes, radius)
    nowhere = is_empty(corners)
    place = image_files(sizes)
    rows = instances.groupby("image_id", sort=False).indices
    root = Path(folder)
    written = []
    for image, (width, height) in sorted(sizes.items(), key=lambda item: str(item[0])):
        lines = []
        for i in rows.get(image, ()):
            if number[i] < 0 or nowhere[i]:
                continue
            x0, y0, x1, y1 = corners[i]
            middle = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
            span = (x1 - x0) / width, (y1 - y0) / height
            lines.append(" ".join([str(number[i]), *(f"{v:.6f}" for v in (*middle, *span))]))
        target = root / "labels" / f"{place[image]}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target, sync=False) as file:
            file.writelines(f"{line}\n" for line in lines)
        written.append(target)
    # JSON strings are YAML strings: names may hold anything.
    listed = "".join(f"  {i}: {json.dumps(name)}\n" for i, name in enumerate(names))
    with whole_file(root / "data.yaml") as file:
        file.write("# The pictures belong into images/, beside labels/.\n")
        file.write(f"path: .\ntrain: images\nval: images\nnames:\n{listed}")
    return written
