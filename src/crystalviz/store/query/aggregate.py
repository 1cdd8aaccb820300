"""Counting and summing a collection: `collection.aggregate.over_all(...)`, or near something."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import (
    WeaviateInvalidInputError,
    WeaviateQueryError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.query.hits import Hit
from crystalviz.store.query.metrics import PropertyMetrics, read_metrics
from crystalviz.store.query.searching import Searching
from crystalviz.store.query.sums import summarize
from crystalviz.store.query.targets import TargetPlan
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage.views import ObjectsView

# As many groups as Weaviate answers with unless told (`aggregator/grouped.go`).
_GROUPS = 100

_VECTORIZERS = "needs a text or image model in the database. Compute the vector and use near_vector"


@dataclass
class AggregateReturn:
    """Sums over the whole collection."""

    properties: dict[str, Any]
    total_count: int | None


@dataclass
class GroupedBy:
    """The property and value of a group."""

    prop: str
    value: Any


@dataclass
class AggregateGroup:
    """Sums over one group."""

    grouped_by: GroupedBy
    properties: dict[str, Any]
    total_count: int | None


@dataclass
class AggregateGroupByReturn:
    """Sums over each group, the largest first."""

    groups: list[AggregateGroup]


class AggregateCollection:
    """`collection.aggregate`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def over_all(
        self,
        *,
        filters: Any = None,
        group_by: Any = None,
        total_count: bool = True,
        return_metrics: Any = None,
    ) -> AggregateReturn | AggregateGroupByReturn:
        """Count and sum the objects, all or those that match.

        Parameters
        ----------
        filters : filter, optional
            Only objects that match.
        group_by : str or GroupByAggregate, optional
            One answer for each value of this property; an object whose property is
            a list belongs to the group of each of its values, one without it to none.
        total_count : bool
            Say how many objects there are.
        return_metrics : metrics or list of them, optional
            For instance `Metrics("image_entropy").number(mean=True)`.

        Raises
        ------
        WeaviateQueryError
            When a property does not exist or has another type.
        """
        asked = _Asked(group_by, total_count, read_metrics(return_metrics))
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            if filters is None and group_by is None and not asked.metrics:
                count = storage.count_objects(connection, searching.record)
                return AggregateReturn({}, count if total_count else None)
            return asked.answer(searching.rows.tolist(), searching)

    def near_vector(
        self,
        near_vector: Any,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        object_limit: int | None = None,
        filters: Any = None,
        group_by: Any = None,
        target_vector: Any = None,
        total_count: bool = True,
        return_metrics: Any = None,
    ) -> AggregateReturn | AggregateGroupByReturn:
        """Count and sum the objects whose vectors are nearest to one.

        Parameters
        ----------
        near_vector, target_vector
            As in `query.near_vector`, one vector.
        certainty, distance : float, optional
            Only objects this near.
        object_limit : int, optional
            Only so many of them; one of the three is needed.
        filters, group_by, total_count, return_metrics
            As in `over_all`.

        Raises
        ------
        WeaviateInvalidInputError
            When neither certainty, distance nor object_limit is given.
        """
        asked = _Asked(group_by, total_count, read_metrics(return_metrics))
        _check_bounds(certainty, distance, object_limit)
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            plan = searching.plan(near_vector, target_vector)
            hits = _nearest(searching, plan, certainty, distance, object_limit)
            return asked.answer(_rows(hits, searching.view), searching)

    def near_object(
        self,
        near_object: UUID | str,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        object_limit: int | None = None,
        filters: Any = None,
        group_by: Any = None,
        target_vector: Any = None,
        total_count: bool = True,
        return_metrics: Any = None,
    ) -> AggregateReturn | AggregateGroupByReturn:
        """Count and sum the objects nearest to one of the collection; see `near_vector`."""
        asked = _Asked(group_by, total_count, read_metrics(return_metrics))
        _check_bounds(certainty, distance, object_limit)
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            plan = searching.plan_of_object(near_object, target_vector)
            hits = _nearest(searching, plan, certainty, distance, object_limit)
            return asked.answer(_rows(hits, searching.view), searching)

    def hybrid(
        self,
        query: str | None,
        *,
        alpha: float | None = None,
        vector: Any = None,
        query_properties: Sequence[str] | None = None,
        object_limit: int | None = None,
        bm25_operator: Any = None,
        filters: Any = None,
        group_by: Any = None,
        target_vector: Any = None,
        max_vector_distance: float | None = None,
        total_count: bool = True,
        return_metrics: Any = None,
    ) -> AggregateReturn | AggregateGroupByReturn:
        """Count and sum the objects that are best by words and by vector together.

        Parameters are those of `query.hybrid` and `over_all`; each half finds `object_limit`
        objects, 100 where nothing is said.
        """
        asked = _Asked(group_by, total_count, read_metrics(return_metrics))
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            found = searching.hybrid(
                query,
                None,
                depth=object_limit,
                alpha=alpha,
                vector=vector,
                query_properties=query_properties,
                max_vector_distance=max_vector_distance,
                operator=bm25_operator,
                target_vector=target_vector,
            )
            return asked.answer(_rows(found.hits, searching.view), searching)

    def near_text(self, *_args: Any, **_kwargs: Any) -> AggregateReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_text {_VECTORIZERS}")

    def near_image(self, *_args: Any, **_kwargs: Any) -> AggregateReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_image {_VECTORIZERS}")


@dataclass(frozen=True)
class _Asked:
    """What an aggregate is asked for."""

    group_by: Any
    total_count: bool
    metrics: list[PropertyMetrics]

    def answer(
        self, rows: list[int], searching: Searching
    ) -> AggregateReturn | AggregateGroupByReturn:
        """Return the answer over the objects at some places of the view."""
        view, config = searching.view, searching.config
        if self.group_by is None:
            count = len(rows) if self.total_count else None
            return AggregateReturn(_sums(self.metrics, rows, view, config), count)
        name, limit = _read_group(self.group_by, config)
        groups: dict[Any, list[int]] = {}
        column = view.column(name)
        for row in rows:
            own = column[row]
            if isinstance(own, list):
                for value in dict.fromkeys(map(_group_of, own)):
                    groups.setdefault(value, []).append(row)
            elif own is not None:
                groups.setdefault(own, []).append(row)
        # The largest first, then in the order of their values.
        ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), str(item[0])))
        return AggregateGroupByReturn(
            [
                AggregateGroup(
                    GroupedBy(name, value),
                    _sums(self.metrics, members, view, config),
                    len(members) if self.total_count else None,
                )
                for value, members in ordered[:limit]
            ]
        )


def _flat(column: Iterable[Any]) -> list[Any]:
    """Return all values of a property, those of lists one by one."""
    values: list[Any] = []
    for own in column:
        if isinstance(own, list):
            values += own
        elif own is not None:
            values.append(own)
    return values


def _group_of(value: Any) -> Any:
    return value["beacon"] if isinstance(value, dict) else value


def _check_bounds(
    certainty: float | None, distance: float | None, object_limit: int | None
) -> None:
    if certainty is None and distance is None and object_limit is None:
        raise WeaviateInvalidInputError(
            "You must provide at least one of the following arguments: certainty, distance, "
            "object_limit when vector searching"
        )


def _nearest(
    searching: Searching,
    plan: TargetPlan,
    certainty: float | None,
    distance: float | None,
    object_limit: int | None,
) -> list[Hit]:
    if len(plan.targets) > 1:
        raise WeaviateQueryError("found more than one target vector for aggregation: give one")
    bound = searching.bound(plan, certainty, distance)
    k = len(searching.view) if object_limit is None else int(object_limit)
    return searching.nearest(plan, k, bound).hits


def _rows(hits: Sequence[Hit], view: ObjectsView) -> list[int]:
    """Return the places of the hits in the view."""
    return [bisect_left(view.uuids, hit.uuid) for hit in hits]


def _read_group(given: Any, config: CollectionConfig) -> tuple[str, int]:
    name = given if isinstance(given, str) else getattr(given, "prop", None)
    limit = getattr(given, "limit", None) or _GROUPS
    lowered = str(name)[:1].lower() + str(name)[1:]
    if any(reference.name in (name, lowered) for reference in config.references):
        return lowered, limit
    prop = config.property(str(name)) or config.property(lowered)
    if prop is None:
        raise WeaviateQueryError(f"cannot group: no such prop with name {name!r} in {config.name}")
    if prop.element_type in ("object", "geoCoordinates", "phoneNumber"):
        raise WeaviateQueryError(f"cannot group by {name!r}: it is {prop.data_type}")
    return prop.name, limit


def _sums(
    metrics: Sequence[PropertyMetrics],
    rows: list[int],
    view: ObjectsView,
    config: CollectionConfig,
) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for one in metrics:
        name = _summed(one, config)
        column = view.column(name)
        values = _flat(column[row] for row in rows)
        sums[name] = summarize(values, one)
    return sums


def _summed(metrics: PropertyMetrics, config: CollectionConfig) -> str:
    """Return the name of the property to sum."""
    given = metrics.property_name
    names = (given, given[:1].lower() + given[1:])
    prop = config.property(names[0]) or config.property(names[1])
    if prop is not None:
        name, kind = prop.name, prop.element_type
    else:
        name = next((r.name for r in config.references if r.name in names), "")
        kind = "reference"
    if not name:
        raise WeaviateQueryError(f"no such prop with name {given!r} found in {config.name}")
    if kind != metrics.kind:
        raise WeaviateQueryError(
            f"property {name!r} is {kind}: it has no metrics of {metrics.kind}"
        )
    return name
