"""Which type the values of a column have, where no schema says it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})\Z")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d*)?([eE][+-]?\d+)?\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)\Z")
# In a column with whole and broken numbers all are numbers.
_WIDER = {frozenset(("int", "number")): "number", frozenset(("int[]", "number[]")): "number[]"}


def guess_type(values: Iterable[Any], cells: bool) -> str | None:
    """Return the type that fits all values, or None where there is none or they are objects.

    Parameters
    ----------
    values : iterable
        Of one column; None and "" in cells are passed over.
    cells : bool
        They are texts of a CSV file, which may stand for numbers, lists and others.

    Returns
    -------
    str or None
        A type of Weaviate's, "text" where several do not go together.
    """
    found: set[str | None] = set()
    for value in values:
        if value is None or value in ("", []) or (cells and value == "[]"):
            continue
        found.add(_of_cell(value) if cells else _of_value(value))
    if not found:
        return None
    if len(found) == 1:
        return found.pop()
    if None in found:
        return None
    return _WIDER.get(frozenset(map(str, found)), "text")


def _of_value(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "number"
    if isinstance(value, datetime):
        return "date"
    if isinstance(value, UUID):
        return "uuid"
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, list):
        element = guess_type(value, cells=False)
        return f"{element}[]" if element and not element.endswith("[]") else None
    return None


def _of_text(text: str) -> str:
    if _TIME.match(text):
        return "date"
    if len(text) == 36:
        try:
            UUID(text)
        except ValueError:
            return "text"
        return "uuid"
    return "text"


def _of_cell(cell: str) -> str | None:
    if cell.lower() in ("true", "false"):
        return "boolean"
    # Not "007": a number would lose its zeros.
    if _WHOLE.match(cell):
        return "int"
    if _NUMBER.match(cell):
        return "number"
    if cell[:1] in "[{":
        try:
            return _of_value(json.loads(cell))
        except json.JSONDecodeError:
            return "text"
    return _of_text(cell)
