"""The order of an answer, written as in weaviate-client: `Sort.by_property("x")`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystalviz.store.caches import ObjectsView
from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.filters import CREATION_TIME, ID, UPDATE_TIME
from crystalviz.store.properties import parse_date
from crystalviz.store.schema import CollectionConfig, PropertyConfig


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


def sort_rows(rows: list[int], sorting: Any, view: ObjectsView, config: CollectionConfig) -> None:
    """Put rows of a view in order, in place; equal ones stay in the order of their uuids.

    As Weaviate's `sorter/basic_comparators.go`: text without regard to case, missing
    values first when ascending and last when descending.

    Raises
    ------
    WeaviateQueryError
        When a property does not exist or has no order.
    """
    sorts = getattr(sorting, "sorts", None)
    if not sorts:
        raise WeaviateInvalidInputError(
            f"not an order: {sorting!r}. Write Sort.by_property(name, ascending=True)"
        )
    for level in reversed(sorts):
        keys = _keys(level.prop, view, config)
        # Python's sort keeps equal ones in their order, also when reversed.
        rows.sort(key=keys.__getitem__, reverse=not level.ascending)


def _keys(name: str, view: ObjectsView, config: CollectionConfig) -> list[Any]:
    if name in (ID, "id"):
        return list(view.uuids)
    if name == CREATION_TIME:
        return [o.created for o in view.objects]
    if name == UPDATE_TIME:
        return [o.updated for o in view.objects]
    prop = config.property(name) or config.property(name[:1].lower() + name[1:])
    if prop is None:
        raise WeaviateQueryError(
            f"cannot sort: no such prop with name {name!r} in {config.name}. It has "
            f"{', '.join(p.name for p in config.properties) or 'no properties'}"
        )
    if prop.element_type == "object":
        raise WeaviateQueryError(f"cannot sort by {name!r}: objects have no order")
    return [_key(value, prop) for value in view.column(prop.name)]


def _key(value: Any, prop: PropertyConfig) -> tuple[Any, ...]:
    if value is None:
        return (0,)
    if prop.is_array:
        return (1, [_plain_key(one, prop) for one in value])
    return (1, _plain_key(value, prop))


def _plain_key(value: Any, prop: PropertyConfig) -> Any:
    if prop.element_type == "text":
        return value.lower()
    if prop.element_type == "date":
        return parse_date(value)
    return value
