"""Rows of a classification export, as Zooniverse writes them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

HEADING = [
    "classification_id",
    "user_name",
    "user_id",
    "workflow_id",
    "workflow_version",
    "metadata",
    "annotations",
    "subject_data",
    "subject_ids",
]
DIMENSIONS = {
    "subject_dimensions": [{"clientWidth": 300, "naturalWidth": 384, "naturalHeight": 256}]
}
TILE = {"#Filename": "grain.tif", "X Offset": "192", "Y Offset": "400", "retired": None}


def row(
    number: int,
    annotations: Any,
    *,
    user: str = "ann",
    subject: str = "7",
    told: dict[str, Any] = TILE,
    version: str = "44.10",
    metadata: Any = DIMENSIONS,
) -> list[str]:
    text = annotations if isinstance(annotations, str) else json.dumps(annotations)
    data = json.dumps({subject: told})
    return [str(number), user, "", "31", version, json.dumps(metadata), text, data, subject]


def write(path: Path, rows: list[list[str]]) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADING, *rows])
    return path


def drawn(*marks: dict[str, Any], task: str = "T0") -> dict[str, Any]:
    return {"task": task, "task_label": "Mark", "value": list(marks)}


def point(x: float, y: float, **more: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "tool": 0, "frame": 0, "details": [], "tool_label": "Spot", **more}
