"""Marks, votes and reads from any tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.reading.cells import as_labels, as_numbers, as_texts, number_labels
from crystalviz.consensus.reading.columns import ROLES, find_columns, plain, require_roles
from crystalviz.consensus.reading.files import SourceTable, read_file
from crystalviz.consensus.reading.readers import (
    Sizes,
    complete_readers,
    complete_reads,
    hashed,
    heights,
    sizes_in,
)
from crystalviz.consensus.reading.tiles import place_tiles, with_metadata
from crystalviz.images import ImageSet

Table: TypeAlias = str | PathLike[str] | pd.DataFrame

_IDS = ("image_id", "tile_id", "volunteer_id", "classification_id", "mark_id")


@dataclass
class TidyMarks:
    """Tables as `MarkConsensus.fit` takes them, and how they were understood.

    Attributes
    ----------
    marks : DataFrame
        image_id, x, y (pixels of the whole image), volunteer_id, classification_id and, if there,
        tile_id, mark_id, label, radius. Ids are text, labels as they came. The index is the row of
        the file: of CSV files as counted with the heading, else from 1.
    votes : DataFrame or None
        mark_id, volunteer_id, label.
    reads : DataFrame or None
        image_id, tile_id, volunteer_id, classification_id, x0, y0, width, height.
    problems : list of Problem
        Rows that were set aside, and why.
    columns : dict of table to dict of role to column
        Which column was taken for what.
    notes : list of str
        What had to be assumed.
    """

    marks: pd.DataFrame
    votes: pd.DataFrame | None = None
    reads: pd.DataFrame | None = None
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        other = [
            f"{role} from {name!r}" if table == "marks" else f"{role} of {table} from {name!r}"
            for table, columns in self.columns.items()
            for role, name in columns.items()
            if role != name
        ]
        return "; ".join([", ".join(other) or "columns by their names", *self.notes])


def read_marks(
    marks: Table,
    votes: Table | None = None,
    reads: Table | None = None,
    *,
    tiles: Table | None = None,
    columns: Mapping[str, str] | None = None,
    sizes: Sizes | ImageSet | None = None,
    y_up: bool = False,
    labels: bool = True,
    hash_names: bool = False,
) -> TidyMarks:
    """Read marks from a tidy table: one row a mark, whatever its columns are called.

    Parameters
    ----------
    marks, votes, reads : path or DataFrame
        CSV (comma, semicolon, tab), Parquet or JSON, compressed by gzip or not. Columns as `fit`
        names them, or as they are usually called ("user_name", "col"), or as `columns` says. JSON
        may list marks within reads; the reads are then taken too. Reads that do not say what part
        of the image they show are of the whole.
    tiles : path or DataFrame, optional
        Where each tile lies: tile_id, image_id, x0, y0 (pixels of the image) and perhaps width,
        height. The marks are then in pixels of their tile. Zooniverse's export of subjects will do.
    columns : mapping, optional
        Role to column, e.g. {"image_id": "scan", "x": "left"}, for whichever table has it.
    sizes : mapping, (width, height) or ImageSet, optional
        Of the images, pixels, or the images: for reads that do not say what they show, and for
        `y_up`.
    y_up : bool
        The file counts y from the image's lower edge.
    labels : bool
        Whether to take the marks' labels.
    hash_names : bool
        Write a hash in the place of each volunteer's name.

    Raises
    ------
    FileNotFoundError, ValueError
        When a file is missing or damaged, or it is not clear which column is what.

    Examples
    --------
    >>> import pandas as pd
    >>> clicks = pd.DataFrame({"img": "a.tif", "X": [10.5], "Y": [20.0], "worker": [7]})
    >>> print(read_marks(clicks))
    x from 'X', y from 'Y', image_id from 'img', volunteer_id from 'worker'; one read for each \
volunteer, image
    """
    sources = _sources({"marks": marks, "votes": votes, "reads": reads, "tiles": tiles})
    parents = sources["marks"].parents
    if reads is None and parents is not None:
        sources["reads"] = SourceTable(sources["marks"].name, parents)
    if "tiles" in sources:
        sources["tiles"].frame = with_metadata(sources["tiles"].frame)
    given = _given(columns or {}, sources.values())
    found = TidyMarks(pd.DataFrame())
    where = "tile_id" if tiles is not None else "image_id"
    needed = {
        "marks": (where, "x", "y"),
        "votes": ("mark_id", "volunteer_id", "label"),
        "reads": (where,),
        "tiles": ("tile_id", "x0", "y0"),
    }
    tables = {
        table: _taken(source, table, given, needed[table], found)
        for table, source in sources.items()
    }
    found.marks, found.votes = tables["marks"], tables.get("votes")
    if not labels:
        found.marks = found.marks.drop(columns="label", errors="ignore")
    read_table = tables.get("reads")
    if "tiles" in tables:
        found.marks, read_table = place_tiles(
            found.marks, read_table, tables["tiles"], found.problems
        )
    name = sources["marks"].name
    found.marks, read_table = complete_readers(name, found.marks, read_table, found.notes)
    if isinstance(sizes, ImageSet):
        sizes = sizes_in(sizes, found.marks, read_table)
    if read_table is not None:
        found.reads = complete_reads(read_table, sizes)
        if found.reads is None and reads is not None:
            raise ValueError(
                f"{sources['reads'].name}: the reads do not say what they show. Give the columns "
                "x0, y0, width, height, or the sizes of the images (sizes=, --size or --images)"
            )
    if y_up:
        found.marks["y"] = heights(name, found.marks, found.reads, sizes) - found.marks["y"]
    _settle_labels(found, sources)
    _check_pixels(found.marks, name)
    if hash_names:
        for one in (found.marks, found.votes, found.reads):
            if one is not None:
                one["volunteer_id"] = hashed(one["volunteer_id"])
    return found


def _sources(tables: Mapping[str, Table | None]) -> dict[str, SourceTable]:
    sources = {}
    for table, given in tables.items():
        if isinstance(given, pd.DataFrame):
            sources[table] = SourceTable(f"the table of {table}", given)
        elif given is not None:
            sources[table] = read_file(Path(given), table)
    return sources


def _given(columns: Mapping[str, str], sources: Iterable[SourceTable]) -> dict[str, str]:
    """Check that the roles are known and that some table has each column."""
    there = [str(name) for source in sources for name in source.frame.columns]
    names = {plain(name) for name in there} | set(there)
    for role, name in columns.items():
        if role not in ROLES:
            raise ValueError(f"columns: there is no role {role!r}; there are {', '.join(ROLES)}")
        if name not in names and plain(name) not in names:
            raise ValueError(
                f"columns: no table has the column {name!r} for {role}; there are "
                f"{', '.join(dict.fromkeys(there))}"
            )
    return dict(columns)


def _taken(
    source: SourceTable,
    table: str,
    given: Mapping[str, str],
    needed: tuple[str, ...],
    found: TidyMarks,
) -> pd.DataFrame:
    """Return the columns that have a role, under its name and with its type."""
    frame = source.frame
    names = find_columns(map(str, frame.columns), table, given, needed)
    require_roles(source.name, table, names, needed, map(str, frame.columns))
    found.columns[table] = names
    found.problems += source.problems
    columns = {}
    for role, name in names.items():
        cells = frame[name] if name in frame else frame.iloc[:, list(map(str, frame)).index(name)]
        if role in _IDS:
            columns[role] = as_texts(cells)
        elif role == "label":
            columns[role], nested = as_labels(cells)
            found.problems += [
                Problem(table, row, "its label is a list or an object")
                for row in frame.index[nested]
            ]
        else:
            columns[role] = as_numbers(cells, source.decimal_comma)
    return pd.DataFrame(columns, index=frame.index)


def _settle_labels(found: TidyMarks, sources: Mapping[str, SourceTable]) -> None:
    tables = {"marks": found.marks, "votes": found.votes}
    labelled = {n: t for n, t in tables.items() if t is not None and "label" in t}
    settled = number_labels(
        [table["label"] for table in labelled.values()],
        [sources[name].only_text for name in labelled],
    )
    for table, column in zip(labelled.values(), settled, strict=True):
        table["label"] = column


def _check_pixels(marks: pd.DataFrame, source: str) -> None:
    places = marks[["x", "y"]].dropna().drop_duplicates()
    if len(places) > 1 and places.ge(0).all(axis=None) and places.le(1).all(axis=None):
        raise ValueError(
            f"{source}: all x and y lie between 0 and 1, so they seem to be shares of the image; "
            "pixels are wanted: multiply them by the image's width and height"
        )


def read_votes_table(
    votes: Table, columns: Mapping[str, str] | None = None, *, hash_names: bool = False
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read votes alone from a tidy table: mark_id, volunteer_id, label; and what was set aside.

    Raises
    ------
    FileNotFoundError, ValueError
        As of `read_marks`.
    """
    source = _sources({"votes": votes})["votes"]
    found = TidyMarks(pd.DataFrame())
    given = {
        role: name
        for role, name in (columns or {}).items()
        if plain(name) in {plain(str(column)) for column in source.frame.columns}
    }
    table = _taken(source, "votes", given, ("mark_id", "volunteer_id", "label"), found)
    table["label"] = number_labels([table["label"]], [source.only_text])[0]
    if hash_names:
        table["volunteer_id"] = hashed(table["volunteer_id"])
    return table, found.problems
