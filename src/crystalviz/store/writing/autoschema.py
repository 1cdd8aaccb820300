"""New properties as Weaviate's auto-schema makes them (`usecases/objects/auto_schema.go`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.writing.dates import is_date_text
from crystalviz.store.writing.refusal import ValueRefusedError

JsonDict = dict[str, Any]

# Lists of these kinds become lists of text when they are mixed.
_TEXTUAL = {"text", "date", "uuid"}


def guess_property(
    name: str, value: Any, nested: bool = False, path: str | None = None
) -> JsonDict | None:
    """Return the document of the property that holds a new name's value, or None for None.

    Whole numbers become `number`, since the client sends every number as one. An empty list
    becomes `text[]`. None makes nothing here, while a server makes a text of it when it comes
    by REST and nothing when it comes in a batch.

    Parameters
    ----------
    nested : bool
        Whether the property lies inside an object, where places and phone numbers cannot.
    path : str, optional
        Where it lies, for errors.

    Raises
    ------
    ValueRefusedError
        When no type fits the value.
    """
    if value is None:
        return None
    path = path or name
    if isinstance(value, list | tuple | np.ndarray):
        return _guess_list(name, list(value), path)
    kind = _kind(path, value, nested)
    document: JsonDict = {"name": name, "dataType": [kind]}
    if kind == "object":
        document["nestedProperties"] = guess_nested(path, [value])
    return document


def guess_nested(name: str, values: list[Any]) -> list[JsonDict]:
    """Return the documents of the properties inside objects, those of all of them together.

    Raises
    ------
    ValueRefusedError
        When a value fits no type, or there is nothing inside to tell the type by.
    """
    made: JsonDict = {"nestedProperties": []}
    for value in values:
        grow_inside(made, name, value)
    if not made["nestedProperties"]:
        raise ValueRefusedError(
            f"property {name!r}: an object needs something inside to tell its type by"
        )
    inside: list[JsonDict] = made["nestedProperties"]
    return inside


def grow_inside(document: JsonDict, path: str, value: Any) -> bool:
    """Add what an object has inside for the first time; return whether there was anything.

    Parameters
    ----------
    document : dict
        Of the object's property; changed.
    path : str
        Where it is, for errors.
    value : mapping, or list of them
        What it holds; anything else is for the value's own check to refuse.
    """
    grown = False
    inside: list[JsonDict] = document.setdefault("nestedProperties", [])
    for one in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(one, Mapping):
            continue
        for key, inner in one.items():
            known = next((p for p in inside if p["name"] == key), None)
            if known is None:
                guessed = guess_property(str(key), inner, nested=True, path=f"{path}.{key}")
                if guessed is not None:
                    inside.append(guessed)
                    grown = True
            elif known["dataType"][0] in ("object", "object[]"):
                grown |= grow_inside(known, f"{path}.{key}", inner)
    return grown


def _guess_list(name: str, values: list[Any], path: str) -> JsonDict:
    kinds = {_kind(path, value, nested=True) for value in values} or {"text"}
    if len(kinds) > 1 and kinds <= _TEXTUAL:
        kinds = {"text"}
    if len(kinds) > 1:
        raise ValueRefusedError(
            f"property {path!r}: a list holds one type, not {' and '.join(sorted(kinds))}"
        )
    (kind,) = kinds
    document: JsonDict = {"name": name, "dataType": [f"{kind}[]"]}
    if kind == "object":
        document["nestedProperties"] = guess_nested(path, values)
    return document


def _kind(path: str, value: Any, nested: bool) -> str:
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
        keys = set(value) if isinstance(value, Mapping) else set(_attributes(value))
        if {"latitude", "longitude"} <= keys and len(keys) == 2:
            return "geoCoordinates"
        if keys in ({"input"}, {"input", "defaultCountry"}, {"number", "default_country"}):
            return "phoneNumber"
    if isinstance(value, Mapping):
        return "object"
    raise ValueRefusedError(f"property {path!r} cannot hold a {type(value).__name__}")


def _attributes(value: Any) -> dict[str, Any]:
    return getattr(value, "__dict__", {})


def _is_uuid(text: str) -> bool:
    try:
        return len(text) == 36 and bool(UUID(text))
    except ValueError:
        return False
