"""One query in one transaction: what it finds, by vector, by keywords, or by both."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cached_property
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
from crystalviz.store.query.fusion import DEFAULT_ALPHA, SUBSEARCH_LIMIT, fuse, read_fusion
from crystalviz.store.query.hits import Hit
from crystalviz.store.query.keyword import find_by_keywords
from crystalviz.store.query.linking import Links
from crystalviz.store.query.matching import match
from crystalviz.store.query.nearest import Allowed, Nearest, find_nearest
from crystalviz.store.query.targets import TargetPlan, plan_of_object, read_names, read_plan
from crystalviz.store.storage import CollectionRecord, StoredObject
from crystalviz.store.storage.views import ObjectsView

# Weaviate lets a distance be this much over the bound (`usecases/traverser/explorer.go`).
_TOLERANCE = 1e-6


class Searching:
    """A collection as of one transaction, for one query.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    connection : sqlite3.Connection
        In the transaction.
    filters : filter, optional
        Only objects that match are found.

    Raises
    ------
    WeaviateQueryError
        When there is no such collection.
    """

    def __init__(
        self, context: CollectionContext, connection: sqlite3.Connection, filters: Any = None
    ) -> None:
        self._cache = context.cache
        self._connection = connection
        self._filters = filters
        self.record: CollectionRecord = context.record_to_query(connection)
        self.config = self.record.config
        self.links = Links(connection, context.cache, self.record)

    @cached_property
    def view(self) -> ObjectsView:
        """Every object of the collection."""
        return self._cache.view(self._connection, self.record)

    @cached_property
    def mask(self) -> np.ndarray | None:
        """Which objects of the view match the filters, (n,) bool; None where there are none."""
        if self._filters is None:
            return None
        return match(self._filters, self.view, self.config, self.links)

    @property
    def rows(self) -> np.ndarray:
        """The places in the view of the objects that match, ascending; (m,) int64."""
        return np.arange(len(self.view)) if self.mask is None else np.flatnonzero(self.mask)

    def everything(self, limit: int) -> list[Hit]:
        """Return the first objects that match, by uuid."""
        return [Hit(self.view.uuids[row]) for row in self.rows[:limit]]

    def read(
        self, hits: Sequence[Hit], vectors: bool | Sequence[str] = False
    ) -> list[tuple[Hit, StoredObject]]:
        """Return the hits with their objects."""
        uuids = [hit.uuid for hit in hits]
        stored = storage.read_objects(self._connection, self.record, uuids, vectors)
        return list(zip(hits, stored, strict=True))

    # -- by vector ---------------------------------------------------------------

    def plan(self, near_vector: Any, target_vector: Any) -> TargetPlan:
        """Return what a `near_vector` searches."""
        return read_plan(near_vector, target_vector, self.config)

    def plan_of_object(self, near_object: UUID | str, target_vector: Any) -> TargetPlan:
        """Return what a `near_object` searches.

        Raises
        ------
        WeaviateQueryError
            When there is no such object, or it has no such vector.
        """
        identity = parse_uuid(near_object)
        names = read_names(target_vector, self.config)
        found = storage.read_objects(self._connection, self.record, [identity.bytes], names)
        if not found or not set(names) <= found[0].vectors.keys():
            what = "it has no vector" if found else "it is not there"
            raise WeaviateQueryError(f"{self.config.name}: nothing near object {identity}: {what}")
        return plan_of_object(found[0].vectors, target_vector, self.config)

    def metrics(self, plan: TargetPlan) -> list[str]:
        """Return what the distances of a search are measured with."""
        return [str(self.config.vectors[name].distance) for name in plan.names]

    def bound(
        self, plan: TargetPlan, certainty: float | None, distance: float | None
    ) -> float | None:
        """Return the largest distance that is asked for.

        Raises
        ------
        WeaviateQueryError
            When both are given, or a certainty of distances that are no cosines.
        """
        if certainty is None:
            return None if distance is None else float(distance)
        if distance is not None:
            raise WeaviateQueryError("give certainty or distance, not both")
        for metric in self.metrics(plan):
            if metric != "cosine":
                raise WeaviateQueryError(
                    f"certainty is for cosine distances, and these are {metric}"
                )
        return (1.0 - float(certainty)) * 2.0

    def nearest(self, plan: TargetPlan, k: int, bound: float | None = None) -> Nearest:
        """Return the `k` nearest of the objects that match, none beyond `bound`."""
        allowed = None if self.mask is None else Allowed(self.view, np.flatnonzero(self.mask))
        found = find_nearest(self._connection, self._cache, self.record, plan, k, allowed)
        return found if bound is None else Nearest(_within(found.hits, bound), found.found_by)

    # -- by keywords ---------------------------------------------------------------

    def by_keywords(
        self, query: str, query_properties: Sequence[str] | None, operator: Any, limit: int
    ) -> list[Hit]:
        """Return the objects that match and have the query's tokens, the best first."""
        if not isinstance(query, str):
            raise WeaviateInvalidInputError(f"the query must be text, not {query!r}")
        return find_by_keywords(
            query, query_properties, operator, self.view, self.config, limit, self.mask
        )

    # -- by both -------------------------------------------------------------------

    def hybrid(
        self,
        query: str | None,
        limit: int | None,
        *,
        depth: int | None = None,
        alpha: float | None = None,
        vector: Any = None,
        query_properties: Sequence[str] | None = None,
        fusion_type: Any = None,
        max_vector_distance: float | None = None,
        operator: Any = None,
        target_vector: Any = None,
    ) -> Nearest:
        """Return the best objects by vector and by keywords together.

        As Weaviate's `usecases/traverser/explorer_hybrid.go`: each half finds `depth` objects,
        `SUBSEARCH_LIMIT` or `limit` where nothing is said, and `fuse` joins them.

        Raises
        ------
        WeaviateUnsupportedFeatureError
            When the vector has to be computed from the query.
        """
        share = DEFAULT_ALPHA if alpha is None else float(alpha)
        if not 0.0 <= share <= 1.0:
            raise WeaviateQueryError(f"alpha should be between 0.0 and 1.0, not {share}")
        fusion = read_fusion(fusion_type)
        if depth is None:
            depth = max(SUBSEARCH_LIMIT, limit or 0)
        by_vector = Nearest([], None)
        if share > 0:
            by_vector = self._hybrid_nearest(vector, target_vector, depth)
        by_keywords = []
        if share < 1 and query:
            by_keywords = self.by_keywords(query, query_properties, operator, depth)
        hits = by_vector.hits
        if max_vector_distance is not None and share > 0:
            hits = [h for h in hits if (h.distance or 0.0) <= max_vector_distance]
            near = {hit.uuid for hit in hits}
            by_keywords = [hit for hit in by_keywords if hit.uuid in near]
        return Nearest(fuse(hits, by_keywords, share, fusion)[:limit], by_vector.found_by)

    def _hybrid_nearest(self, vector: Any, target_vector: Any, depth: int) -> Nearest:
        if vector is None or hasattr(vector, "text"):
            raise WeaviateUnsupportedFeatureError(
                "hybrid without a vector needs a text model in the database: compute the vector "
                "and give vector=, or give alpha=0 to search by keywords alone"
            )
        # A `HybridVector.near_vector` holds its vector and a bound.
        within = hasattr(vector, "certainty")
        plan = self.plan(vector.vector if within else vector, target_vector)
        bound = self.bound(plan, vector.certainty, vector.distance) if within else None
        return self.nearest(plan, depth, bound)


def _within(hits: list[Hit], bound: float) -> list[Hit]:
    return [hit for hit in hits if (hit.distance or 0.0) <= bound + _TOLERANCE]
