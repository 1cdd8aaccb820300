"""Which objects a filter matches.

The meaning of each operator is that of Weaviate's inverted index
(`adapters/repos/db/inverted/searcher.go`, `row_reader_roaring_set.go`): a text is
its set of tokens, a list is its set of values, a missing value has none. Filters
of weaviate-client work as well as ours: both have `operator` and `filters` or
`target` and `value`.
"""

from __future__ import annotations

import operator as compare
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import numpy as np

from crystalviz.store.caches import ObjectsView
from crystalviz.store.errors import WeaviateQueryError, WeaviateUnsupportedFeatureError
from crystalviz.store.filters import CREATION_TIME, ID, UPDATE_TIME
from crystalviz.store.identity import parse_uuid
from crystalviz.store.properties import ValueRefusedError, encode_value, parse_date
from crystalviz.store.schema import CollectionConfig, PropertyConfig
from crystalviz.store.tokenization import like_pattern, tokenize, tokenize_query

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "LessThan": compare.lt,
    "LessThanEqual": compare.le,
    "GreaterThan": compare.gt,
    "GreaterThanEqual": compare.ge,
}
_CONTAINS = ("ContainsAny", "ContainsAll", "ContainsNone")

Mask = np.ndarray


def match(condition: Any, view: ObjectsView, config: CollectionConfig) -> Mask:
    """Return which of the view's objects match.

    Parameters
    ----------
    condition : filter
        Ours or weaviate-client's.
    view : ObjectsView
        n objects.
    config : CollectionConfig
        Their collection.

    Returns
    -------
    (n,) bool

    Raises
    ------
    WeaviateQueryError
        When a property does not exist, or cannot be compared so.
    WeaviateUnsupportedFeatureError
        For conditions on cross-references and places.
    """
    name = _name_of(condition)
    if name in ("And", "Or", "Not"):
        masks = [match(inner, view, config) for inner in condition.filters]
        if name == "Not":
            return ~masks[0]
        joined = np.logical_and if name == "And" else np.logical_or
        return joined.reduce(masks)
    target = getattr(condition, "target", None)
    if not isinstance(target, str):
        raise WeaviateUnsupportedFeatureError(
            "filters through cross-references are not in the embedded store"
        )
    if name == "WithinGeoRange":
        raise WeaviateUnsupportedFeatureError(
            "filters by place are not in the embedded store: it has no geoCoordinates"
        )
    if target == ID:
        return _by_id(name, condition.value, view)
    if target in (CREATION_TIME, UPDATE_TIME):
        return _by_time(name, target, condition.value, view, config)
    if target.startswith("len(") and target.endswith(")"):
        return _by_length(name, target[4:-1], condition.value, view, config)
    return _by_property(name, _property(target, config), condition.value, view, config)


def _name_of(condition: Any) -> str:
    operator = getattr(condition, "operator", None)
    if operator is None:
        raise WeaviateQueryError(
            f"not a filter: {condition!r}. Write Filter.by_property(name).equal(value)"
        )
    return str(operator.value if isinstance(operator, Enum) else operator)


def _property(target: str, config: CollectionConfig) -> PropertyConfig:
    prop = config.property(target) or config.property(target[:1].lower() + target[1:])
    if prop is None:
        raise WeaviateQueryError(
            f"no such prop with name {target!r} found in {config.name}. It has "
            f"{', '.join(p.name for p in config.properties) or 'no properties'}"
        )
    return prop


def _mask(matches: Iterable[bool], n: int) -> Mask:
    return np.fromiter(matches, dtype=bool, count=n)


# -- properties ------------------------------------------------------------------


def _by_property(
    name: str, prop: PropertyConfig, value: Any, view: ObjectsView, config: CollectionConfig
) -> Mask:
    n = len(view)
    column = view.column(prop.name)
    if name == "IsNull":
        if not config.inverted_index_config.index_null_state:
            raise WeaviateQueryError(
                "Nullstate must be indexed to be filterable! Create the collection with "
                "inverted_index_config=Configure.inverted_index(index_null_state=True)"
            )
        if not isinstance(value, bool):
            raise WeaviateQueryError(f"is_none needs True or False, not {value!r}")
        # An empty list counts as missing.
        return _mask(((v is None or v == []) == value for v in column), n)
    if prop.element_type == "object":
        raise WeaviateQueryError(f"property {prop.name!r}: objects can only be asked is_none")
    if name in _CONTAINS:
        values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
        each = [_by_property("Equal", prop, one, view, config) for one in values]
        if not each:
            raise WeaviateQueryError(f"{name} must have at least one value")
        if name == "ContainsAll":
            return np.logical_and.reduce(each)
        any_of = np.logical_or.reduce(each)
        return ~any_of if name == "ContainsNone" else any_of
    if prop.element_type == "text":
        return _by_text(name, prop, value, column)
    return _by_value(name, prop, value, column)


def _by_text(name: str, prop: PropertyConfig, value: Any, column: list[Any]) -> Mask:
    if not isinstance(value, str):
        raise WeaviateQueryError(
            f"property {prop.name!r} is text: compare it with text, not {value!r}"
        )
    kind = prop.tokenization or "word"
    tokens = tokenize_query(value, kind, wildcards=name == "Like")
    if not tokens:
        raise WeaviateQueryError(
            f"property {prop.name!r}: invalid search term {value!r}, only stopwords or "
            f"punctuation provided (tokenization {kind!r}). Create the property with "
            "tokenization=Tokenization.FIELD to compare whole texts"
        )
    tests = [_token_test(name, token) for token in tokens]
    # The same text comes again and again (labels): each is looked at once.
    known: dict[Any, bool] = {None: all(test([]) for test in tests)}

    def matches(text: Any) -> bool:
        key = tuple(text) if isinstance(text, list) else text
        if key not in known:
            parts = text if isinstance(text, list) else [text]
            own = [token for part in parts for token in tokenize(part, kind)]
            known[key] = all(test(own) for test in tests)
        return known[key]

    return _mask(map(matches, column), len(column))


def _token_test(name: str, token: str) -> Callable[[list[str]], bool]:
    if name == "Equal":
        return lambda own: token in own
    if name == "NotEqual":
        return lambda own: token not in own
    if name == "Like":
        pattern = like_pattern(token)
        return lambda own: any(pattern.match(one) for one in own)
    # Weaviate orders tokens by their UTF-8 bytes.
    test, bound = _order(name), token.encode("utf-8", "surrogatepass")
    return lambda own: any(test(one.encode("utf-8", "surrogatepass"), bound) for one in own)


def _by_value(name: str, prop: PropertyConfig, value: Any, column: list[Any]) -> Mask:
    if name == "Like":
        raise WeaviateQueryError(f"property {prop.name!r} is {prop.data_type}: like is for text")
    element = PropertyConfig(prop.name, prop.element_type)
    convert: Callable[[Any], Any] = parse_date if prop.element_type == "date" else lambda v: v
    try:
        # An int property is compared with 0.5 as readily as with 1.
        if prop.element_type == "int" and isinstance(value, float):
            wanted = encode_value(value, PropertyConfig(prop.name, "number"))
        else:
            wanted = convert(encode_value(value, element))
    except ValueRefusedError as error:
        raise WeaviateQueryError(f"the filter's value does not fit: {error}") from None
    if wanted is None:
        raise WeaviateQueryError(f"property {prop.name!r}: use is_none to ask for missing values")
    n = len(column)
    if name in ("Equal", "NotEqual"):
        if prop.is_array:
            equal = _mask((any(convert(v) == wanted for v in own or ()) for own in column), n)
        else:
            equal = _mask((own is not None and convert(own) == wanted for own in column), n)
        return equal if name == "Equal" else ~equal
    test = _order(name)
    if prop.is_array:
        return _mask((any(test(convert(v), wanted) for v in own or ()) for own in column), n)
    return _mask((own is not None and test(convert(own), wanted) for own in column), n)


def _order(name: str) -> Callable[[Any, Any], bool]:
    if name not in _ORDER:
        raise WeaviateQueryError(f"the operator {name!r} does not fit this property")
    return _ORDER[name]


# -- what is no property -----------------------------------------------------------


def _by_id(name: str, value: Any, view: ObjectsView) -> Mask:
    several = value if isinstance(value, list | tuple) else [value]
    wanted = {parse_uuid(one).bytes for one in several}
    found = _mask((uuid in wanted for uuid in view.uuids), len(view))
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
    times = [o.created if target == CREATION_TIME else o.updated for o in view.objects]
    if name in _CONTAINS:
        wanted = {_milliseconds(one) for one in value}
        found = _mask((time in wanted for time in times), len(view))
        return ~found if name == "ContainsNone" else found
    bound = _milliseconds(value)
    if name in ("Equal", "NotEqual"):
        equal = _mask((time == bound for time in times), len(view))
        return equal if name == "Equal" else ~equal
    test = _order(name)
    return _mask((test(time, bound) for time in times), len(view))


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
    if isinstance(value, bool) or not isinstance(value, int):
        raise WeaviateQueryError(f"a length is a whole number, not {value!r}")
    lengths = [0 if own is None else len(own) for own in view.column(prop.name)]
    if name in ("Equal", "NotEqual"):
        equal = _mask((length == value for length in lengths), len(view))
        return equal if name == "Equal" else ~equal
    test = _order(name)
    return _mask((test(length, value) for length in lengths), len(view))
