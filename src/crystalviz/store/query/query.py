"""Asking a collection: by vector, by object, by keywords, by filter, by uuid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import WeaviateQueryError, WeaviateUnsupportedFeatureError
from crystalviz.store.identity import parse_uuid
from crystalviz.store.query.asking import Asked
from crystalviz.store.query.filters import Filter
from crystalviz.store.query.grouping import group_hits, read_group_by
from crystalviz.store.query.hits import Hit
from crystalviz.store.query.reply import Reply
from crystalviz.store.query.results import GroupByReturn, Object, QueryReturn
from crystalviz.store.query.searching import Searching
from crystalviz.store.query.sorting import sort_rows
from crystalviz.store.query.targets import TargetPlan
from crystalviz.store.query.window import Window

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
        boost: Any = None,
        diversity_selection: Any = None,
        target_vector: Any = None,
        include_vector: bool | str | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn | GroupByReturn:
        """Return the objects whose vectors are nearest to one, or to several.

        Parameters
        ----------
        near_vector : array-like (d,), or dict of vector name to it or to a list of them
            What to look for.
        certainty, distance : float, optional
            Only objects this near; `certainty` is 1 - distance / 2, for cosine.
        limit, offset : int, optional
            10 objects from the first where nothing is said.
        auto_limit : int, optional
            Stop before so many jumps of the distance.
        filters : filter, optional
            Only objects that match.
        group_by : GroupBy, optional
            Put the objects into groups; a `GroupByReturn` is returned.
        target_vector : str, list of str or TargetVectors, optional
            Which of several vectors, and how their distances are joined.
        include_vector, return_metadata, return_properties, return_references
            What to show of each object.

        Raises
        ------
        WeaviateQueryError
            When the vector has the wrong length or is not finite, a name is
            unknown, or more than 10,000 results are asked for.
        """
        _refuse(rerank=rerank, boost=boost, diversity_selection=diversity_selection)
        asked = Asked(include_vector, return_metadata, return_properties, return_references)
        window = Window(limit, offset, auto_limit)
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            plan = searching.plan(near_vector, target_vector)
            bound = searching.bound(plan, certainty, distance)
            return _near(searching, plan, bound, window, group_by, asked)

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
        boost: Any = None,
        diversity_selection: Any = None,
        target_vector: Any = None,
        include_vector: bool | str | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn | GroupByReturn:
        """Return the objects nearest to one of the collection, which is itself among them.

        Parameters are those of `near_vector`, with a uuid in the vector's place.

        Raises
        ------
        WeaviateQueryError
            When there is no such object, or it has no vector.
        """
        _refuse(rerank=rerank, boost=boost, diversity_selection=diversity_selection)
        asked = Asked(include_vector, return_metadata, return_properties, return_references)
        window = Window(limit, offset, auto_limit)
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            plan = searching.plan_of_object(near_object, target_vector)
            bound = searching.bound(plan, certainty, distance)
            return _near(searching, plan, bound, window, group_by, asked)

    def bm25(
        self,
        query: str | None,
        *,
        query_properties: Sequence[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        operator: Any = None,
        auto_limit: int | None = None,
        filters: Any = None,
        group_by: Any = None,
        rerank: Any = None,
        boost: Any = None,
        include_vector: bool | str | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn | GroupByReturn:
        """Return the objects whose texts have the query's words, the best score first.

        Parameters
        ----------
        query : str or None
            Words; None for every object.
        query_properties : sequence of str, optional
            Which texts to search, all where nothing is said; "title^2" counts twice.
        operator : BM25Operator, optional
            How many of the words an object must have; one where nothing is said.
        limit, offset, auto_limit, filters, group_by
            As in `near_vector`; `auto_limit` looks at the score.
        include_vector, return_metadata, return_properties, return_references
            What to show of each object.

        Raises
        ------
        WeaviateQueryError
            When the query is empty, or a property does not exist or is not searchable.
        """
        _refuse(rerank=rerank, boost=boost)
        if query == "":
            raise WeaviateQueryError("keyword search (bm25) must have query set")
        asked = Asked(include_vector, return_metadata, return_properties, return_references)
        window = Window(limit, offset, auto_limit)
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            if query is None:
                hits = searching.everything(window.end)
            else:
                hits = searching.by_keywords(query, query_properties, operator, window.end)
            hits = window.cut(hits, [hit.score for hit in hits])[window.first :]
            return _answer(searching, hits, group_by, asked)

    def hybrid(
        self,
        query: str | None,
        *,
        alpha: float | None = None,
        vector: Any = None,
        query_properties: Sequence[str] | None = None,
        fusion_type: Any = None,
        max_vector_distance: float | None = None,
        limit: int | None = None,
        offset: int | None = None,
        bm25_operator: Any = None,
        auto_limit: int | None = None,
        filters: Any = None,
        group_by: Any = None,
        rerank: Any = None,
        boost: Any = None,
        diversity_selection: Any = None,
        target_vector: Any = None,
        include_vector: bool | str | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn | GroupByReturn:
        """Return the objects that are best by words and by vector together.

        Parameters
        ----------
        query : str or None
            Words; None to search by the vector alone, and for every object without one.
        alpha : float, optional
            How much the vector counts: 0 for words alone, 1 for the vector alone; 0.75 where
            nothing is said.
        vector : array-like (d,), dict, or HybridVector.near_vector(...)
            What to look for; only `alpha=0` goes without.
        fusion_type : HybridFusion, optional
            By score, brought to 0..1, or by rank; by score where nothing is said.
        max_vector_distance : float, optional
            Only objects this near, also of those found by words.
        query_properties, bm25_operator
            As in `bm25`.
        limit, offset, auto_limit, filters, group_by, target_vector
            As in `near_vector`; `auto_limit` looks at the score.
        include_vector, return_metadata, return_properties, return_references
            What to show of each object.

        Raises
        ------
        WeaviateUnsupportedFeatureError
            When the vector would have to be computed from the query.
        """
        _refuse(rerank=rerank, boost=boost, diversity_selection=diversity_selection)
        asked = Asked(include_vector, return_metadata, return_properties, return_references)
        window = Window(limit, offset, auto_limit)
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            if query is None and vector is None:
                hits = searching.everything(window.end)[window.first :]
                return _answer(searching, hits, group_by, asked)
            found = searching.hybrid(
                query,
                window.end,
                alpha=alpha,
                vector=vector,
                query_properties=query_properties,
                fusion_type=fusion_type,
                max_vector_distance=max_vector_distance,
                operator=bm25_operator,
                target_vector=target_vector,
            )
            hits = window.cut(found.hits, [hit.score for hit in found.hits])[window.first :]
            return _answer(searching, hits, group_by, asked, found.found_by)

    def fetch_objects(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        after: UUID | str | None = None,
        filters: Any = None,
        sort: Any = None,
        include_vector: bool | str | Sequence[str] = False,
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
        include_vector, return_metadata, return_properties, return_references
            What to show of each object.
        """
        asked = Asked(include_vector, return_metadata, return_properties, return_references)
        window = Window(limit, offset)
        if after is not None and (offset or filters is not None or sort is not None):
            raise WeaviateQueryError("after cannot be combined with offset, filters or sort")
        with self._context.database.reading() as connection:
            searching = Searching(self._context, connection, filters)
            record = searching.record
            reply = Reply(record.config, asked, searching.links)
            if filters is None and sort is None:
                behind = parse_uuid(after).bytes if after else b""
                stored = storage.read_page(
                    connection, record, window.count, window.first, behind, reply.vectors
                )
            else:
                rows = searching.rows
                if sort is not None:
                    rows = sort_rows(rows, sort, searching.view, record.config)
                uuids = [searching.view.uuids[row] for row in rows[window.first : window.end]]
                stored = storage.read_objects(connection, record, uuids, reply.vectors)
            return QueryReturn(reply.plain(stored))

    def fetch_object_by_id(
        self,
        uuid: UUID | str,
        include_vector: bool | str | Sequence[str] = False,
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
        offset: int | None = None,
        after: UUID | str | None = None,
        sort: Any = None,
        include_vector: bool | str | Sequence[str] = False,
        return_metadata: Any = None,
        return_properties: Any = None,
        return_references: Any = None,
    ) -> QueryReturn:
        """Return those of the objects that exist; a `fetch_objects` that asks for uuids."""
        wanted = [parse_uuid(one) for one in ids]
        if not wanted:
            return QueryReturn([])
        return self.fetch_objects(
            limit=limit,
            offset=offset,
            after=after,
            filters=Filter.by_id().contains_any(wanted),
            sort=sort,
            include_vector=include_vector,
            return_metadata=return_metadata,
            return_properties=return_properties,
            return_references=return_references,
        )

    def near_text(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_text {_VECTORIZERS}")

    def near_image(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_image {_VECTORIZERS}")

    def near_media(self, *_args: Any, **_kwargs: Any) -> QueryReturn:
        """Not in the embedded store; raises `WeaviateUnsupportedFeatureError`."""
        raise WeaviateUnsupportedFeatureError(f"near_media {_VECTORIZERS}")


def _near(
    searching: Searching,
    plan: TargetPlan,
    bound: float | None,
    window: Window,
    group_by: Any,
    asked: Asked,
) -> QueryReturn | GroupByReturn:
    found = searching.nearest(plan, window.end, bound)
    hits = found.hits[window.first :]
    hits = window.cut(hits, [hit.distance or 0.0 for hit in hits])
    metrics = searching.metrics(plan)
    return _answer(searching, hits, group_by, asked, found.found_by, metrics)


def _answer(
    searching: Searching,
    hits: list[Hit],
    group_by: Any,
    asked: Asked,
    found_by: str | None = None,
    metrics: Sequence[str] = (),
) -> QueryReturn | GroupByReturn:
    reply = Reply(searching.config, asked, searching.links)
    if group_by is None:
        found = searching.read(hits, reply.vectors)
        return QueryReturn(reply.objects(found, metrics), found_by=found_by)
    plan = read_group_by(group_by, searching.config)
    grouped = group_hits(searching.read(hits, reply.vectors), plan, texts_only=not metrics)
    return reply.groups(grouped, found_by)


def _refuse(**given: Any) -> None:
    """Refuse arguments that the embedded store does not know, rather than ignore them."""
    for name, value in given.items():
        if value is not None:
            raise WeaviateUnsupportedFeatureError(
                f"{name} is not in the embedded store; leave it out"
            )
