"""Arguments of ours as weaviate-client's: filters, orders, metrics, properties, objects."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from weaviate.classes import aggregate as their_aggregate
from weaviate.classes import config as their_config
from weaviate.classes import data as their_data
from weaviate.classes import query as their_query
from weaviate.classes import tenants as their_tenants
from weaviate.collections.classes import filters as their_filters

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.query import filters, sorting

_OURS = "crystalviz.store"
_METRICS = {
    "int": "integer",
    "number": "number",
    "text": "text",
    "boolean": "boolean",
    "date": "date_",
    "reference": "reference",
}


def to_theirs(value: Any) -> Any:
    """Return an argument with everything of ours in it turned into theirs.

    Raises
    ------
    WeaviateInvalidInputError
        When weaviate-client has nothing equal.
    """
    if isinstance(value, dict):
        return {key: to_theirs(one) for key, one in value.items()}
    if isinstance(value, list | tuple) and any(_is_nested(one) for one in value):
        return [to_theirs(one) for one in value]
    if not type(value).__module__.startswith(_OURS):
        return value
    if isinstance(value, Enum):
        return _enum(value)
    for kind in type(value).__mro__:
        turn = _TURNS.get(kind.__name__)
        if turn is not None:
            return turn(value)
    raise WeaviateInvalidInputError(
        f"weaviate-client has nothing equal to {type(value).__name__}: pass its own object"
    )


def has_ours(value: Any) -> bool:
    """Return whether something of ours is in an argument."""
    if isinstance(value, dict):
        return any(has_ours(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(has_ours(one) for one in value)
    return type(value).__module__.startswith(_OURS)


def _is_nested(value: Any) -> bool:
    # Long lists of numbers are not looked through.
    return isinstance(value, dict | list | tuple) or type(value).__module__.startswith(_OURS)


def _enum(value: Enum) -> Any:
    for module in (their_config, their_query, their_data, their_tenants):
        same = getattr(module, type(value).__name__, None)
        if same is not None:
            return same[value.name]
    return value.value


def _group(value: filters.FilterGroup) -> Any:
    inner = [to_theirs(one) for one in value.filters]
    if value.operator == filters.Operator.AND:
        return their_query.Filter.all_of(inner)
    if value.operator == filters.Operator.OR:
        return their_query.Filter.any_of(inner)
    return their_query.Filter.not_(inner[0])


def _condition(value: filters.FilterValue) -> Any:
    # Their conditions are made of the same three parts, by name and by value.
    return their_filters._FilterValue(
        target=to_theirs(value.target),
        operator=their_filters._Operator(value.operator.value),
        value=to_theirs(value.value),
    )


def _order(value: sorting.Sorting) -> Any:
    made: Any = their_query.Sort
    for level in value.sorts:
        if level.prop == filters.ID:
            made = made.by_id(ascending=level.ascending)
        elif level.prop == filters.CREATION_TIME:
            made = made.by_creation_time(ascending=level.ascending)
        elif level.prop == filters.UPDATE_TIME:
            made = made.by_update_time(ascending=level.ascending)
        else:
            made = made.by_property(level.prop, ascending=level.ascending)
    return made


def _metadata(value: Any) -> Any:
    return their_query.MetadataQuery(**{k: v for k, v in vars(value).items() if v})


def _metrics(value: Any) -> Any:
    asked: dict[str, Any] = dict.fromkeys(value.asked, True)
    if value.kind == "text":
        asked["limit"] = value.limit
    return getattr(their_query.Metrics(value.property_name), _METRICS[value.kind])(**asked)


def _join(value: Any) -> Any:
    ways = their_query.TargetVectors
    if value.weights is None:
        return getattr(ways, value.combination.name.lower())(value.target_vectors)
    return getattr(ways, value.combination.name.lower())(value.weights)


def _same(theirs: Any) -> Callable[[Any], Any]:
    """Return what makes an object of theirs from one of ours with the same fields."""

    def turn(value: Any) -> Any:
        return theirs(**{k: to_theirs(v) for k, v in vars(value).items() if v is not None})

    return turn


# By the class's name: what weaviate-client makes of it.
_TURNS: dict[str, Callable[[Any], Any]] = {
    "FilterGroup": _group,
    "FilterValue": _condition,
    "SingleTargetRef": _same(their_filters._SingleTargetRef),
    "MultiTargetRef": _same(their_filters._MultiTargetRef),
    "CountRef": _same(their_filters._CountRef),
    "GeoRange": _same(their_filters._GeoCoordinateFilter),
    "Sorting": _order,
    "MetadataQuery": _metadata,
    "GroupBy": _same(their_query.GroupBy),
    "QueryNested": _same(their_query.QueryNested),
    "QueryReference": _same(their_query.QueryReference),
    "QueryReferenceMultiTarget": _same(their_query.QueryReference.MultiTarget),
    "TargetVectorJoin": _join,
    "ListOfVectors": lambda value: their_query.NearVector.list_of_vectors(*value.vectors),
    "HybridNearVector": _same(their_query.HybridVector.near_vector),
    "BM25Or": lambda value: their_query.BM25Operator.or_(value.minimum_should_match),
    "BM25And": lambda _: their_query.BM25Operator.and_(),
    "BM25AndCross": lambda _: their_query.BM25Operator.and_cross(),
    "PropertyMetrics": _metrics,
    "GroupByAggregate": _same(their_aggregate.GroupByAggregate),
    "DataObject": _same(their_data.DataObject),
    "DataReference": _same(their_data.DataReference),
    "DataReferenceMulti": _same(their_data.DataReference.MultiTarget),
    "ReferenceToMulti": _same(their_data.ReferenceToMulti),
    "GeoCoordinate": _same(their_data.GeoCoordinate),
    "PhoneNumber": _same(their_data.PhoneNumber),
    "Property": _same(their_config.Property),
    "ReferenceProperty": _same(their_config.ReferenceProperty),
    "ReferenceMultiTarget": _same(their_config.ReferenceProperty.MultiTarget),
    "Tenant": _same(their_tenants.Tenant),
    "TenantCreate": _same(their_tenants.TenantCreate),
    "TenantUpdate": _same(their_tenants.TenantUpdate),
}
