"""Values of properties as gRPC messages carry them, there and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from google.protobuf import struct_pb2
from weaviate.proto.v1 import base_pb2, properties_pb2

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
    return np.frombuffer(packed, "<f4") if packed else None


def read_vector(message: base_pb2.Vectors) -> np.ndarray:
    """Return one vector (d,), or several (m, d), as float32."""
    if message.type != base_pb2.Vectors.VECTOR_TYPE_MULTI_FP32:
        return np.frombuffer(message.vector_bytes, "<f4")
    # The dimension (uint16), then the vectors one behind the other (`usecases/byteops`).
    dimension = int.from_bytes(message.vector_bytes[:2], "little")
    return np.frombuffer(message.vector_bytes[2:], "<f4").reshape(-1, max(dimension, 1))


# -- to the client -------------------------------------------------------------


def vector_bytes(vector: Any) -> bytes:
    """Return a vector (d,) as little-endian float32."""
    return np.asarray(vector, "<f4").tobytes()


def date_text(moment: datetime) -> str:
    """Return a date as RFC 3339 text."""
    return moment.isoformat().replace("+00:00", "Z")


def properties_message(
    values: Mapping[str, Any], types: Mapping[str, str]
) -> properties_pb2.Properties:
    """Return the properties of an object as the message that answers carry.

    Parameters
    ----------
    values : mapping of name to value
        Python values, as the store's answers hold them.
    types : mapping of name to data type
        Of those properties whose type their value does not show (a whole number may be
        of a property `int` or `number`, an empty list of any).
    """
    message = properties_pb2.Properties()
    for name, value in values.items():
        _fill(message.fields[name], value, types.get(name, ""))
    return message


def _fill(message: properties_pb2.Value, value: Any, data_type: str) -> None:
    if value is None:
        message.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, list | tuple):
        _fill_list(message.list_value, value, data_type.removesuffix("[]"))
    elif isinstance(value, bool):
        message.bool_value = value
    elif data_type == "number" or isinstance(value, float):
        message.number_value = value
    elif isinstance(value, int):
        message.int_value = value
    elif isinstance(value, datetime):
        message.date_value = date_text(value)
    elif isinstance(value, UUID):
        message.uuid_value = str(value)
    elif isinstance(value, Mapping):
        message.object_value.CopyFrom(properties_message(value, {}))
    elif data_type == "blob":
        message.blob_value = value
    else:
        message.text_value = value


def _fill_list(message: properties_pb2.ListValue, values: Any, element: str) -> None:
    element = element or _element_type(values)
    if element == "boolean":
        message.bool_values.values.extend(values)
    elif element == "int":
        message.int_values.values = np.asarray(values, "<i8").tobytes()
    elif element == "number":
        message.number_values.values = np.asarray(values, "<f8").tobytes()
    elif element == "date":
        message.date_values.values.extend(date_text(one) for one in values)
    elif element == "uuid":
        message.uuid_values.values.extend(str(one) for one in values)
    elif element == "object":
        message.object_values.values.extend(properties_message(one, {}) for one in values)
    else:
        message.text_values.values.extend(values)
    # An empty list must still say which kind it is.
    kind = {"boolean": "bool"}.get(element, element)
    getattr(message, f"{kind if kind in _KINDS else 'text'}_values").SetInParent()


_KINDS = ("bool", "int", "number", "date", "uuid", "object", "text")


def _element_type(values: Any) -> str:
    sample = values[0] if values else ""
    for kind, name in (
        (bool, "boolean"),
        (int, "int"),
        (float, "number"),
        (datetime, "date"),
        (UUID, "uuid"),
        (Mapping, "object"),
    ):
        if isinstance(sample, kind):
            return name
    return "text"
