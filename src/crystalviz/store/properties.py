"""Values of properties: checked against their type, kept as JSON, given back as Python values."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.errors import WeaviateInsertInvalidPropertyError
from crystalviz.store.schema import CollectionConfig, PropertyConfig, property_name

_INT64 = 2**63
_DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d")


class ValueRefusedError(ValueError):
    """A value does not fit its property; the message says which and why."""


def parse_date(value: Any) -> datetime:
    """Return a date with a time zone; without one it is taken as UTC, as Weaviate's client does.

    Raises
    ------
    ValueRefusedError
        When it is neither a datetime nor RFC 3339 text.
    """
    if isinstance(value, str):
        try:
            if not _DATE_TEXT.match(value):
                raise ValueError
            value = datetime.fromisoformat(value.replace("z", "Z").replace("t", "T"))
        except ValueError:
            raise ValueRefusedError(
                f"{value!r} is not a date; write it as 2026-01-31T12:00:00Z (RFC 3339)"
            ) from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueRefusedError(f"needs a datetime, not {type(value).__name__}")


def _text(value: Any) -> str:
    if isinstance(value, str):
        # NumPy's text is a subclass, which JSON would write as well, but slower.
        return value if type(value) is str else str(value)
    raise ValueRefusedError(f"needs text, not {type(value).__name__}")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise ValueRefusedError(f"needs True or False, not {type(value).__name__}")


def _integer(value: Any) -> int:
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not fits and isinstance(value, float | np.floating):
        fits = float(value).is_integer()
    if not fits:
        raise ValueRefusedError(f"needs a whole number, not {value!r}")
    whole = int(value)
    if not -_INT64 <= whole < _INT64:
        raise ValueRefusedError(f"{whole} does not fit into 64 bits")
    return whole


def _number(value: Any) -> float:
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        real = float(value)
        if math.isfinite(real):
            return real
        raise ValueRefusedError(f"is {real}; give None for a missing value")
    raise ValueRefusedError(f"needs a number, not {type(value).__name__}")


def _date(value: Any) -> str:
    return parse_date(value).isoformat()


def _uuid(value: Any) -> str:
    try:
        return str(value if isinstance(value, UUID) else UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise ValueRefusedError(f"needs a uuid, not {value!r}") from None


def _object(value: Any) -> Any:
    """Return nested values as JSON can hold them; no schema inside."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {_text(key): _object(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_object(inner) for inner in value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, np.generic):
        return _object(value.item())
    if isinstance(value, datetime):
        return _date(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise ValueRefusedError(f"cannot hold a {type(value).__name__}")


def _mapping(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueRefusedError(f"needs a dict, not {type(value).__name__}")
    return _object(value)


_ENCODERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "int": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "uuid": _uuid,
    "object": _mapping,
}


def encode_value(value: Any, prop: PropertyConfig) -> Any:
    """Return `value` as JSON holds it.

    Raises
    ------
    ValueRefusedError
        When the value does not fit the property's type.
    """
    if value is None:
        return None
    encode = _ENCODERS.get(prop.data_type)
    try:
        if encode is not None:
            return encode(value)
        encode = _ENCODERS[prop.element_type]
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
            raise ValueRefusedError(f"needs a list, not {type(value).__name__}")
        return [encode(item) for item in value]
    except ValueRefusedError as error:
        raise ValueRefusedError(f"property {prop.name!r} ({prop.data_type}): {error}") from None


def decode_value(value: Any, prop: PropertyConfig) -> Any:
    """Return what JSON holds as the Python value of the property's type."""
    if value is None:
        return None
    if prop.is_array:
        element = PropertyConfig(prop.name, prop.element_type)
        return [decode_value(item, element) for item in value]
    if prop.data_type == "date":
        return datetime.fromisoformat(value)
    if prop.data_type == "uuid":
        return UUID(value)
    return value


def guess_property(name: str, value: Any) -> PropertyConfig | None:
    """Return the property that Weaviate's auto-schema makes for a new name, or None for None.

    Whole numbers become `number`, since the client sends every number as one.

    Raises
    ------
    ValueRefusedError
        When no type fits the value.
    """
    suffix = ""
    sample = value
    if isinstance(value, list | tuple | np.ndarray):
        if len(value) == 0:
            return None
        suffix, sample = "[]", value[0]
    if sample is None:
        return None
    if isinstance(sample, bool | np.bool_):
        kind = "boolean"
    elif isinstance(sample, int | float | np.number):
        kind = "number"
    elif isinstance(sample, datetime) or (isinstance(sample, str) and _is_date(sample)):
        kind = "date"
    elif isinstance(sample, UUID) or (isinstance(sample, str) and _is_uuid(sample)):
        kind = "uuid"
    elif isinstance(sample, str):
        kind = "text"
    elif isinstance(sample, Mapping):
        kind = "object"
    else:
        raise ValueRefusedError(f"property {name!r} cannot hold a {type(sample).__name__}")
    text = kind == "text"
    return PropertyConfig(
        name, kind + suffix, None, "word" if text else None, index_searchable=text
    )


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except ValueRefusedError:
        return False
    return text[-1:] in "Zz" or text[-6:-5] in ("+", "-")


def _is_uuid(text: str) -> bool:
    try:
        return len(text) == 36 and bool(UUID(text))
    except ValueError:
        return False


_WRITTEN_OUT = frozenset(("date", "date[]", "uuid", "uuid[]"))


class PropertyCodec:
    """Turns whole objects into JSON and back, for one collection.

    Parameters
    ----------
    config : CollectionConfig
        The collection; properties met for the first time are added to it.
    """

    def __init__(self, config: CollectionConfig) -> None:
        self.config = config
        self.grown = False
        self._by_name = {p.name: p for p in config.properties}

    def encode(self, properties: Any) -> dict[str, Any]:
        """Return the object's properties as JSON holds them.

        Raises
        ------
        ValueRefusedError
            When a value does not fit.
        WeaviateInsertInvalidPropertyError
            When `id` or `vector` is among the names.
        """
        if properties is None:
            return {}
        if not isinstance(properties, Mapping):
            raise ValueRefusedError(
                f"the properties must be a dict, not {type(properties).__name__}"
            )
        if "id" in properties or "vector" in properties:
            raise WeaviateInsertInvalidPropertyError(properties)
        encoded: dict[str, Any] = {}
        for given, value in properties.items():
            prop = self._by_name.get(given)
            if prop is None:
                name = property_name(given)
                prop = self._by_name.get(name) or self._grow(name, value)
                if prop is None:
                    continue
            encoded[prop.name] = encode_value(value, prop)
        return encoded

    def _grow(self, name: str, value: Any) -> PropertyConfig | None:
        prop = guess_property(name, value)
        if prop is not None:
            self.config.properties.append(prop)
            self._by_name[name] = prop
            self.grown = True
        return prop

    def decode(self, stored: dict[str, Any], names: list[str] | None = None) -> dict[str, Any]:
        """Return the object's properties; one that it lacks is None.

        Parameters
        ----------
        stored : dict
            What `encode` made.
        names : list of str, optional
            Only these, all of them known to the collection.
        """
        shown = {name: stored.get(name) for name in (self._by_name if names is None else names)}
        for name, prop in self._by_name.items():
            # JSON holds the other types as they are.
            if prop.data_type in _WRITTEN_OUT and shown.get(name) is not None:
                shown[name] = decode_value(shown[name], prop)
        return shown


def dump(encoded: dict[str, Any]) -> str:
    """Return encoded properties as the text that the database keeps (ASCII, no NaN)."""
    return json.dumps(encoded, separators=(",", ":"), allow_nan=False)
