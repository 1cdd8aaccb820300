"""JSON as rows: lists of records, objects of columns, and marks that are listed within reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from crystalviz.consensus.reading.columns import plain, point_columns

# What a list of records may be called in the object that holds it.
_WRAPPERS = ("marks", "records", "rows", "data", "annotations", "results", "items")
# What points out one read.
READ = "classification_id"


def records_of(held: Any) -> list[Mapping[str, Any]]:
    """Return the records of a JSON document.

    Raises
    ------
    ValueError
        When it holds no records.
    """
    if isinstance(held, Mapping):
        held = _within(held)
    if not isinstance(held, list) or not held or not all(isinstance(r, Mapping) for r in held):
        raise ValueError("a list of records is wanted, or an object of columns")
    return held


def _within(held: Mapping[str, Any]) -> Any:
    lists = [name for name, value in held.items() if _is_records(value)]
    for name in (*_WRAPPERS, *lists[:1]):
        if name in lists:
            return held[name]
    if {"columns", "data"} <= held.keys() and isinstance(held["data"], list):
        # As pandas writes a table with its heading apart.
        return [dict(zip(held["columns"], row, strict=True)) for row in held["data"]]
    columns = list(held.values())
    if columns and all(isinstance(one, list) for one in columns):
        if len({len(one) for one in columns}) > 1:
            raise ValueError("its columns are not of one length")
        return [dict(zip(held, row, strict=True)) for row in zip(*columns, strict=True)]
    if columns and all(isinstance(one, Mapping) for one in columns):
        # As pandas writes a table: each column an object of row to value.
        rows = list(dict.fromkeys(row for column in columns for row in column))
        return [{name: column.get(row) for name, column in held.items()} for row in rows]
    return [held]


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(r, Mapping) for r in value)


def unnested(records: list[Mapping[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return one row a mark; and one row a record, where the records list marks.

    A record that lists marks (objects with a place, in lists of any depth) is one read: who made
    it, of which image, and perhaps of which size. Records without marks are reads that found
    nothing.

    Raises
    ------
    ValueError
        When there is no mark in them.
    """
    nested = _nested_fields(records)
    if not nested:
        return _frame(records), None
    names_reads = any(plain(READ) == plain(name) for record in records for name in record)
    marks, parents = [], []
    for number, record in enumerate(records, 1):
        own = {name: value for name, value in record.items() if name not in nested}
        if not names_reads:
            own[READ] = str(number)
        parents.append(own)
        for name in nested:
            marks += [{**own, **point} for point in _points(record.get(name))]
    if not marks:
        raise ValueError("no record lists a mark")
    return _frame(marks), _frame(parents)


def _nested_fields(records: list[Mapping[str, Any]]) -> list[str]:
    """Return the fields that list marks in some record."""
    names = dict.fromkeys(name for record in records for name in record)
    return [name for name in names if any(any(_points(one.get(name))) for one in records)]


def _points(value: Any, listed: bool = False) -> Iterator[Mapping[str, Any]]:
    """Yield the objects with a place in lists of any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _points(one, listed=True)
    elif listed and isinstance(value, Mapping) and _has_place(tuple(value)):
        yield value


@lru_cache
def _has_place(names: tuple[str, ...]) -> bool:
    return point_columns(names) is not None


def _frame(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row a record, counted from 1; what one lacks is None."""
    columns: dict[str, list[Any]] = {}
    for i, record in enumerate(records):
        for name, value in record.items():
            if name not in columns:
                columns[name] = [None] * len(records)
            columns[name][i] = value
    index = pd.RangeIndex(1, len(records) + 1)
    return pd.DataFrame(
        {
            name: pd.Series(values, index=index, dtype=object).infer_objects()
            for name, values in columns.items()
        },
        index=index,
    )
