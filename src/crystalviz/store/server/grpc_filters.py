"""Filters from their gRPC message."""

from __future__ import annotations

from typing import Any

from weaviate.proto.v1 import base_pb2

from crystalviz.store.errors import WeaviateUnsupportedFeatureError
from crystalviz.store.filters import FilterBase, FilterGroup, FilterValue, Operator

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
}
_ARRAYS = ("value_text_array", "value_int_array", "value_boolean_array", "value_number_array")


def read_filter(message: base_pb2.Filters) -> FilterBase:
    """Return the condition that a message describes."""
    operator = _OPERATORS.get(message.operator)
    if operator is None:
        name = base_pb2.Filters.Operator.Name(message.operator)
        raise WeaviateUnsupportedFeatureError(f"the filter operator {name} is not in this store")
    if operator in (Operator.AND, Operator.OR, Operator.NOT):
        return FilterGroup(operator, [read_filter(one) for one in message.filters])
    return FilterValue(_target(message), operator, _value(message))


def _target(message: base_pb2.Filters) -> Any:
    if not message.HasField("target"):
        # How clients before 4.4 name the property.
        return message.on[-1]
    return message.target.property


def _value(message: base_pb2.Filters) -> Any:
    kind = message.WhichOneof("test_value")
    if kind is None:
        return None
    value = getattr(message, kind)
    return list(value.values) if kind in _ARRAYS else value
