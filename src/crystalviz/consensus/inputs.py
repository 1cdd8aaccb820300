"""Tables of marks, reads and votes, checked and turned into arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.locating import Canvas, Reads

MARK_COLUMNS = ("image_id", "x", "y", "volunteer_id", "classification_id")
READ_COLUMNS = (
    "image_id",
    "tile_id",
    "volunteer_id",
    "classification_id",
    "x0",
    "y0",
    "width",
    "height",
)
VOTE_COLUMNS = ("mark_id", "volunteer_id", "label")


@dataclass
class Problem:
    """A row that was set aside.

    Attributes
    ----------
    table : str
        "marks", "reads", "votes" or "gold".
    row : object
        The row's label in the table's index.
    reason : str
        What is wrong with it.
    """

    table: str
    row: object
    reason: str


@dataclass
class MarkData:
    """Marks and reads as the model takes them.

    Attributes
    ----------
    marks : DataFrame, n rows
        The usable marks in an order of their own (by image, place, reader), with their old index.
    canvas : Canvas
        The same marks, and the reads.
    images, volunteers : (i,), (v,) arrays
        What the numbers of images and volunteers stand for.
    problems : list of Problem
        Rows that were set aside.
    """

    marks: pd.DataFrame
    canvas: Canvas
    images: np.ndarray
    volunteers: np.ndarray
    problems: list[Problem] = field(default_factory=list)


def read_tables(marks: pd.DataFrame, reads: pd.DataFrame | None = None) -> MarkData:
    """Check marks and reads, and turn them into arrays.

    Parameters
    ----------
    marks : DataFrame
        One row a mark: `MARK_COLUMNS`.
    reads : DataFrame, optional
        One row a read: `READ_COLUMNS`. Without it every classification is taken to have seen all
        that anyone marked of its tile, where marks have a `tile_id`, or of its image.

    Raises
    ------
    ValueError
        When a column is missing, or no row is usable.
    """
    problems: list[Problem] = []
    marks = _usable(marks, "marks", MARK_COLUMNS, ("x", "y"), problems)
    if reads is None:
        reads, repeated = _as_marked(marks), pd.MultiIndex.from_arrays([[], []])
    else:
        sizes = ("x0", "y0", "width", "height")
        reads = _usable(reads, "reads", READ_COLUMNS, sizes, problems)
        flat = ~((reads["width"] > 0) & (reads["height"] > 0))
        problems += [Problem("reads", row, "it shows no area") for row in reads.index[flat]]
        reads, repeated = _without_repeats(reads[~flat], problems)
    keys = ["image_id", "classification_id"]
    reads = reads.sort_values([*keys, "x0", "y0"], key=_comparable).reset_index(drop=True)
    number = pd.Series(reads.index, index=pd.MultiIndex.from_frame(reads[keys]))
    number = number[~number.index.duplicated()]
    of_mark = pd.MultiIndex.from_frame(marks[keys])
    read = number.reindex(of_mark).to_numpy()
    known = ~pd.isna(read)
    for row, again in zip(marks.index[~known], of_mark[~known].isin(repeated), strict=True):
        reason = "its volunteer had read this tile before"
        problems.append(
            Problem("marks", row, reason if again else "its classification is not among the reads")
        )
    marks = marks[known].assign(_read=read[known].astype(np.int64))
    if not len(marks):
        raise ValueError(
            f"no usable mark: {problems[0].reason} (row {problems[0].row!r} of "
            f"{problems[0].table}, and {len(problems) - 1} more rows)"
            if problems
            else "the table of marks has no rows"
        )
    order = ["image_id", "x", "y", "classification_id"]
    marks = marks.sort_values(order, key=_comparable, kind="stable")
    images, image = numbered(reads["image_id"])
    volunteers, volunteer = numbered(reads["volunteer_id"])
    boxes = [reads[name].to_numpy(float) for name in ("x0", "y0", "width", "height")]
    canvas = Canvas(
        marks["x"].to_numpy(float),
        marks["y"].to_numpy(float),
        marks.pop("_read").to_numpy(),
        Reads(image, volunteer, *boxes),
    )
    return MarkData(marks, canvas, images, volunteers, problems)


def read_votes(votes: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """Return the usable votes; one a volunteer and mark, the last."""
    votes = _usable(votes, "votes", VOTE_COLUMNS, (), problems)
    again = votes.duplicated(["mark_id", "volunteer_id"], keep="last")
    problems += [
        Problem("votes", row, "the volunteer voted on this mark again later")
        for row in votes.index[again]
    ]
    return votes[~again]


def numbers_of(values: pd.Series, known: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Return the place (n,) int of each value among the known ones, -1 for none.

    A value that is not among them is taken for the one that reads the same, if there is one:
    files keep no types.
    """
    number, distinct = pd.factorize(pd.Series(values, dtype=object))
    found = pd.Index(known, dtype=object).get_indexer(distinct)
    unknown = found < 0
    if unknown.any():
        text = pd.Series(np.arange(len(known)), index=[_as_read(one) for one in known])
        text = text[~text.index.duplicated(keep=False)]
        said = pd.Index([_as_read(one) for one in distinct[unknown]], dtype=object)
        found[unknown] = text.reindex(said).fillna(-1).to_numpy(np.int64)
    place: np.ndarray = np.append(found, -1)[number]
    return place


def _as_read(value: object) -> str:
    """Return the text of a value; a whole number the same with and without its point."""
    return re.sub(r"^(-?\d+)\.0$", r"\1", str(value))


def _usable(
    table: pd.DataFrame,
    name: str,
    columns: tuple[str, ...],
    numbers: tuple[str, ...],
    problems: list[Problem],
) -> pd.DataFrame:
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(
            f"the table of {name} lacks {', '.join(missing)}. It needs {', '.join(columns)}, and "
            f"has {', '.join(map(str, table.columns)) or 'no columns'}"
        )
    usable = np.ones(len(table), dtype=bool)
    table = table.copy(deep=False)
    for column in numbers:
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
        table[column] = values
        _set_aside(table, usable, ~np.isfinite(values), f"{column} is not a number", name, problems)
    for column in columns:
        if column not in numbers:
            empty = table[column].isna().to_numpy()
            _set_aside(table, usable, empty, f"{column} is missing", name, problems)
    return table[usable]


def _set_aside(
    table: pd.DataFrame,
    usable: np.ndarray,
    bad: np.ndarray,
    reason: str,
    name: str,
    problems: list[Problem],
) -> None:
    problems += [Problem(name, row, reason) for row in table.index[bad & usable]]
    usable &= ~bad


def _as_marked(marks: pd.DataFrame) -> pd.DataFrame:
    """Return a read for each classification, of all that anyone marked of its tile or image."""
    tiled = "tile_id" in marks and marks["tile_id"].notna().all()
    shown = marks.groupby(["image_id", "tile_id"] if tiled else "image_id", sort=False)
    left, top = (shown[axis].transform("min") for axis in ("x", "y"))
    if not tiled:
        left, top = left.clip(upper=0.0), top.clip(upper=0.0)
    reads = marks[["image_id", "volunteer_id", "classification_id"]].assign(
        tile_id=marks["tile_id"] if tiled else "",
        x0=left,
        y0=top,
        # Not 0, even where all marks are one point.
        width=np.maximum(shown["x"].transform("max") - left, 1.0),
        height=np.maximum(shown["y"].transform("max") - top, 1.0),
    )
    return reads.drop_duplicates(["image_id", "classification_id"])


def _without_repeats(
    reads: pd.DataFrame, problems: list[Problem]
) -> tuple[pd.DataFrame, pd.MultiIndex]:
    """Return the reads without those of a tile that the volunteer had read before, and these."""
    reads = reads.sort_values("classification_id", key=_comparable, kind="stable")
    seen = ["image_id", "volunteer_id", "x0", "y0", "width", "height"]
    again = reads.duplicated(seen)
    problems += [
        Problem("reads", row, "the volunteer had read this tile before")
        for row in reads.index[again]
    ]
    keys = ["image_id", "classification_id"]
    return reads[~again], pd.MultiIndex.from_frame(reads.loc[again, keys])


def _comparable(values: pd.Series) -> pd.Series:
    """Return values that sort, whatever they are: numbers as such, all else as text."""
    return values if pd.api.types.is_numeric_dtype(values) else values.astype(str)


def numbered(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values in order, and the number of each row's."""
    number, distinct = pd.factorize(values)
    order = np.argsort(_comparable(pd.Series(distinct)).to_numpy(), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return np.asarray(distinct)[order], place[number]
