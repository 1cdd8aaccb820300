"""Values as cells of a CSV file, and back.

An empty cell is a missing value. A text that is empty or begins with `"` is written as JSON, so
that it comes back as it was; lists and objects are JSON as well.
"""

from __future__ import annotations

import json
import re
from typing import Any

from crystalviz.store.files.plain_values import from_plain, parse_date, parse_json, to_plain

_WHOLE = re.compile(r"[+-]?\d+(\.0*)?\Z")
_BOOLEANS = {"true": True, "false": False}
_TEXTS = ("text", "uuid", "blob", "date")


def to_cell(value: Any, kind: str) -> str:
    """Return the cell of a value of the type `kind`."""
    plain = to_plain(value)
    if plain is None:
        return ""
    if kind in _TEXTS and isinstance(plain, str):
        return json.dumps(plain) if not plain or plain.startswith('"') else plain
    if isinstance(plain, str):
        return json.dumps(plain)
    # Python writes the shortest text that gives the same number again.
    return json.dumps(plain, ensure_ascii=False)


def from_cell(cell: str, kind: str) -> Any:
    """Return the value of a cell, as the store takes it for a property of the type `kind`.

    Raises
    ------
    ValueError
        When the cell does not hold one of that type.
    """
    if cell == "":
        return None
    if kind in _TEXTS:
        text = _text(cell)
        return parse_date(text) if kind == "date" else text
    if kind == "int":
        if not _WHOLE.match(cell):
            raise ValueError(f"{cell!r} is no whole number")
        return int(cell.partition(".")[0])
    if kind == "number":
        try:
            return float(cell)
        except ValueError:
            raise ValueError(f"{cell!r} is no number") from None
    if kind == "boolean":
        if cell.lower() not in _BOOLEANS:
            raise ValueError(f"{cell!r} is neither true nor false")
        return _BOOLEANS[cell.lower()]
    return from_plain(parse_json(cell), kind)


def _text(cell: str) -> str:
    if cell.startswith('"'):
        try:
            text = json.loads(cell)
        except json.JSONDecodeError:
            # Written by another program: a text that begins with a quotation mark.
            return cell
        if isinstance(text, str):
            return text
    return cell
