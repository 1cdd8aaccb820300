"""Which objects a filter matches.

The meaning of each operator is that of Weaviate's inverted index
(`adapters/repos/db/inverted/searcher.go`, `row_reader_roaring_set.go`): a text is
its set of tokens, a list is its set of values, a missing value has none. Filters
of weaviate-client work as well as ours: both have `operator` and `filters` or
`target` and `value`.
"""

from __future__ import annotations

import operator as compare
from bisect import bisect_left
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.errors import WeaviateQueryError
from crystalviz.store.identity import parse_uuid
from crystalviz.store.query import columns
from crystalviz.store.query.analyzers import analyzer_of
from crystalviz.store.query.filters import CREATION_TIME, ID, UPDATE_TIME, FilterValue, Operator
from crystalviz.store.query.linking import Links
from crystalviz.store.query.places import distances_on_earth, read_range
from crystalviz.store.query.tokenization import like_test
from crystalviz.store.schema import CollectionConfig, PropertyConfig
from crystalviz.store.storage.views import ObjectsView
from crystalviz.store.writing.properties import ValueRefusedError, encode_value, parse_date

_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "LessThan": compare.lt,
    "LessThanEqual": compare.le,
    "GreaterThan": compare.gt,
    "GreaterThanEqual": compare.ge,
}
_CONTAINS = ("ContainsAny", "ContainsAll", "ContainsNone")

Mask = np.ndarray


def match(
    condition: Any, view: ObjectsView, config: CollectionConfig, links: Links | None = None
) -> Mask:
    """Return which of the view's objects match.

    Parameters
    ----------
    condition : filter
        Ours or weaviate-client's.
    view : ObjectsView
        n objects.
    config : CollectionConfig
        Their collection.
    links : Links, optional
        The other collections; only a condition through references needs them.

    Returns
    -------
    (n,) bool

    Raises
    ------
    WeaviateQueryError
        When a property does not exist, is not indexed, or cannot be compared so.
    """
    name = _name_of(condition)
    if name in ("And", "Or", "Not"):
        masks = [match(inner, view, config, links) for inner in condition.filters]
        if name == "Not":
            return ~masks[0]
        joined = np.logical_and if name == "And" else np.logical_or
        return np.asarray(joined.reduce(masks))
    target = getattr(condition, "target", None)
    if not isinstance(target, str):
        if hasattr(target, "target"):
            return _by_reference(name, target, condition.value, view, config, links)
        link_on = getattr(target, "link_on", None)
        return _by_count(name, link_on, condition.value, view, config)
    if target in (ID, "id"):
        return _by_id(name, condition.value, view)
    if target in (CREATION_TIME, UPDATE_TIME):
        return _by_time(name, target, condition.value, view, config)
    if target.startswith("len(") and target.endswith(")"):
        return _by_length(name, target[4:-1], condition.value, view, config)
    if _reference(target, config) is not None:
        # As in Weaviate, a reference without a path is asked how many objects it leads to.
        return _by_count(name, target, condition.value, view, config)
    return _by_property(name, _property(target, config), condition.value, view, config)


def _name_of(condition: Any) -> str:
    operator = getattr(condition, "operator", None)
    if operator is None:
        raise WeaviateQueryError(
            f"not a filter: {condition!r}. Write Filter.by_property(name).equal(value)"
        )
    return str(operator.value if isinstance(operator, Enum) else operator)


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def _property(target: str, config: CollectionConfig) -> PropertyConfig:
    prop = config.property(target) or config.property(_lowered(target))
    if prop is None:
        raise WeaviateQueryError(
            f"no such prop with name {target!r} found in {config.name}. It has "
            f"{', '.join(p.name for p in config.properties) or 'no properties'}"
        )
    return prop


def _reference(name: Any, config: CollectionConfig) -> Any:
    return next((r for r in config.references if r.name in (name, _lowered(str(name)))), None)


# -- properties ------------------------------------------------------------------


def _by_property(
    name: str, prop: PropertyConfig, value: Any, view: ObjectsView, config: CollectionConfig
) -> Mask:
    if name == "IsNull":
        return _by_absence(prop.name, value, view, config)
    if name == "WithinGeoRange":
        return _by_place(prop, value, view)
    if prop.element_type in ("object", "geoCoordinates", "phoneNumber", "blob"):
        raise WeaviateQueryError(
            f"property {prop.name!r} is {prop.data_type}: it cannot be asked {name}"
        )
    if not (prop.index_filterable or prop.index_searchable or prop.index_range_filters):
        raise WeaviateQueryError(
            f"Filtering by property {prop.name!r} requires inverted index to be enabled in "
            "schema. Create the property with index_filterable=True"
        )
    if name in _CONTAINS:
        values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
        if name == "ContainsAny" and prop.element_type == "text":
            values = _without_stopwords(list(values), prop, config)
        each = [_by_property("Equal", prop, one, view, config) for one in values]
        if not each:
            raise WeaviateQueryError(f"{name} must have at least one value")
        if name == "ContainsAll":
            return np.asarray(np.logical_and.reduce(each))
        any_of = np.asarray(np.logical_or.reduce(each))
        return ~any_of if name == "ContainsNone" else any_of
    if prop.element_type == "text":
        return _by_text(name, prop, value, view, config)
    if prop.element_type == "uuid":
        return _by_uuid(name, prop, value, view)
    return _by_value(name, prop, value, view)


def _by_absence(name: str, value: Any, view: ObjectsView, config: CollectionConfig) -> Mask:
    if not config.inverted_index_config.index_null_state:
        raise WeaviateQueryError(
            "Nullstate must be indexed to be filterable! Create the collection with "
            "inverted_index_config=Configure.inverted_index(index_null_state=True)"
        )
    if not isinstance(value, bool):
        raise WeaviateQueryError(f"is_none needs True or False, not {value!r}")
    missing = columns.missing(view, name)
    return missing if value else ~missing


def _by_text(
    name: str, prop: PropertyConfig, value: Any, view: ObjectsView, config: CollectionConfig
) -> Mask:
    if not isinstance(value, str):
        raise WeaviateQueryError(
            f"property {prop.name!r} is text: compare it with text, not {value!r}"
        )
    analyzer = analyzer_of(prop, config)
    tokens = analyzer.query_tokens(value, wildcards=name == "Like")
    if not tokens:
        raise WeaviateQueryError(
            f"property {prop.name!r}: invalid search term {value!r}, only stopwords or "
            f"punctuation provided (tokenization {analyzer.tokenization!r}). Create the property "
            "with tokenization=Tokenization.FIELD to compare whole texts"
        )
    column = columns.words(view, prop.name, analyzer)
    return np.asarray(np.logical_and.reduce([_with_token(name, column, one) for one in tokens]))


def _without_stopwords(
    values: list[Any], prop: PropertyConfig, config: CollectionConfig
) -> list[Any]:
    """Leave out the values that are stopwords alone, unless all are, as `searcher.go` does."""
    analyzer = analyzer_of(prop, config)
    kept = [one for one in values if not isinstance(one, str) or analyzer.query_tokens(one)]
    return kept or values


def _with_token(name: str, column: columns.WordColumn, token: str) -> Mask:
    if name == "Equal":
        return column.having(token)
    if name == "NotEqual":
        return ~column.having(token)
    if name == "Like":
        return column.having_any(like_test(token))
    # Weaviate orders tokens by their UTF-8 bytes.
    test, bound = _order(name), token.encode("utf-8", "surrogatepass")
    return column.having_any(lambda one: test(one.encode("utf-8", "surrogatepass"), bound))


def _by_uuid(name: str, prop: PropertyConfig, value: Any, view: ObjectsView) -> Mask:
    wanted = _wanted(name, prop, value)
    column = columns.texts(view, prop.name)
    if name in ("Equal", "NotEqual"):
        equal = column.having(wanted)
        return equal if name == "Equal" else ~equal
    test = _order(name)
    return column.having_any(lambda one: test(one, wanted))


def _by_value(name: str, prop: PropertyConfig, value: Any, view: ObjectsView) -> Mask:
    wanted = _wanted(name, prop, value)
    if prop.element_type == "date":
        wanted = columns.microseconds(wanted)
    column = columns.values(view, prop)
    if name in ("Equal", "NotEqual"):
        equal = column.mask(column.values == wanted)
        return equal if name == "Equal" else ~equal
    return column.mask(_order(name)(column.values, wanted))


def _wanted(name: str, prop: PropertyConfig, value: Any) -> Any:
    """Return a filter's value as the property's type, as `grpc/v1/filters.go` converts it."""
    if name == "Like":
        raise WeaviateQueryError(f"property {prop.name!r} is {prop.data_type}: like is for text")
    if value is None:
        raise WeaviateQueryError(f"property {prop.name!r}: use is_none to ask for missing values")
    try:
        if prop.element_type in ("int", "number") and isinstance(value, str):
            value = float(value)
        return encode_value(value, PropertyConfig(prop.name, prop.element_type))
    except ValueError as error:
        raise WeaviateQueryError(f"the filter's value does not fit: {error}") from None


def _order(name: str) -> Callable[[Any, Any], Any]:
    if name not in _ORDER:
        raise WeaviateQueryError(f"the operator {name!r} does not fit this property")
    return _ORDER[name]


def _by_place(prop: PropertyConfig, value: Any, view: ObjectsView) -> Mask:
    if prop.data_type != "geoCoordinates":
        raise WeaviateQueryError(
            f"property {prop.name!r} is {prop.data_type}: within_geo_range is for geoCoordinates"
        )
    asked = read_range(value)
    away = distances_on_earth(columns.places(view, prop.name), asked)
    with np.errstate(invalid="ignore"):
        return np.asarray(away <= asked.distance)


# -- references --------------------------------------------------------------------


def _by_reference(
    name: str,
    target: Any,
    value: Any,
    view: ObjectsView,
    config: CollectionConfig,
    links: Links | None,
) -> Mask:
    reference = _reference(target.link_on, config)
    if reference is None:
        raise WeaviateQueryError(f"no such reference {target.link_on!r} found in {config.name}")
    collection = getattr(target, "target_collection", None)
    if collection is None:
        if len(reference.target_collections) != 1:
            raise WeaviateQueryError(
                f"the reference {reference.name!r} leads into several collections "
                f"({', '.join(reference.target_collections)}): use by_ref_multi_target"
            )
        (collection,) = reference.target_collections
    if links is None:
        raise WeaviateQueryError("a filter through references cannot be used in this call")
    others, other_config = links.view(collection)
    inner = FilterValue(target.target, Operator(name), value)
    hits = np.flatnonzero(match(inner, others, other_config, links))
    reached = {f"{collection}/{UUID(bytes=others.uuids[row])}" for row in hits}
    return columns.targets(view, reference.name).having_any(reached.__contains__)


def _by_count(
    name: str, link_on: Any, value: Any, view: ObjectsView, config: CollectionConfig
) -> Mask:
    reference = _reference(link_on, config)
    if reference is None:
        raise WeaviateQueryError(f"no such reference {link_on!r} found in {config.name}")
    if name == "IsNull":
        return _by_absence(reference.name, value, view, config)
    return _by_number(name, "a count", value, columns.lengths(view, reference.name))


# -- what is no property -----------------------------------------------------------


def _by_number(name: str, what: str, value: Any, own: np.ndarray) -> Mask:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise WeaviateQueryError(f"{what} is a whole number, not {value!r}")
    if name in ("Equal", "NotEqual"):
        return np.asarray(own == value if name == "Equal" else own != value)
    return np.asarray(_order(name)(own, value))


def _by_id(name: str, value: Any, view: ObjectsView) -> Mask:
    several = value if isinstance(value, list | tuple) else [value]
    found = np.zeros(len(view), bool)
    uuids = view.uuids
    for wanted in {parse_uuid(one).bytes for one in several}:
        row = bisect_left(uuids, wanted)
        if row < len(uuids) and uuids[row] == wanted:
            found[row] = True
    if name in ("Equal", "ContainsAny"):
        return found
    if name in ("NotEqual", "ContainsNone"):
        return ~found
    raise WeaviateQueryError(f"by_id cannot be asked {name}: use equal, not_equal, contains_any")


def _by_time(
    name: str, target: str, value: Any, view: ObjectsView, config: CollectionConfig
) -> Mask:
    if not config.inverted_index_config.index_timestamps:
        raise WeaviateQueryError(
            "Timestamps must be indexed to be filterable! Create the collection with "
            "inverted_index_config=Configure.inverted_index(index_timestamps=True)"
        )
    own = columns.times(view, "created" if target == CREATION_TIME else "updated")
    if name in _CONTAINS:
        found = np.isin(own, [_milliseconds(one) for one in _listed(value)])
        return ~found if name == "ContainsNone" else found
    return _by_number(name, "a time", _milliseconds(value), own)


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _milliseconds(value: Any) -> int:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    try:
        return int(parse_date(value).timestamp() * 1000)
    except ValueRefusedError as error:
        raise WeaviateQueryError(f"a time filter {error}") from None


def _by_length(
    name: str, target: str, value: Any, view: ObjectsView, config: CollectionConfig
) -> Mask:
    if not config.inverted_index_config.index_property_length:
        raise WeaviateQueryError(
            "Property length must be indexed to be filterable! Create the collection with "
            "inverted_index_config=Configure.inverted_index(index_property_length=True)"
        )
    prop = _property(target, config)
    if not prop.is_array and prop.element_type != "text":
        raise WeaviateQueryError(f"property {prop.name!r} is {prop.data_type} and has no length")
    return _by_number(name, "a length", value, columns.lengths(view, prop.name))
