"""New properties as Weaviate's auto-schema makes them (`usecases/objects/auto_schema.go`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.dates import is_date_text
from crystalviz.store.refusal import ValueRefusedError

JsonDict = dict[str, Any]

# Lists of these kinds become lists of text when they are mixed.
_TEXTUAL = {"text", "date", "uuid"}


def guess_property(name: str, value: Any, nested: bool = False) -> JsonDict | None:
    """Return the document of the property that holds a new name's value, or None for None.

    Whole numbers become `number`, since the client sends every number as one. An empty list
    becomes `text[]`. None makes nothing here, while a server makes a text of it when it comes
    by REST and nothing when it comes in a batch.

    Parameters
    ----------
    nested : bool
        Whether the property lies inside an object, where places and phone numbers cannot.

    Raises
    ------
    ValueRefusedError
        When no type fits the value.
    """
    if value is None:
        return None
    if isinstance(value, list | tuple | np.ndarray):
        return _guess_list(name, list(value))
    kind = _kind(name, value, nested)
    document: JsonDict = {"name": name, "dataType": [kind]}
    if kind == "object":
        document["nestedProperties"] = guess_nested(name, [value])
    return document


def guess_nested(name: str, values: list[Any]) -> list[JsonDict]:
    """Return the documents of the properties inside objects, those of all of them together."""
    found: dict[str, JsonDict] = {}
    for value in values:
        for key, inner in value.items():
            guessed = guess_property(str(key), inner, nested=True)
            if guessed is None:
                continue
            known = found.setdefault(str(key), guessed)
            if known is not guessed and "nestedProperties" in guessed:
                merge_nested(known, guessed["nestedProperties"])
    if not found:
        raise ValueRefusedError(
            f"property {name!r}: an object needs something inside to tell its type by"
        )
    return list(found.values())


def merge_nested(known: JsonDict, added: list[JsonDict]) -> bool:
    """Add what is new to an object's document; return whether anything was."""
    inside = known.setdefault("nestedProperties", [])
    by_name = {one["name"]: one for one in inside}
    grown = False
    for one in added:
        old = by_name.get(one["name"])
        if old is None:
            inside.append(one)
            grown = True
        elif "nestedProperties" in one and "nestedProperties" in old:
            grown |= merge_nested(old, one["nestedProperties"])
    return grown


def _guess_list(name: str, values: list[Any]) -> JsonDict:
    kinds = {_kind(name, value, nested=True) for value in values} or {"text"}
    if len(kinds) > 1 and kinds <= _TEXTUAL:
        kinds = {"text"}
    if len(kinds) > 1:
        raise ValueRefusedError(
            f"property {name!r}: a list holds one type, not {' and '.join(sorted(kinds))}"
        )
    (kind,) = kinds
    document: JsonDict = {"name": name, "dataType": [f"{kind}[]"]}
    if kind == "object":
        document["nestedProperties"] = guess_nested(name, values)
    return document


def _kind(name: str, value: Any, nested: bool) -> str:
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, int | float | np.number):
        return "number"
    if isinstance(value, datetime) or (isinstance(value, str) and is_date_text(value)):
        return "date"
    if isinstance(value, UUID) or (isinstance(value, str) and _is_uuid(value)):
        return "uuid"
    if isinstance(value, str):
        return "text"
    if not nested:
        keys = set(value) if isinstance(value, Mapping) else set(vars_of(value))
        if {"latitude", "longitude"} <= keys and len(keys) == 2:
            return "geoCoordinates"
        if keys in ({"input"}, {"input", "defaultCountry"}, {"number", "default_country"}):
            return "phoneNumber"
    if isinstance(value, Mapping):
        return "object"
    raise ValueRefusedError(f"property {name!r} cannot hold a {type(value).__name__}")


def vars_of(value: Any) -> dict[str, Any]:
    """Return an object's attributes; nothing for what has none."""
    return getattr(value, "__dict__", {})


def _is_uuid(text: str) -> bool:
    try:
        return len(text) == 36 and bool(UUID(text))
    except ValueError:
        return False
