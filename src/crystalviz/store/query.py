"""Asking a collection: by vector, by object, by filter, by uuid."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import (
    WeaviateInvalidInputError,
    WeaviateQueryError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.identity import parse_uuid
from crystalviz.store.matching import match
from crystalviz.store.properties import ValueRefusedError
from crystalviz.store.reply import Reply
from crystalviz.store.results import Object, QueryReturn
from crystalviz.store.sorting import sort_rows
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.vectors import read_vector

# Weaviate's QUERY_DEFAULTS_LIMIT and QUERY_MAXIMUM_RESULTS.
DEFAULT_LIMIT = 10
MAXIMUM_RESULTS = 10_000

_VECTORIZERS = "needs a text or image model in the database. Compute the vector and use near_vector"


class QueryCollection:
    """`collection.query`: every answer is of one commit, equal ranks by uuid.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def near_vector(
        self,
        near_vector: Any,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        limit: int | None = None,
        offset: int | None = None,
        auto_limit: int | None = None,
        filters: Any = None,
        group_by: Any = None,
        rerank: Any = None,
        target_vector: str | None = None,
        include_vector: bool | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn:
        """Return the objects whose vectors are nearest to one.

        Parameters
        ----------
        near_vector : array-like (d,), or dict of one vector name to it
            What to look for.
        certainty, distance : float, optional
            Only objects this near; `certainty` is 1 - distance / 2, for cosine.
        limit, offset : int, optional
            10 objects from the first where nothing is said; all that are near
            enough when `certainty` or `distance` is given.
        filters : filter, optional
            Only objects that match.
        target_vector : str, optional
            Which of several vectors.
        include_vector, return_metadata, return_properties
            What to show of each object.

        Raises
        ------
        WeaviateQueryError
            When the vector has the wrong length or is not finite, a name is
            unknown, or more than 10,000 results are asked for.
        """
        _refuse(auto_limit=auto_limit, group_by=group_by, rerank=rerank, refs=return_references)
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            name, given = _target(near_vector, target_vector, record)
            try:
                vector = read_vector(given)
            except ValueRefusedError as error:
                raise WeaviateQueryError(f"{record.config.name}: {error}") from None
            reply = Reply(record.config, return_metadata, return_properties, include_vector)
            bound = _bound(certainty, distance, record.config.vectors[name].distance)
            objects = self._nearest(
                connection, record, name, vector, bound, limit, offset, filters, reply
            )
        return QueryReturn(objects)

    def near_object(
        self,
        near_object: UUID | str,
        *,
        certainty: float | None = None,
        distance: float | None = None,
        limit: int | None = None,
        offset: int | None = None,
        auto_limit: int | None = None,
        filters: Any = None,
        group_by: Any = None,
        rerank: Any = None,
        target_vector: str | None = None,
        include_vector: bool | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn:
        """Return the objects nearest to one of the collection, which is itself among them.

        Parameters are those of `near_vector`, with a uuid in the vector's place.

        Raises
        ------
        WeaviateQueryError
            When there is no such object, or it has no vector.
        """
        _refuse(auto_limit=auto_limit, group_by=group_by, rerank=rerank, refs=return_references)
        identity = parse_uuid(near_object)
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            name, _ = _target(None, target_vector, record)
            found = storage.read_objects(connection, record, [identity.bytes], [name])
            if not found or name not in found[0].vectors:
                what = "it has no vector" if found else "it is not there"
                raise WeaviateQueryError(
                    f"{record.config.name}: nothing near object {identity}: {what}"
                )
            reply = Reply(record.config, return_metadata, return_properties, include_vector)
            bound = _bound(certainty, distance, record.config.vectors[name].distance)
            vector = found[0].vectors[name]
            objects = self._nearest(
                connection, record, name, vector, bound, limit, offset, filters, reply
            )
        return QueryReturn(objects)

    def fetch_objects(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        after: UUID | str | None = None,
        filters: Any = None,
        sort: Any = None,
        include_vector: bool | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn:
        """Return objects by uuid, or in the order of `sort`.

        Parameters
        ----------
        limit, offset : int, optional
            10 objects from the first where nothing is said.
        after : UUID or str, optional
            Only objects behind this uuid; not with offset, filters or sort.
        filters : filter, optional
            Only objects that match.
        sort : Sorting, optional
            For instance `Sort.by_property("image_entropy", ascending=False)`.
        include_vector, return_metadata, return_properties
            What to show of each object.
        """
        _refuse(refs=return_references)
        first, count = _window(limit, offset)
        if after is not None and (offset or filters is not None or sort is not None):
            raise WeaviateQueryError("after cannot be combined with offset, filters or sort")
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            reply = Reply(record.config, return_metadata, return_properties, include_vector)
            if filters is None and sort is None:
                behind = parse_uuid(after).bytes if after else b""
                stored = storage.read_page(connection, record, count, first, behind, reply.vectors)
            else:
                view = self._context.cache.view(connection, record)
                if filters is None:
                    rows = list(range(len(view)))
                else:
                    rows = np.flatnonzero(match(filters, view, record.config)).tolist()
                if sort is not None:
                    sort_rows(rows, sort, view, record.config)
                uuids = [view.uuids[row] for row in rows[first : first + count]]
                stored = storage.read_objects(connection, record, uuids, reply.vectors)
            return QueryReturn([reply.object(one) for one in stored])

    def fetch_object_by_id(
        self,
        uuid: UUID | str,
        include_vector: bool | Sequence[str] = False,
        *,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> Object | None:
        """Return one object with its times, or None."""
        found = self.fetch_objects_by_ids(
            [uuid],
            include_vector=include_vector,
            return_metadata=["creation_time", "last_update_time"],
            return_properties=return_properties,
            return_references=return_references,
        ).objects
        return found[0] if found else None

    def fetch_objects_by_ids(
        self,
        ids: Sequence[UUID | str],
        *,
        limit: int | None = None,
        include_vector: bool | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn:
        """Return those of the objects that exist, by uuid."""
        _refuse(refs=return_references)
        wanted = sorted({parse_uuid(one).bytes for one in ids})
        _, count = _window(len(wanted) if limit is None else limit, None)
        with self._context.database.reading() as connection:
            record = self._context.record_to_query(connection)
            reply = Reply(record.config, return_metadata, return_properties, include_vector)
            stored = storage.read_objects(connection, record, wanted, reply.vectors)
            return QueryReturn([reply.object(one) for one in stored[:count]])

    def near_text(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_text {_VECTORIZERS}")

    def near_image(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_image {_VECTORIZERS}")

    def bm25(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(
            "bm25 is not in the embedded store: use fetch_objects with a filter (equal, like)"
        )

    def hybrid(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"hybrid {_VECTORIZERS}")

    def _nearest(
        self,
        connection: sqlite3.Connection,
        record: CollectionRecord,
        name: str,
        vector: np.ndarray,
        bound: float | None,
        limit: int | None,
        offset: int | None,
        filters: Any,
        reply: Reply,
    ) -> list[Object]:
        space = record.config.vectors[name]
        dimension = space.dimension
        if dimension is None:
            return []
        if vector.size != dimension:
            raise WeaviateQueryError(
                f"{record.config.name}: the query's vector has {vector.size} dimensions, and those "
                f"of the collection have {dimension}. Use the model that made them"
            )
        indexed = self._context.cache.index(connection, record, name)
        allowed = None
        if filters is not None:
            view = self._context.cache.view(connection, record)
            hits = np.flatnonzero(match(filters, view, record.config))
            allowed = indexed.allowed(view, hits)
        if bound is not None and limit is None:
            first, count = _whole("offset", offset), len(indexed.uuids)
        else:
            first, count = _window(limit, offset)
        rows, distances, _ = indexed.index.search(vector, first + count, allowed)
        if bound is not None:
            near = distances <= np.float32(bound)
            rows, distances = rows[near], distances[near]
        rows, distances = rows[first:], distances[first:]
        uuids = [indexed.uuids[row] for row in rows]
        stored = storage.read_objects(connection, record, uuids, reply.vectors)
        return [
            reply.object(one, float(measured), space.distance)
            for one, measured in zip(stored, distances, strict=True)
        ]


def _refuse(**given: Any) -> None:
    """Refuse arguments that the embedded store does not know, rather than ignore them."""
    meaning = {
        "auto_limit": "auto_limit",
        "group_by": "group_by",
        "rerank": "rerank",
        "refs": "return_references",
    }
    for name, value in given.items():
        if value is not None:
            raise WeaviateUnsupportedFeatureError(
                f"{meaning[name]} is not in the embedded store; leave it out"
            )


def _window(limit: int | None, offset: int | None) -> tuple[int, int]:
    """Return the first place and the number of objects asked for."""
    # 0 is how the client's wire format says nothing.
    count = _whole("limit", limit) or DEFAULT_LIMIT
    first = _whole("offset", offset)
    if first + count > MAXIMUM_RESULTS:
        raise WeaviateQueryError(
            f"query maximum results exceeded: offset + limit is {first + count}, at most "
            f"{MAXIMUM_RESULTS}. Use collection.iterator() to read everything"
        )
    return first, count


def _whole(name: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise WeaviateInvalidInputError(f"{name} must be a whole number, not {value!r}")
    if value < 0:
        raise WeaviateQueryError(f"{name} must not be negative: {value}")
    return int(value)


def _target(given: Any, target_vector: Any, record: CollectionRecord) -> tuple[str, Any]:
    """Return the name of the vector to search, and the query itself."""
    config = record.config
    if isinstance(given, dict):
        if len(given) != 1:
            raise WeaviateUnsupportedFeatureError(
                "a search over several named vectors is not in the embedded store: give one"
            )
        ((target_vector, given),) = given.items()
    if isinstance(target_vector, list | tuple) and len(target_vector) == 1:
        target_vector = target_vector[0]
    if target_vector is None:
        if len(config.vectors) > 1:
            raise WeaviateQueryError(
                f"{config.name} has several vectors ({', '.join(sorted(config.vectors))}): say "
                "which with target_vector="
            )
        target_vector = next(iter(config.vectors))
    if not isinstance(target_vector, str):
        raise WeaviateUnsupportedFeatureError(
            "a search over several named vectors is not in the embedded store: give one name"
        )
    if target_vector not in config.vectors:
        raise WeaviateQueryError(
            f"{config.name} has no vector named {target_vector!r}; it has "
            f"{', '.join(sorted(config.vectors))}"
        )
    return target_vector, given


def _bound(certainty: float | None, distance: float | None, metric: str) -> float | None:
    """Return the largest distance that is asked for."""
    if certainty is None:
        return None if distance is None else float(distance)
    if distance is not None:
        raise WeaviateQueryError("give certainty or distance, not both")
    if metric != "cosine":
        raise WeaviateQueryError(f"certainty is for cosine distances, and these are {metric}")
    return (1.0 - float(certainty)) * 2.0
