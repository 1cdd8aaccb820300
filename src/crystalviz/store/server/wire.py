"""Values of properties as gRPC messages carry them, there and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from google.protobuf import struct_pb2
from weaviate.proto.v1 import base_pb2, properties_pb2

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.schema import PropertyConfig

# -- from the client -----------------------------------------------------------


def read_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return a Struct's fields as Python values; every number is a float there."""
    return {name: _struct_value(value) for name, value in struct.fields.items()}


def _struct_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [_struct_value(one) for one in value.list_value.values]
    if kind == "struct_value":
        return read_struct(value.struct_value)
    return None if kind in (None, "null_value") else getattr(value, kind)


def read_properties(given: Any) -> dict[str, Any]:
    """Return the properties of an object of a batch, or of an object nested in one.

    Parameters
    ----------
    given : BatchObject.Properties or ObjectPropertiesValue
        Both keep values apart by type.
    """
    values = read_struct(given.non_ref_properties)
    for array in given.number_array_properties:
        packed = array.values_bytes
        values[array.prop_name] = (
            np.frombuffer(packed, "<f8").tolist() if packed else list(array.values)
        )
    for name in ("int", "text", "boolean"):
        for array in getattr(given, f"{name}_array_properties"):
            values[array.prop_name] = list(array.values)
    for one in given.object_properties:
        values[one.prop_name] = read_properties(one.value)
    for several in given.object_array_properties:
        values[several.prop_name] = [read_properties(one) for one in several.values]
    for name in given.empty_list_props:
        values[name] = []
    return values


def read_vectors(packed: bytes, named: Iterable[base_pb2.Vectors]) -> Any:
    """Return the vectors of a message: None, one, or a dict by name."""
    vectors = {one.name or "default": read_vector(one) for one in named}
    if vectors:
        return vectors
    return _floats(packed) if packed else None


def read_vector(message: base_pb2.Vectors) -> np.ndarray:
    """Return one vector (d,), or several (m, d), as float32.

    Raises
    ------
    WeaviateInvalidInputError
        When the bytes are no such vectors.
    """
    if message.type != base_pb2.Vectors.VECTOR_TYPE_MULTI_FP32:
        return _floats(message.vector_bytes)
    # The dimension (uint16), then the vectors one behind the other (`usecases/byteops`).
    dimension = int.from_bytes(message.vector_bytes[:2], "little")
    numbers = _floats(message.vector_bytes[2:])
    if not dimension or numbers.size % dimension:
        raise WeaviateInvalidInputError(
            f"{numbers.size} numbers are not several vectors of {dimension} dimensions: give all "
            "of them one length"
        )
    return numbers.reshape(-1, dimension)


def _floats(packed: bytes) -> np.ndarray:
    if len(packed) % 4:
        raise WeaviateInvalidInputError(f"{len(packed)} bytes are no vector of float32 numbers")
    return np.frombuffer(packed, "<f4")


# -- to the client -------------------------------------------------------------


def vector_bytes(vector: Any) -> bytes:
    """Return a vector (d,) as little-endian float32."""
    return np.asarray(vector, "<f4").tobytes()


def date_text(moment: datetime) -> str:
    """Return a date as RFC 3339 text."""
    return moment.isoformat().replace("+00:00", "Z")


def properties_message(
    values: Mapping[str, Any], types: Mapping[str, PropertyConfig]
) -> properties_pb2.Properties:
    """Return the properties of an object as the message that answers carry.

    Parameters
    ----------
    values : mapping of name to value
        Python values, as the store's answers hold them.
    types : mapping of name to PropertyConfig
        The type says what the value alone does not: a whole number may be of a property
        `int` or `number`, an empty list of any.
    """
    message = properties_pb2.Properties()
    for name, value in values.items():
        _fill(message.fields[name], value, types.get(name))
    return message


def _fill(message: properties_pb2.Value, value: Any, prop: PropertyConfig | None) -> None:
    kind = prop.element_type if prop else _kind_of(value)
    if value is None:
        message.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, list | tuple):
        _fill_list(message.list_value, value, kind, prop)
    elif kind == "object":
        message.object_value.CopyFrom(properties_message(value, _inner(prop)))
    elif kind == "geoCoordinates":
        message.geo_value.latitude = value.latitude
        message.geo_value.longitude = value.longitude
    elif kind == "phoneNumber":
        _fill_phone(message.phone_value, value)
    elif kind in _AS_TEXT:
        setattr(message, f"{kind}_value", _AS_TEXT[kind](value))
    else:
        setattr(message, _FIELDS.get(kind, "text_value"), value)


_FIELDS = {"boolean": "bool_value", "int": "int_value", "number": "number_value"}
_FIELDS |= {"blob": "blob_value", "blobHash": "blob_value"}
_AS_TEXT: dict[str, Callable[[Any], str]] = {"date": date_text, "uuid": str}


def _fill_phone(message: properties_pb2.PhoneNumber, phone: Any) -> None:
    message.input = phone.number
    for name in (
        "country_code",
        "default_country",
        "international_formatted",
        "national",
        "national_formatted",
        "valid",
    ):
        value = getattr(phone, name)
        if value is not None:
            setattr(message, name, value)


def _fill_list(
    message: properties_pb2.ListValue, values: Any, kind: str, prop: PropertyConfig | None
) -> None:
    if kind in _PACKED:
        field, layout = _PACKED[kind]
        getattr(message, field).values = np.asarray(values, layout).tobytes()
    elif kind == "boolean":
        message.bool_values.values.extend(values)
    elif kind == "object":
        inner = _inner(prop)
        message.object_values.values.extend(properties_message(one, inner) for one in values)
    elif kind in _AS_TEXT:
        getattr(message, f"{kind}_values").values.extend(map(_AS_TEXT[kind], values))
    else:
        message.text_values.values.extend(values)
    if not values:
        # Or an empty list would leave no trace.
        name = {"boolean": "bool"}.get(kind, kind)
        field = f"{name}_values" if name in _LISTS else "text_values"
        getattr(message, field).SetInParent()


_PACKED = {"int": ("int_values", "<i8"), "number": ("number_values", "<f8")}
_LISTS = ("bool", "int", "number", "date", "uuid", "object", "text")


def _inner(prop: PropertyConfig | None) -> dict[str, PropertyConfig]:
    return {one.name: one for one in (prop.nested_properties if prop else None) or ()}


def _kind_of(value: Any) -> str:
    """Return the type of a value inside an object that has no schema."""
    sample = value[0] if isinstance(value, list | tuple) and value else value
    for python, kind in (
        (bool, "boolean"),
        (int, "int"),
        (float, "number"),
        (datetime, "date"),
        (UUID, "uuid"),
        (Mapping, "object"),
    ):
        if isinstance(sample, python):
            return kind
    return "text"
