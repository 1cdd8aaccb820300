"""The order of an answer, written as in weaviate-client: `Sort.by_property("x")`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query import columns
from crystalviz.store.query.filters import CREATION_TIME, ID, UPDATE_TIME
from crystalviz.store.schema import CollectionConfig, PropertyConfig
from crystalviz.store.storage.views import ObjectsView
from crystalviz.store.writing.properties import parse_date


@dataclass
class SortKey:
    """One level of an order."""

    prop: str
    ascending: bool = True


class Sorting:
    """An order of one level or more; each call adds a level."""

    def __init__(self) -> None:
        self.sorts: list[SortKey] = []

    def by_property(self, name: str, ascending: bool = True) -> Sorting:
        """Order by a property."""
        self.sorts.append(SortKey(name, ascending))
        return self

    def by_id(self, ascending: bool = True) -> Sorting:
        """Order by uuid."""
        return self.by_property(ID, ascending)

    def by_creation_time(self, ascending: bool = True) -> Sorting:
        """Order by when the objects were made."""
        return self.by_property(CREATION_TIME, ascending)

    def by_update_time(self, ascending: bool = True) -> Sorting:
        """Order by when the objects were last written."""
        return self.by_property(UPDATE_TIME, ascending)


class Sort:
    """Starts an order; see weaviate-client's class of this name."""

    def __init__(self) -> None:
        raise TypeError("Sort is not made: use Sort.by_property(...), Sort.by_id() and so on")

    @staticmethod
    def by_property(name: str, ascending: bool = True) -> Sorting:
        """Order by a property."""
        return Sorting().by_property(name, ascending)

    @staticmethod
    def by_id(ascending: bool = True) -> Sorting:
        """Order by uuid."""
        return Sorting().by_id(ascending)

    @staticmethod
    def by_creation_time(ascending: bool = True) -> Sorting:
        """Order by when the objects were made."""
        return Sorting().by_creation_time(ascending)

    @staticmethod
    def by_update_time(ascending: bool = True) -> Sorting:
        """Order by when the objects were last written."""
        return Sorting().by_update_time(ascending)


def sort_rows(
    rows: np.ndarray, sorting: Any, view: ObjectsView, config: CollectionConfig
) -> np.ndarray:
    """Return rows of a view, (m,) int64, in order; equal ones stay in that of their uuids.

    As Weaviate's `sorter/basic_comparators.go`: text without regard to case, lists item by
    item, missing values first when ascending and last when descending.

    Raises
    ------
    WeaviateQueryError
        When a property does not exist or is a uuid.
    """
    sorts = getattr(sorting, "sorts", None)
    if not sorts:
        raise WeaviateInvalidInputError(
            f"not an order: {sorting!r}. Write Sort.by_property(name, ascending=True)"
        )
    ordered = rows
    for level in reversed(sorts):
        ranks = _ranks(level.prop, view, config)[ordered]
        # A stable sort keeps the order of the levels below, and of the uuids.
        ordered = ordered[np.argsort(ranks if level.ascending else -ranks, kind="stable")]
    return ordered


def _ranks(name: str, view: ObjectsView, config: CollectionConfig) -> np.ndarray:
    """Return numbers, (n,) int64, that stand in the order of the objects' values."""
    if name in (ID, "id"):
        return np.arange(len(view))
    if name in (CREATION_TIME, UPDATE_TIME):
        return columns.times(view, "created" if name == CREATION_TIME else "updated")
    prop = config.property(name) or config.property(name[:1].lower() + name[1:])
    if prop is None:
        raise WeaviateQueryError(
            f"cannot sort: no such prop with name {name!r} in {config.name}. It has "
            f"{', '.join(p.name for p in config.properties) or 'no properties'}"
        )
    if prop.element_type == "uuid":
        raise WeaviateQueryError(
            f"prop {prop.name!r} is of type {prop.data_type}: sorting by uuid is not supported"
        )
    kept: np.ndarray = view.keep(("ranks", prop.name, prop.data_type), lambda: _ranked(view, prop))
    return kept


def _ranked(view: ObjectsView, prop: PropertyConfig) -> np.ndarray:
    if prop.data_type in columns.NUMPY_TYPES:
        column = columns.values(view, prop)
        ranks = np.zeros(len(view), np.int64)
        ranks[column.rows] = np.unique(column.values, return_inverse=True)[1] + 1
        return ranks
    keys = [_key(one.properties.get(prop.name), prop) for one in view.objects]
    places = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([places[key] for key in keys], np.int64)


def _key(value: Any, prop: PropertyConfig) -> tuple[Any, ...]:
    # Weaviate has no order for objects: all are equal.
    if value is None or prop.element_type == "object":
        return ()
    if prop.element_type == "geoCoordinates":
        return (value["longitude"], value["latitude"])
    if prop.element_type == "phoneNumber":
        return (value.get("countryCode") or 0, value.get("national") or 0)
    return tuple(_plain_key(one, prop) for one in (value if prop.is_array else [value]))


def _plain_key(value: Any, prop: PropertyConfig) -> Any:
    if prop.element_type in ("text", "blob"):
        return value.lower()
    if prop.element_type == "date":
        return parse_date(value)
    return value
