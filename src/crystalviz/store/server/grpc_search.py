"""gRPC `Search`: every query, translated to the calls of `collection.query`."""

from __future__ import annotations

import time
from typing import Any

from weaviate.proto.v1 import search_get_pb2

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateQueryError
from crystalviz.store.query.sorting import Sorting
from crystalviz.store.server import grpc_asking as asking
from crystalviz.store.server.access import collection_of
from crystalviz.store.server.grpc_filters import read_filter
from crystalviz.store.server.grpc_reply import ReplyWriter

# What `fetch_objects` does not take.
_RANKED = ("near_vector", "near_object", "bm25_search", "hybrid_search")


def search(client: Client, request: search_get_pb2.SearchRequest) -> search_get_pb2.SearchReply:
    """Answer a query."""
    started = time.perf_counter()
    answer = _ask(client, request)
    reply = ReplyWriter(client).reply(answer)
    reply.took = time.perf_counter() - started
    return reply


def _ask(client: Client, request: search_get_pb2.SearchRequest) -> Any:
    asking.refuse(request)
    query = collection_of(client, request.collection, request.tenant).query
    # A request that says nothing of properties wants them all, as the oldest clients do.
    everything = not request.HasField("properties")
    options: dict[str, Any] = {
        "limit": request.limit or None,
        "offset": request.offset or None,
        "filters": read_filter(request.filters) if request.HasField("filters") else None,
        "include_vector": asking.include_vector(request.metadata),
        "return_metadata": asking.return_metadata(request.metadata),
        "return_properties": None if everything else asking.return_properties(request.properties),
        "return_references": asking.return_references(request.properties),
    }
    if not any(request.HasField(name) for name in _RANKED):
        return query.fetch_objects(after=request.after or None, sort=_sorting(request), **options)
    if request.sort_by:
        raise WeaviateQueryError("sorting cannot be combined with search")
    options |= {"auto_limit": request.autocut or None, "group_by": asking.group_by(request)}
    if request.HasField("near_vector"):
        return query.near_vector(**asking.near_vector(request.near_vector), **options)
    if request.HasField("near_object"):
        other = request.near_object
        return query.near_object(
            other.id,
            **asking.bounds(other),
            target_vector=asking.targets(other),
            **options,
        )
    if request.HasField("bm25_search"):
        words = request.bm25_search
        return query.bm25(
            words.query,
            query_properties=list(words.properties) or None,
            operator=asking.bm25_operator(words, "search_operator"),
            **options,
        )
    both = request.hybrid_search
    return query.hybrid(
        **asking.hybrid(both),
        fusion_type=asking.fusion(both),
        **options,
    )


def _sorting(request: search_get_pb2.SearchRequest) -> Sorting | None:
    if not request.sort_by:
        return None
    sorting = Sorting()
    for level in request.sort_by:
        sorting.by_property(level.path[-1], level.ascending)
    return sorting
