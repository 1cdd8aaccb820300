"""Filters from their gRPC message."""

from __future__ import annotations

from typing import Any

from weaviate.proto.v1 import base_pb2

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.query.filters import (
    CountRef,
    FilterBase,
    FilterGroup,
    FilterValue,
    GeoRange,
    MultiTargetRef,
    Operator,
    SingleTargetRef,
    Target,
)

_OPERATORS = {
    base_pb2.Filters.OPERATOR_EQUAL: Operator.EQUAL,
    base_pb2.Filters.OPERATOR_NOT_EQUAL: Operator.NOT_EQUAL,
    base_pb2.Filters.OPERATOR_GREATER_THAN: Operator.GREATER_THAN,
    base_pb2.Filters.OPERATOR_GREATER_THAN_EQUAL: Operator.GREATER_THAN_EQUAL,
    base_pb2.Filters.OPERATOR_LESS_THAN: Operator.LESS_THAN,
    base_pb2.Filters.OPERATOR_LESS_THAN_EQUAL: Operator.LESS_THAN_EQUAL,
    base_pb2.Filters.OPERATOR_AND: Operator.AND,
    base_pb2.Filters.OPERATOR_OR: Operator.OR,
    base_pb2.Filters.OPERATOR_LIKE: Operator.LIKE,
    base_pb2.Filters.OPERATOR_IS_NULL: Operator.IS_NULL,
    base_pb2.Filters.OPERATOR_CONTAINS_ANY: Operator.CONTAINS_ANY,
    base_pb2.Filters.OPERATOR_CONTAINS_ALL: Operator.CONTAINS_ALL,
    base_pb2.Filters.OPERATOR_CONTAINS_NONE: Operator.CONTAINS_NONE,
    base_pb2.Filters.OPERATOR_NOT: Operator.NOT,
    base_pb2.Filters.OPERATOR_WITHIN_GEO_RANGE: Operator.WITHIN_GEO_RANGE,
}
_ARRAYS = ("value_text_array", "value_int_array", "value_boolean_array", "value_number_array")


def read_filter(message: base_pb2.Filters) -> FilterBase:
    """Return the condition that a message describes."""
    operator = _OPERATORS.get(message.operator)
    if operator is None:
        raise WeaviateInvalidInputError(f"unknown filter operator {message.operator}")
    if operator in (Operator.AND, Operator.OR, Operator.NOT):
        return FilterGroup(operator, [read_filter(one) for one in message.filters])
    target = _target(message.target) if message.HasField("target") else _path(list(message.on))
    return FilterValue(target, operator, _value(message))


def _target(message: base_pb2.FilterTarget) -> Target:
    kind = message.WhichOneof("target")
    if kind == "single_target":
        single = message.single_target
        return SingleTargetRef(single.on, _target(single.target))
    if kind == "multi_target":
        several = message.multi_target
        return MultiTargetRef(several.on, several.target_collection, _target(several.target))
    return CountRef(message.count.on) if kind == "count" else message.property


def _path(on: list[str]) -> Target:
    """Return the target as clients before 4.4 write it: reference, collection, ..., property."""
    if len(on) < 3:
        return on[-1] if on else ""
    return MultiTargetRef(on[0], on[1], _path(on[2:]))


def _value(message: base_pb2.Filters) -> Any:
    kind = message.WhichOneof("test_value")
    if kind is None:
        return None
    value = getattr(message, kind)
    if kind == "value_geo":
        return GeoRange(value.latitude, value.longitude, value.distance)
    return list(value.values) if kind in _ARRAYS else value
