"""Values of properties: checked against their type, kept as JSON, given back as Python values."""

from __future__ import annotations

import base64
import copy
import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.errors import WeaviateInsertInvalidPropertyError
from crystalviz.store.schema import CollectionConfig, PropertyConfig, property_name
from crystalviz.store.schema.property_document import complete_property
from crystalviz.store.writing.autoschema import grow_inside, guess_property
from crystalviz.store.writing.dates import parse_date
from crystalviz.store.writing.refusal import ValueRefusedError
from crystalviz.store.writing.values import decode_phone, decode_place, encode_phone, encode_place

__all__ = [
    "PropertyCodec",
    "ValueRefusedError",
    "decode_value",
    "encode_value",
    "parse_date",
]

_INT64 = 2**63


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


def _blob(value: Any) -> str:
    """Return bytes as base64 text, and such text as it is."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    text = _text(value)
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueRefusedError("needs bytes, or base64 text") from None
    return text


def _blob_hash(value: Any) -> str:
    """Return the SHA-256 of a blob's base64 text, which is all that Weaviate keeps of it."""
    return hashlib.sha256(_blob(value).encode()).hexdigest()


def _place(value: Any) -> dict[str, Any]:
    return _accepted(encode_place(value))


def _phone(value: Any) -> dict[str, Any]:
    return _accepted(encode_phone(value))


def _accepted(encoded: dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(encoded, str):
        raise ValueRefusedError(encoded)
    return encoded


def _anything(value: Any) -> Any:
    """Return nested values as JSON can hold them; for objects of stores of format 1."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {_text(key): _anything(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_anything(inner) for inner in value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, np.generic):
        return _anything(value.item())
    if isinstance(value, datetime):
        return _date(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return _blob(value)
    raise ValueRefusedError(f"cannot hold a {type(value).__name__}")


_ENCODERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "int": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "uuid": _uuid,
    "geoCoordinates": _place,
    "phoneNumber": _phone,
    "blob": _blob,
    "blobHash": _blob_hash,
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
        element = _ENCODERS.get(prop.element_type)
        if not prop.is_array:
            return _encode_object(value, prop)
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
            raise ValueRefusedError(f"needs a list, not {type(value).__name__}")
        if element is None:
            return [_encode_object(item, prop) for item in value]
        return [element(item) for item in value]
    except ValueRefusedError as error:
        raise ValueRefusedError(f"property {prop.name!r} ({prop.data_type}): {error}") from None


def _encode_object(value: Any, prop: PropertyConfig) -> dict[str, Any]:
    """Return an object's values by their own types; what is None is left out, as in Weaviate."""
    if not isinstance(value, Mapping):
        raise ValueRefusedError(f"needs a dict, not {type(value).__name__}")
    if prop.nested_properties is None:
        return {_text(key): _anything(inner) for key, inner in value.items()}
    encoded = {}
    for key, inner in value.items():
        if inner is None:
            continue
        nested = prop.nested(key)
        if nested is None:
            raise ValueRefusedError(f"has no property {key!r} inside")
        encoded[nested.name] = encode_value(inner, nested)
    return encoded


def decode_value(value: Any, prop: PropertyConfig) -> Any:
    """Return what JSON holds as the Python value of the property's type."""
    if value is None:
        return None
    decode = _DECODERS.get(prop.element_type)
    if prop.element_type == "object":
        decode = _decode_object(prop)
    if decode is None:
        return value
    return [decode(item) for item in value] if prop.is_array else decode(value)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "date": datetime.fromisoformat,
    "uuid": UUID,
    "geoCoordinates": decode_place,
    "phoneNumber": decode_phone,
}


def _decode_object(prop: PropertyConfig) -> Callable[[dict[str, Any]], dict[str, Any]]:
    nested = {one.name: one for one in prop.nested_properties or ()}

    def decode(value: dict[str, Any]) -> dict[str, Any]:
        return {
            key: decode_value(inner, nested[key]) if key in nested else inner
            for key, inner in value.items()
        }

    return decode


# Values of exactly these Python types are kept as they are; numbers when they are finite.
_EXACT: dict[str, type] = {"text": str, "boolean": bool, "number": float}

# JSON holds the other types as they are.
_WRITTEN_OUT = frozenset(("date", "uuid", "geoCoordinates", "phoneNumber", "object"))


def _has_news(prop: PropertyConfig, value: Any) -> bool:
    """Return whether an object may have something inside that its property does not know."""
    nested = {one.name: one for one in prop.nested_properties or ()}
    for one in value if isinstance(value, list | tuple) else (value,):
        if not isinstance(one, Mapping):
            continue
        for key, inner in one.items():
            known = nested.get(key)
            if known is None or (known.nested_properties and _has_news(known, inner)):
                return True
    return False


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
        self._read_config()

    def _read_config(self) -> None:
        self._by_name = {p.name: p for p in self.config.properties}
        self._exact = {
            name: _EXACT[p.data_type] for name, p in self._by_name.items() if p.data_type in _EXACT
        }
        self._usual = [
            name for name, p in self._by_name.items() if p.data_type not in ("blob", "blobHash")
        ]
        self._written_out = {
            name: p for name, p in self._by_name.items() if p.element_type in _WRITTEN_OUT
        }

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
            # Most values are of the very type: twenty thousand objects a second.
            if type(value) is self._exact.get(given) and (
                type(value) is not float or math.isfinite(value)
            ):
                encoded[given] = value
                continue
            prop = self._by_name.get(given)
            if prop is None:
                name = property_name(given)
                prop = self._by_name.get(name) or self._grow(name, value)
                if prop is None:
                    continue
            elif prop.nested_properties is not None and value is not None:
                prop = self._grow_inside(prop, value)
            encoded[prop.name] = encode_value(value, prop)
        return encoded

    def _grow(self, name: str, value: Any) -> PropertyConfig | None:
        guessed = guess_property(name, value)
        if guessed is None:
            return None
        document = self.config.document
        new = complete_property(
            self.config.name, guessed, document["invertedIndexConfig"], document["properties"]
        )
        self._take({**document, "properties": [*document["properties"], new]})
        return self._by_name[name]

    def _grow_inside(self, prop: PropertyConfig, value: Any) -> PropertyConfig:
        """Return the property with what its objects have inside for the first time."""
        if not _has_news(prop, value):
            return prop
        document = copy.deepcopy(self.config.document)
        place = [one["name"] for one in document["properties"]].index(prop.name)
        mine = document["properties"].pop(place)
        if not grow_inside(mine, prop.name, value):
            return prop
        new = complete_property(
            self.config.name, mine, document["invertedIndexConfig"], document["properties"]
        )
        document["properties"].insert(place, new)
        self._take(document)
        return self._by_name[prop.name]

    def _take(self, document: dict[str, Any]) -> None:
        self.config.replace_document(document)
        self._read_config()
        self.grown = True

    def decode(self, stored: dict[str, Any], names: list[str] | None = None) -> dict[str, Any]:
        """Return the object's properties; one that it lacks is None.

        Parameters
        ----------
        stored : dict
            What `encode` made.
        names : list of str, optional
            Only these, all of them known to the collection. Where nothing is said, all but
            blobs, as in Weaviate (`grpc/v1/parse_search_request.go`).
        """
        shown = {name: stored.get(name) for name in (self._usual if names is None else names)}
        for name, prop in self._written_out.items():
            if shown.get(name) is not None:
                shown[name] = decode_value(shown[name], prop)
        return shown
