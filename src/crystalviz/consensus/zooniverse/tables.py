"""The tables of marks, reads and answers that an export's rows make."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.zooniverse.annotations import Drawn
from crystalviz.consensus.zooniverse.classifications import Classifications
from crystalviz.consensus.zooniverse.tasks import Tasks
from crystalviz.consensus.zooniverse.tiles import Tile

_OWN = ("image_id", "tile_id", "volunteer_id", "classification_id")
_READ = (*_OWN, "x0", "y0", "width", "height")
_MARK = (*_OWN, "x", "y", "radius", "tool", "task", "mark_id")
_ANSWER = ("classification_id", "volunteer_id", "subject_id", "task", "answer")


def marks_and_reads(
    rows: Classifications,
    tiles: Mapping[str, Tile],
    tasks: Tasks,
    label: str,
    frames_together: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the marks of the used tasks, and the reads in which one of these was asked.

    A read saw every picture of its subject on which anyone marked something. Pictures behind the
    first are images of their own, unless they show the same.
    """
    wanted: dict[tuple[str, str], set[str]] = {}
    for workflow, name in tasks.used:
        wanted.setdefault(workflow, set()).add(name)
    taken: list[tuple[int, Tile, list[Drawn]]] = []
    pictures: dict[str, set[int]] = {}
    for i, (workflow, subject) in enumerate(zip(rows.workflows, rows.subjects, strict=True)):
        names, tile, said = wanted.get(workflow), tiles.get(subject), rows.annotations[i]
        if names is None or tile is None:
            continue
        drawn = [mark for mark in said.marks if mark.task in names]
        if drawn or not names.isdisjoint(said.blank):
            taken.append((i, tile, drawn))
            pictures.setdefault(subject, set()).update(mark.frame for mark in drawn)

    reads: list[tuple[Any, ...]] = []
    marks: list[tuple[Any, ...]] = []
    told: list[dict[str, Any]] = []
    for i, tile, drawn in taken:
        subject, who, number = rows.subjects[i], rows.volunteers[i], rows.ids[i]
        seen = [0] if frames_together else sorted(pictures[subject]) or [0]
        count = 0
        for frame in seen:
            own = (f"{tile.image}#{frame}" if frame else tile.image, subject, who, number)
            reads.append((*own, tile.x, tile.y, *tile.size(frame)))
            for mark in drawn:
                if frames_together or mark.frame == frame:
                    place = (mark.x * tile.scale + tile.x, mark.y * tile.scale + tile.y)
                    radius, name = mark.radius * tile.scale, f"{number}.{count}"
                    marks.append((*own, *place, radius, mark.tool, mark.task, name))
                    told.append(mark.answers)
                    count += 1
    mark_table = table_of(marks, _MARK)
    _add_labels(mark_table, told, label)
    if mark_table["radius"].isna().all():
        del mark_table["radius"]
    read_table = table_of(reads, _READ)
    _fill_sizes(read_table, mark_table)
    return mark_table, read_table


def answers_of(rows: Classifications) -> pd.DataFrame:
    """Return every answer to a question; one row each where several were ticked."""
    answers = [
        (rows.ids[i], rows.volunteers[i], rows.subjects[i], task, one)
        for i, said in enumerate(rows.annotations)
        for task, answer in said.answers.items()
        for one in several(answer)
    ]
    return table_of(answers, _ANSWER)


def several(answer: Any) -> list[Any]:
    """Return the answers in one that may be a list, and lists in it."""
    if not isinstance(answer, list):
        return [answer]
    return [one for part in answer for one in several(part)]


def table_of(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a table; by columns, which is several times as fast."""
    columns = zip(*rows, strict=True) if rows else repeat(())
    return pd.DataFrame(dict(zip(names, map(list, columns), strict=bool(rows))))


def _add_labels(marks: pd.DataFrame, told: list[dict[str, Any]], label: str) -> None:
    """Add the column `label`: the tool, or the answer to the first sub-task that has one."""
    if label == "tool" or (label == "auto" and marks["tool"].nunique() > 1):
        marks["label"] = marks["tool"]
        return
    first = [
        next((one for answer in answers.values() for one in several(answer)), None)
        for answers in told
    ]
    if label == "detail" or (label == "auto" and any(one is not None for one in first)):
        # As they are: a list of numbers with a gap would become one of fractions.
        marks["label"] = pd.Series(first, dtype=object)


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
