"""Generated marks as a Zooniverse project would export them: two files of classifications."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystalviz.datasets.crowd import SyntheticMarks

HEADING = (
    "classification_id",
    "user_name",
    "user_id",
    "user_ip",
    "workflow_id",
    "workflow_name",
    "workflow_version",
    "created_at",
    "gold_standard",
    "expert",
    "metadata",
    "annotations",
    "subject_data",
    "subject_ids",
)
_START = datetime(2022, 5, 11, 9)
_TILES = 80_000_000
_CROPS = 90_000_000


def write_zooniverse(scene: SyntheticMarks, folder: str | PathLike[str]) -> list[Path]:
    """Write `marks.csv`, in which tiles were marked, and `labels.csv`, in which marks were named.

    Tiles tell their image and corner (`image`, `x0`, `y0`), crops of marks the mark they show
    (`mark_id`: the classification and the mark's number in it, as `read_zooniverse` names marks).

    Parameters
    ----------
    scene : SyntheticMarks
    folder : path
        Made when it is not there. Files of the same names are replaced.

    Returns
    -------
    list of Path
        The two files.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    return [
        _write(root / "marks.csv", ("3149", "Mark the particles", "44.10"), _marked(scene)),
        _write(root / "labels.csv", ("3150", "Name the mark", "12.3"), _named(scene)),
    ]


# One row: classification, volunteer, metadata, annotations, subject, what is told of it.
_Row = tuple[int, str, dict[str, Any], list[dict[str, Any]], int, dict[str, str]]


def _write(path: Path, workflow: tuple[str, str, str], rows: Iterable[_Row]) -> Path:
    users: dict[str, int] = {}
    with open(path, "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(HEADING)
        for number, (classification, user, metadata, annotations, subject, told) in enumerate(rows):
            when = f"{_START + timedelta(seconds=7 * number):%Y-%m-%d %H:%M:%S} UTC"
            lines.writerow(
                [
                    classification,
                    user,
                    users.setdefault(user, 1_000_001 + len(users)),
                    "",
                    *workflow,
                    when,
                    "",
                    "",
                    json.dumps(metadata),
                    json.dumps(annotations),
                    json.dumps({str(subject): {"retired": None, **told}}),
                    subject,
                ]
            )
    return path


def _marked(scene: SyntheticMarks) -> Iterator[_Row]:
    reads = scene.reads
    corner = reads.set_index("classification_id").loc[scene.marks["classification_id"]]
    x = (scene.marks["x"].to_numpy() - corner["x0"].to_numpy()).round(4).tolist()
    y = (scene.marks["y"].to_numpy() - corner["y0"].to_numpy()).round(4).tolist()
    of_read = scene.marks.groupby("classification_id").indices
    subject = reads.groupby("tile_id", sort=False).ngroup().to_numpy() + _TILES
    for i, read in enumerate(reads.itertuples(index=False)):
        drawn = [
            {
                "x": x[mark],
                "y": y[mark],
                "tool": 0,
                "frame": 0,
                "details": [],
                "tool_label": "Particle",
            }
            for mark in of_read.get(read.classification_id, ())
        ]
        told = {"image": read.image_id, "x0": f"{read.x0:g}", "y0": f"{read.y0:g}"}
        size = {"naturalWidth": int(read.width), "naturalHeight": int(read.height)}
        task = {"task": "T0", "task_label": "Click on the centre of every particle."}
        yield (
            int(read.classification_id),
            read.volunteer_id,
            {"live_project": True, "subject_dimensions": [size]},
            [{**task, "value": drawn}],
            int(subject[i]),
            told,
        )


def _named(scene: SyntheticMarks) -> Iterator[_Row]:
    marks = scene.marks
    number = marks.groupby("classification_id").cumcount()
    name = dict(
        zip(
            marks["mark_id"],
            marks["classification_id"].astype(str) + "." + number.astype(str),
            strict=True,
        )
    )
    image = dict(zip(marks["mark_id"], marks["image_id"], strict=True))
    first = int(scene.reads["classification_id"].max()) + 1
    for i, vote in enumerate(scene.votes.itertuples(index=False)):
        task = {"task": "T0", "task_label": "What is in the middle of the picture?"}
        yield (
            first + i,
            vote.volunteer_id,
            {"live_project": True},
            [{**task, "value": vote.label}],
            _CROPS + int(vote.mark_id),
            {"image": image[vote.mark_id], "mark_id": name[vote.mark_id]},
        )
