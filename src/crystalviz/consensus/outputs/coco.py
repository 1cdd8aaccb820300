"""Instances as a COCO file, for training and judging detectors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from crystalviz._whole_file import whole_file
from crystalviz.consensus.outputs.boxes import boxes, class_names, image_sizes, is_empty


def write_coco(
    instances: pd.DataFrame,
    path: str | PathLike[str],
    sizes: Mapping[Any, tuple[int, int]],
    radius: float | None = None,
    classes: Sequence[Any] | None = None,
) -> Path:
    """Write a COCO detection file: images, annotations (boxes and one key point), categories.

    Instances without a label (ties under the rule "ambiguous") are left out where others have one,
    and so are those that lie outside of their image. Each annotation has `score`, the probability
    that the instance exists.

    Parameters
    ----------
    instances : DataFrame
        `MarkConsensus.instances_`.
    path : path
        The JSON file.
    sizes : mapping
        image_id to (width, height), pixels.
    radius : float, optional
        Half a box's side, pixels; each instance's own radius where nothing is said.
    classes : sequence, optional
        `MarkConsensus.classes_`, where they cannot be told from the table; category 1 is the first.
    """
    image_sizes(instances, sizes)
    names, number = class_names(instances, classes)
    corners = boxes(instances, sizes, radius)
    nowhere = is_empty(corners)
    images = sorted(sizes, key=str)
    image_number = {name: i for i, name in enumerate(images, 1)}
    annotations: list[dict[str, object]] = []
    for i, (image, x, y, exists) in enumerate(
        zip(
            instances["image_id"],
            instances["x"],
            instances["y"],
            instances["p_exists"],
            strict=True,
        )
    ):
        if number[i] < 0 or nowhere[i]:
            continue
        x0, y0, x1, y1 = (round(float(v), 2) for v in corners[i])
        width, height = round(x1 - x0, 2), round(y1 - y0, 2)
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": image_number[image],
                "category_id": int(number[i]) + 1,
                "bbox": [x0, y0, width, height],
                "area": round(width * height, 2),
                "iscrowd": 0,
                "keypoints": [round(float(x), 2), round(float(y), 2), 2],
                "num_keypoints": 1,
                "score": round(float(exists), 4),
            }
        )
    document = {
        "images": [
            {
                "id": image_number[n],
                "file_name": str(n),
                "width": sizes[n][0],
                "height": sizes[n][1],
            }
            for n in images
        ],
        "annotations": annotations,
        "categories": [
            {"id": i, "name": name, "supercategory": "", "keypoints": ["centre"], "skeleton": []}
            for i, name in enumerate(names, 1)
        ],
    }
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as file:
        json.dump(document, file, ensure_ascii=False)
    return target
