"""Conditions on objects, written as in weaviate-client: `Filter.by_property("x").equal(1)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.identity import parse_uuid

ID = "_id"
CREATION_TIME = "_creationTimeUnix"
UPDATE_TIME = "_lastUpdateTimeUnix"


class Operator(StrEnum):
    """What a condition asks; the values are Weaviate's."""

    EQUAL = "Equal"
    NOT_EQUAL = "NotEqual"
    LESS_THAN = "LessThan"
    LESS_THAN_EQUAL = "LessThanEqual"
    GREATER_THAN = "GreaterThan"
    GREATER_THAN_EQUAL = "GreaterThanEqual"
    LIKE = "Like"
    IS_NULL = "IsNull"
    CONTAINS_ANY = "ContainsAny"
    CONTAINS_ALL = "ContainsAll"
    CONTAINS_NONE = "ContainsNone"
    WITHIN_GEO_RANGE = "WithinGeoRange"
    AND = "And"
    OR = "Or"
    NOT = "Not"


class FilterBase:
    """A condition; combine with `&`, `|` and `~`."""

    def __and__(self, other: FilterBase) -> FilterGroup:
        return FilterGroup(Operator.AND, [self, other])

    def __or__(self, other: FilterBase) -> FilterGroup:
        return FilterGroup(Operator.OR, [self, other])

    def __invert__(self) -> FilterGroup:
        return FilterGroup(Operator.NOT, [self])


@dataclass
class FilterGroup(FilterBase):
    """Conditions joined by And, Or or Not."""

    operator: Operator
    filters: list[FilterBase]


@dataclass
class SingleTargetRef:
    """The objects that a reference leads to, and what is asked of them."""

    link_on: str
    target: Target


@dataclass
class MultiTargetRef:
    """Those objects of one collection that a reference leads to, and what is asked of them."""

    link_on: str
    target_collection: str
    target: Target


@dataclass
class CountRef:
    """How many objects a reference leads to."""

    link_on: str


Target = str | SingleTargetRef | MultiTargetRef | CountRef


@dataclass
class GeoRange:
    """A place, in degrees, and how far from it in metres."""

    latitude: float
    longitude: float
    distance: float


@dataclass
class FilterValue(FilterBase):
    """One condition: target, operator, value."""

    target: Target
    operator: Operator
    value: Any


def _several(values: Sequence[Any], name: str) -> list[Any]:
    listed = list(values)
    if not listed:
        raise WeaviateInvalidInputError(f"Filter {name} must have at least one value")
    return listed


# Which references lead from the collection to the objects that are asked about: the name of
# each, and the collection where it leads into several.
_Path = tuple[tuple[str, str | None], ...]


class _Comparisons:
    """The comparisons that every target offers."""

    def __init__(self, target: str | CountRef, path: _Path = ()) -> None:
        self._target: Target = target
        for link_on, collection in reversed(path):
            if collection is None:
                self._target = SingleTargetRef(link_on, self._target)
            else:
                self._target = MultiTargetRef(link_on, collection, self._target)

    def _is(self, operator: Operator, value: Any) -> FilterValue:
        if isinstance(value, list | tuple) and not value:
            raise WeaviateInvalidInputError(
                "a filter cannot compare with an empty list: ask for its length, "
                "Filter.by_property(name, length=True).equal(0)"
            )
        return FilterValue(self._target, operator, value)

    def equal(self, val: Any) -> FilterValue:
        """Match where it is `val`; for text, where it has all of `val`'s tokens."""
        return self._is(Operator.EQUAL, val)

    def not_equal(self, val: Any) -> FilterValue:
        """Match where it is not `val`, or missing."""
        return self._is(Operator.NOT_EQUAL, val)

    def contains_any(self, val: Sequence[Any]) -> FilterValue:
        """Match where it is, or holds, any of the values."""
        return self._is(Operator.CONTAINS_ANY, _several(val, "contains_any"))

    def contains_none(self, val: Sequence[Any]) -> FilterValue:
        """Match where it is, or holds, none of the values."""
        return self._is(Operator.CONTAINS_NONE, _several(val, "contains_none"))


class _OrderedComparisons(_Comparisons):
    """Comparisons by size."""

    def less_than(self, val: Any) -> FilterValue:
        """Match where it is below `val`."""
        return self._is(Operator.LESS_THAN, val)

    def less_or_equal(self, val: Any) -> FilterValue:
        """Match where it is `val` or below."""
        return self._is(Operator.LESS_THAN_EQUAL, val)

    def greater_than(self, val: Any) -> FilterValue:
        """Match where it is above `val`."""
        return self._is(Operator.GREATER_THAN, val)

    def greater_or_equal(self, val: Any) -> FilterValue:
        """Match where it is `val` or above."""
        return self._is(Operator.GREATER_THAN_EQUAL, val)


class FilterByProperty(_OrderedComparisons):
    """Conditions on a property."""

    def like(self, val: str) -> FilterValue:
        """Match text with wildcards: `*` for any text, `?` for one character."""
        return self._is(Operator.LIKE, val)

    def is_none(self, val: bool) -> FilterValue:
        """Match where it is missing (True) or there (False); needs `index_null_state`."""
        return self._is(Operator.IS_NULL, val)

    def contains_all(self, val: Sequence[Any]) -> FilterValue:
        """Match where it holds all of the values."""
        return self._is(Operator.CONTAINS_ALL, _several(val, "contains_all"))

    def within_geo_range(self, coordinate: Any, distance: float) -> FilterValue:
        """Match where it is a place within `distance` metres of `coordinate`."""
        return self._is(
            Operator.WITHIN_GEO_RANGE,
            GeoRange(float(coordinate.latitude), float(coordinate.longitude), float(distance)),
        )


class FilterByCount(_OrderedComparisons):
    """Conditions on how many objects a reference leads to."""


class FilterByTime(_OrderedComparisons):
    """Conditions on a time of the object; need `index_timestamps`."""


class FilterById(_Comparisons):
    """Conditions on the object's uuid."""

    def _is(self, operator: Operator, value: Any) -> FilterValue:
        if isinstance(value, list):
            return super()._is(operator, [str(parse_uuid(one)) for one in value])
        return super()._is(operator, str(parse_uuid(value)))


class FilterByRef:
    """Conditions on the objects that references lead to; any of them may match."""

    def __init__(self, path: _Path) -> None:
        self._path = path

    def by_ref(self, link_on: str) -> FilterByRef:
        """Go on through a reference of those objects."""
        return FilterByRef((*self._path, (link_on, None)))

    def by_ref_multi_target(self, reference: str, target_collection: str) -> FilterByRef:
        """Go on through a reference that leads into several collections, to one of them."""
        return FilterByRef((*self._path, (reference, _capitalized(target_collection))))

    def by_ref_count(self, link_on: str) -> FilterByCount:
        """Ask how many objects a reference of those objects leads to."""
        return FilterByCount(CountRef(link_on), self._path)

    def by_id(self) -> FilterById:
        """Ask about the uuid."""
        return FilterById(ID, self._path)

    def by_creation_time(self) -> FilterByTime:
        """Ask when the object was made."""
        return FilterByTime(CREATION_TIME, self._path)

    def by_update_time(self) -> FilterByTime:
        """Ask when the object was last written."""
        return FilterByTime(UPDATE_TIME, self._path)

    def by_property(self, name: str, length: bool = False) -> FilterByProperty:
        """Ask about a property, or about its length."""
        return FilterByProperty(f"len({name})" if length else name, self._path)


class Filter:
    """Starts a condition; see weaviate-client's class of this name."""

    def __init__(self) -> None:
        raise TypeError("Filter is not made: use Filter.by_property(...), Filter.by_id() and so on")

    @staticmethod
    def by_property(name: str, length: bool = False) -> FilterByProperty:
        """Ask about a property, or about its length (needs `index_property_length`)."""
        return FilterByProperty(f"len({name})" if length else name)

    @staticmethod
    def by_ref(link_on: str) -> FilterByRef:
        """Ask about the objects that a reference leads to."""
        return FilterByRef(((link_on, None),))

    @staticmethod
    def by_ref_multi_target(link_on: str, target_collection: str) -> FilterByRef:
        """Ask about those objects of one collection that a reference leads to."""
        return FilterByRef(((link_on, _capitalized(target_collection)),))

    @staticmethod
    def by_ref_count(link_on: str) -> FilterByCount:
        """Ask how many objects a reference leads to."""
        return FilterByCount(CountRef(link_on))

    @staticmethod
    def by_id() -> FilterById:
        """Ask about the uuid."""
        return FilterById(ID)

    @staticmethod
    def by_creation_time() -> FilterByTime:
        """Ask when the object was made."""
        return FilterByTime(CREATION_TIME)

    @staticmethod
    def by_update_time() -> FilterByTime:
        """Ask when the object was last written."""
        return FilterByTime(UPDATE_TIME)

    @staticmethod
    def all_of(filters: Sequence[FilterBase]) -> FilterBase:
        """Join conditions by And."""
        return _joined(Operator.AND, filters, "all_of")

    @staticmethod
    def any_of(filters: Sequence[FilterBase]) -> FilterBase:
        """Join conditions by Or."""
        return _joined(Operator.OR, filters, "any_of")

    @staticmethod
    def not_(filter_: FilterBase) -> FilterBase:
        """Turn a condition round."""
        return FilterGroup(Operator.NOT, [filter_])


def _joined(operator: Operator, filters: Sequence[FilterBase], name: str) -> FilterBase:
    if not filters:
        raise WeaviateInvalidInputError(f"Filter.{name} must have at least one filter")
    return filters[0] if len(filters) == 1 else FilterGroup(operator, list(filters))


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]
