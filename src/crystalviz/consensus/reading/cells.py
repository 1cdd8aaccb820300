"""Cells of tables as numbers, ids and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def as_numbers(cells: pd.Series, decimal_comma: bool = False) -> pd.Series:
    """Return cells as float; NaN where one is no number."""
    if decimal_comma and not pd.api.types.is_numeric_dtype(cells):
        cells = cells.map(_with_point, na_action="ignore")
    return pd.to_numeric(cells, errors="coerce").astype(float)


def as_texts(cells: pd.Series) -> pd.Series:
    """Return ids as text, whatever they were: 7, 7.0 and "7" are one; missing ones None."""
    if pd.api.types.is_float_dtype(cells) and (cells.dropna() % 1 == 0).all():
        cells = cells.astype("Int64")
    texts = [None if value is None or value == "" else str(value) for value in _values(cells)]
    return pd.Series(texts, index=cells.index, dtype=object)


def as_labels(cells: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return labels as they are, None where there is none, and which rows hold none to use.

    Empty text is no label; a list or an object cannot be one.
    """
    values = _values(cells)
    nested = np.array([isinstance(v, list | dict | set | np.ndarray) for v in values], dtype=bool)
    kept = [
        None if bad or (isinstance(v, str) and not v.strip()) else v
        for v, bad in zip(values, nested, strict=True)
    ]
    return pd.Series(kept, index=cells.index, dtype=object), nested


def number_labels(columns: Sequence[pd.Series], from_text: Sequence[bool]) -> list[pd.Series]:
    """Return label columns of several tables with whole numbers as such.

    A CSV file does not say whether 3 is a number. Its labels are read as whole numbers if all are
    written as such ("01" is not), and no other table has texts; else all stay as they are.

    Parameters
    ----------
    columns : labels of each table
    from_text : whether each comes from a file that has only text
    """
    held = [set(column.dropna()) for column in columns]
    whole = all(
        all(map(_is_whole, values)) if text else all(map(_is_int, values))
        for values, text in zip(held, from_text, strict=True)
    )
    return [
        _inferred(_as_whole(column) if whole and text else column)
        for column, text in zip(columns, from_text, strict=True)
    ]


def _as_whole(column: pd.Series) -> pd.Series:
    numbers = [None if text is None else int(text) for text in _values(column)]
    return pd.Series(numbers, index=column.index, dtype=object)


def _inferred(column: pd.Series) -> pd.Series:
    """Return a column of objects as its type, if nothing is missing: 1 must not become 1.0."""
    objects = column.astype(object)
    missing = objects.isna()
    return objects.where(~missing, None) if missing.any() else objects.infer_objects()


def _values(cells: pd.Series) -> list[Any]:
    missing = cells.isna().to_numpy()
    return [None if m else v for v, m in zip(cells.tolist(), missing, strict=True)]


def _with_point(cell: Any) -> Any:
    return cell.replace(",", ".") if isinstance(cell, str) else cell


def _is_whole(text: Any) -> bool:
    return isinstance(text, str) and text.removeprefix("-").isdecimal() and str(int(text)) == text


def _is_int(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
