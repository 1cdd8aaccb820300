"""Reading the classification exports of a Zooniverse project."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.zooniverse.annotations import Annotations, read_annotations
from crystalviz.consensus.zooniverse.layout import Layout

_NEEDED = ("classification_id", "user_name", "annotations", "subject_data", "subject_ids")
_NATURAL = re.compile(r'"natural(Width|Height)": ?(\d+(?:\.\d+)?)')


@dataclass
class ZooniverseMarks:
    """What exports say, as the tables that `MarkConsensus.fit` takes.

    Attributes
    ----------
    marks : DataFrame
        image_id, tile_id, x, y (pixels of the whole image), volunteer_id, classification_id,
        mark_id, tool, task, and radius and label where there are any.
    reads : DataFrame
        One row a classification of a tile, with those in which nothing was marked.
    votes : DataFrame
        mark_id, volunteer_id, label: from the second export.
    answers : DataFrame
        classification_id, volunteer_id, subject_id, task, answer: of the first export.
    problems : list of Problem
        Rows (their numbers in the file, the heading is row 1) that were set aside, and why.
    layout : Layout
        Which columns of the subjects said where tiles lie.
    """

    marks: pd.DataFrame
    reads: pd.DataFrame
    votes: pd.DataFrame
    answers: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)


@dataclass
class _Row:
    number: int
    classification: str
    volunteer: str
    subject: str
    annotations: Annotations


def read_zooniverse(
    marks_csv: str | PathLike[str],
    labels_csv: str | PathLike[str] | None = None,
    subjects: Mapping[str, str] | None = None,
    *,
    label: str = "auto",
    task: str | None = None,
    workflow_id: str | int | None = None,
    versions: set[str] | None = None,
    hash_names: bool = False,
) -> ZooniverseMarks:
    """Read an export of marks, and one of what volunteers said of each mark.

    Both classifiers' files are read (1.0 and 2.0). Points and the centres of other shapes become
    marks. Rows that cannot be read are set aside and listed; nothing in the file is executed.

    Parameters
    ----------
    marks_csv : path
        The classification export of the workflow in which marks were made.
    labels_csv : path, optional
        That of a workflow whose subjects are crops of single marks, with a question.
    subjects : dict, optional
        Which columns of the subjects' metadata to use: `image`, `x`, `y` (the tile's corner on
        the image, pixels), `width`, `height`, `mark` (of crops). What is not named is guessed,
        and `.layout` tells how.
    label : str
        What labels a mark in the first export: "tool", "detail" (the answer to its sub-task),
        "none", or "auto": the tool where several are used, else the answer.
    task : str, optional
        Only this drawing task, or only this question of the second export's.
    workflow_id, versions : optional
        Only this workflow; only these versions, as text ("44.10" is not "44.1").
    hash_names : bool
        Write a hash in the place of each volunteer's name.

    Raises
    ------
    FileNotFoundError, ValueError
        When a file is missing, lacks a column, or no row of it can be used.
    """
    if label not in ("auto", "tool", "detail", "none"):
        raise ValueError(f"label must be auto, tool, detail or none, not {label!r}")
    problems: list[Problem] = []
    kept = (workflow_id, versions, hash_names)
    rows, subject_data, sizes = _read(Path(marks_csv), "marks", problems, *kept)
    layout = Layout.guessed(subject_data.values(), subjects or {})
    tiles = _tiles(rows, subject_data, sizes, layout, problems)
    marks, reads, answers = _tables(rows, tiles, task, label)
    votes = pd.DataFrame(columns=["mark_id", "volunteer_id", "label"])
    if labels_csv is not None:
        crops, crop_data, _ = _read(Path(labels_csv), "labels", problems, None, None, hash_names)
        crop_layout = Layout.guessed(crop_data.values(), subjects or {})
        votes = _votes(crops, crop_data, crop_layout, marks, task, problems, Path(labels_csv))
    return ZooniverseMarks(marks, reads, votes, answers, problems, layout)


def _read(
    path: Path,
    table: str,
    problems: list[Problem],
    workflow_id: str | int | None,
    versions: set[str] | None,
    hash_names: bool,
) -> tuple[list[_Row], dict[str, dict[str, Any]], dict[str, tuple[float, float]]]:
    """Return the usable rows, the metadata of their subjects, and these subjects' sizes."""
    rows: list[_Row] = []
    subject_data: dict[str, dict[str, Any]] = {}
    sizes: dict[str, tuple[float, float]] = {}
    # The same answers come again and again: each is read once.
    known: dict[str, Annotations] = {}
    for number, line in _lines(path):
        if isinstance(line, str):
            problems.append(Problem(table, number, line))
            continue
        if workflow_id is not None and line.get("workflow_id") != str(workflow_id):
            continue
        if versions is not None and line.get("workflow_version") not in versions:
            continue
        try:
            text = line["annotations"]
            read = known.get(text)
            if read is None:
                read = known[text] = read_annotations(text)
            subject = _subject(line, subject_data)
        except ValueError as error:
            problems.append(Problem(table, number, str(error)))
            continue
        problems += [Problem(table, number, reason) for reason in read.problems]
        if subject not in sizes:
            sizes[subject] = _size(line.get("metadata", ""))
        name = line["user_name"] or f"unknown-{line['classification_id']}"
        rows.append(_Row(number, line["classification_id"], name, subject, read))
    if not rows:
        why = f": row {problems[0].row}: {problems[0].reason}" if problems else ""
        raise ValueError(f"{path}: no classification in it can be used{why}")
    if hash_names:
        for row in rows:
            row.volunteer = _hashed(row.volunteer)
    return rows, subject_data, sizes


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield the number of each row, and its columns by name or what is wrong with it."""
    # Drawings with many points exceed the module's usual 128 kB.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = csv.reader(file)
        heading = next(lines, None)
        missing = [name for name in _NEEDED if name not in (heading or [])]
        if heading is None or missing:
            raise ValueError(
                f"{path}: no classification export of Zooniverse: it lacks the columns "
                f"{', '.join(missing)}"
            )
        wanted = [
            (name, heading.index(name))
            for name in (*_NEEDED, "metadata", "workflow_id", "workflow_version")
            if name in heading
        ]
        n = len(heading)
        for number, line in enumerate(lines, 2):
            if len(line) == n:
                yield number, {name: line[place] for name, place in wanted}
            elif line:
                yield number, f"it has {len(line)} columns, the heading has {n}"


def _subject(line: Mapping[str, str], subject_data: dict[str, dict[str, Any]]) -> str:
    """Return the subject's id, and keep what the export tells of it."""
    subject = line["subject_ids"].split(";")[0].strip()
    if subject not in subject_data:
        try:
            told = json.loads(line["subject_data"])
            own = told.get(subject) or next(iter(told.values()))
        except (ValueError, AttributeError, StopIteration):
            raise ValueError("its subject_data is no JSON of a subject") from None
        if not isinstance(own, Mapping):
            raise ValueError("its subject_data is no JSON of a subject")
        subject_data[subject] = {k: v for k, v in own.items() if k != "retired"}
    return subject


def _size(metadata: str) -> tuple[float, float]:
    """Return width and height of the subject's first picture, NaN where it is not told."""
    told = dict(reversed(_NATURAL.findall(metadata)[:2]))
    return float(told.get("Width", "nan")), float(told.get("Height", "nan"))


def _hashed(name: str) -> str:
    return f"volunteer-{hashlib.blake2b(name.encode(), digest_size=5).hexdigest()}"


def _tiles(
    rows: list[_Row],
    subject_data: dict[str, dict[str, Any]],
    sizes: dict[str, tuple[float, float]],
    layout: Layout,
    problems: list[Problem],
) -> dict[str, tuple[str, float, float, float, float]]:
    """Return image, corner and size of each subject."""
    tiles = {}
    reported = set()
    for row in rows:
        if row.subject in tiles or row.subject in reported:
            continue
        told = subject_data[row.subject]
        width, height = sizes[row.subject]
        try:
            x, y = (float(told[c]) if c else 0.0 for c in (layout.x, layout.y))
            if np.isnan(width) and layout.width and layout.height:
                width, height = float(told[layout.width]), float(told[layout.height])
        except (KeyError, TypeError, ValueError):
            reported.add(row.subject)
            reason = f"subject {row.subject} has no corner in {layout.x!r}, {layout.y!r}"
            problems.append(Problem("marks", row.number, reason))
            continue
        image = str(told.get(layout.image) or row.subject) if layout.image else row.subject
        tiles[row.subject] = (image, x, y, width, height)
    return tiles


def _tables(
    rows: list[_Row],
    tiles: dict[str, tuple[str, float, float, float, float]],
    task: str | None,
    label: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    drawing = {mark.task for row in rows for mark in row.annotations.marks}
    if task is not None:
        drawing &= {task}
    marks, reads, answers = [], [], []
    for row in rows:
        found = row.annotations
        for name, answer in found.answers.items():
            own = (row.classification, row.volunteer, row.subject, name)
            answers += [(*own, one) for one in _several(answer)]
        tile = tiles.get(row.subject)
        here = [mark for mark in found.marks if mark.task in drawing]
        if tile is None or not (here or found.blank & drawing):
            continue
        image, x0, y0, width, height = tile
        for frame in sorted({mark.frame for mark in here} or {0}):
            # Pictures behind the first are images of their own.
            place = f"{image}#{frame}" if frame else image
            own = (place, row.subject, row.volunteer, row.classification)
            reads.append((*own, x0, y0, width, height))
            marks += [
                (*own, mark.x + x0, mark.y + y0, mark.radius, mark.tool, mark.task, mark.answers)
                for mark in here
                if mark.frame == frame
            ]
    keys = ["image_id", "tile_id", "volunteer_id", "classification_id"]
    mark_table = pd.DataFrame(marks, columns=[*keys, "x", "y", "radius", "tool", "task", "details"])
    number = mark_table.groupby("classification_id").cumcount().astype(str)
    mark_table["mark_id"] = mark_table["classification_id"] + "." + number
    _add_labels(mark_table, label)
    if mark_table["radius"].isna().all():
        del mark_table["radius"]
    read_table = pd.DataFrame(reads, columns=[*keys, "x0", "y0", "width", "height"])
    _fill_sizes(read_table, mark_table)
    columns = ["classification_id", "volunteer_id", "subject_id", "task", "answer"]
    return mark_table, read_table, pd.DataFrame(answers, columns=columns)


def _add_labels(marks: pd.DataFrame, label: str) -> None:
    details = marks.pop("details")
    told = details.map(lambda answers: next(iter(answers.values()), None) if answers else None)
    told = told.map(lambda one: one[0] if isinstance(one, list) and one else one)
    if label == "tool" or (label == "auto" and marks["tool"].nunique() > 1):
        marks["label"] = marks["tool"]
    elif label == "detail" or (label == "auto" and told.notna().any()):
        marks["label"] = told.map(lambda one: None if isinstance(one, list | dict) else one)


def _fill_sizes(reads: pd.DataFrame, marks: pd.DataFrame) -> None:
    """Give tiles whose size is not told that of the others, or what their marks span."""
    for size, start, axis in (("width", "x0", "x"), ("height", "y0", "y")):
        if reads[size].isna().any():
            usual = reads[size].median()
            if np.isnan(usual):
                far = marks.groupby("tile_id")[axis].max().reindex(reads["tile_id"]).to_numpy()
                spans = far - reads[start].to_numpy()
                usual = float(np.nanmax(spans, initial=1.0))
            reads[size] = reads[size].fillna(usual)


def _votes(
    rows: list[_Row],
    crop_data: dict[str, dict[str, Any]],
    layout: Layout,
    marks: pd.DataFrame,
    task: str | None,
    problems: list[Problem],
    path: Path,
) -> pd.DataFrame:
    """Return the answers about crops as votes on the marks that these show."""
    mark_of = _marks_of_crops(crop_data, layout, marks, path)
    votes = []
    for row in rows:
        mark = mark_of.get(row.subject)
        if mark is None:
            reason = f"subject {row.subject} shows no mark of the first export"
            problems.append(Problem("labels", row.number, reason))
            continue
        for name, answer in row.annotations.answers.items():
            if answer is None or (task is not None and name != task):
                continue
            votes += [(mark, row.volunteer, one) for one in _several(answer)]
    return pd.DataFrame(votes, columns=["mark_id", "volunteer_id", "label"])


def _several(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def _marks_of_crops(
    crop_data: dict[str, dict[str, Any]], layout: Layout, marks: pd.DataFrame, path: Path
) -> dict[str, str]:
    """Return which mark each crop shows: by the mark's id, or by its place on its image."""
    if layout.mark is not None:
        known = set(marks["mark_id"])
        named = {s: str(told.get(layout.mark, "")) for s, told in crop_data.items()}
        found = {subject: mark for subject, mark in named.items() if mark in known}
        if found:
            return found
    if layout.image is None or layout.x is None or layout.y is None:
        raise ValueError(
            f"{path}: nothing in its subjects says which mark they show. Name the column with the "
            'mark\'s id: subjects={"mark": ...}, or those of image and place: '
            'subjects={"image": ..., "x": ..., "y": ...}'
        )
    return _nearest_marks(crop_data, layout, marks)


def _nearest_marks(
    crop_data: dict[str, dict[str, Any]], layout: Layout, marks: pd.DataFrame
) -> dict[str, str]:
    from scipy.spatial import cKDTree

    assert layout.image is not None
    trees = {
        image: (cKDTree(here[["x", "y"]].to_numpy(float)), here["mark_id"].to_numpy())
        for image, here in marks.groupby("image_id")
    }
    found = {}
    for subject, told in crop_data.items():
        tree = trees.get(str(told.get(layout.image)))
        try:
            place = (float(told[layout.x]), float(told[layout.y]))  # type: ignore[index]
        except (KeyError, TypeError, ValueError):
            continue
        if tree is not None:
            # Places are written with few digits.
            distance, nearest = tree[0].query(place, distance_upper_bound=1.0)
            if np.isfinite(distance):
                found[subject] = str(tree[1][nearest])
    return found
