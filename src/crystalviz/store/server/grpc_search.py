"""gRPC `Search`: every query, translated to the calls of `collection.query`."""

from __future__ import annotations

import time
from typing import Any

from weaviate.proto.v1 import base_pb2, search_get_pb2

from crystalviz.store.asking import MetadataQuery
from crystalviz.store.client import Client
from crystalviz.store.collection import Collection
from crystalviz.store.errors import WeaviateUnsupportedFeatureError
from crystalviz.store.results import Object, QueryReturn
from crystalviz.store.server import wire
from crystalviz.store.server.grpc_filters import read_filter
from crystalviz.store.sorting import Sorting

_METADATA = {
    "creation_time": "creation_time_unix",
    "last_update_time": "last_update_time_unix",
    "distance": "distance",
    "certainty": "certainty",
    "score": "score",
    "explain_score": "explain_score",
    "is_consistent": "is_consistent",
}


def search(client: Client, request: search_get_pb2.SearchRequest) -> search_get_pb2.SearchReply:
    """Answer a query."""
    started = time.perf_counter()
    collection = client.collections.use(request.collection)
    if request.tenant:
        collection = collection.with_tenant(request.tenant)
    answer = _ask(collection, request)
    types = {prop.name: prop.data_type for prop in collection.config.get().properties}
    results = [_result(one, types) for one in answer.objects]
    return search_get_pb2.SearchReply(took=time.perf_counter() - started, results=results)


def _ask(collection: Collection, request: search_get_pb2.SearchRequest) -> QueryReturn:
    query = collection.query
    options: dict[str, Any] = {
        "limit": request.limit or None,
        "offset": request.offset or None,
        "filters": read_filter(request.filters) if request.HasField("filters") else None,
        "include_vector": _include(request.metadata),
        "return_metadata": _metadata(request.metadata),
        "return_properties": _properties(request),
    }
    if request.HasField("near_vector"):
        near = request.near_vector
        return query.near_vector(
            _near_vector(near), **_bounds(near), target_vector=_targets(near), **options
        )
    if request.HasField("near_object"):
        other = request.near_object
        return query.near_object(
            other.id, **_bounds(other), target_vector=_targets(other), **options
        )
    for name in ("hybrid_search", "bm25_search", "near_text", "near_image"):
        if request.HasField(name):
            raise WeaviateUnsupportedFeatureError(f"{name} is not in this store")
    return query.fetch_objects(after=request.after or None, sort=_sorting(request), **options)


def _near_vector(near: Any) -> Any:
    if near.vector_for_targets:
        return {
            one.name: wire.read_vectors(one.vector_bytes, one.vectors)
            for one in near.vector_for_targets
        }
    if near.vectors:
        return wire.read_vector(near.vectors[0])
    return wire.read_vectors(near.vector_bytes, ()) if near.vector_bytes else list(near.vector)


def _bounds(near: Any) -> dict[str, Any]:
    return {
        name: getattr(near, name) if near.HasField(name) else None
        for name in ("certainty", "distance")
    }


def _targets(near: Any) -> str | None:
    names = list(near.targets.target_vectors) or list(near.target_vectors)
    return names[0] if names else None


def _include(metadata: search_get_pb2.MetadataRequest) -> bool | list[str]:
    return list(metadata.vectors) or metadata.vector


def _metadata(metadata: search_get_pb2.MetadataRequest) -> MetadataQuery:
    return MetadataQuery(**{ours: getattr(metadata, theirs) for ours, theirs in _METADATA.items()})


def _properties(request: search_get_pb2.SearchRequest) -> list[str] | None:
    if not request.HasField("properties") or request.properties.return_all_nonref_properties:
        return None
    return list(request.properties.non_ref_properties)


def _sorting(request: search_get_pb2.SearchRequest) -> Sorting | None:
    if not request.sort_by:
        return None
    sorting = Sorting()
    for level in request.sort_by:
        sorting.by_property(level.path[-1], level.ascending)
    return sorting


def _result(found: Object, types: dict[str, str]) -> search_get_pb2.SearchResult:
    properties = search_get_pb2.PropertiesResult(
        target_collection=found.collection,
        non_ref_props=wire.properties_message(found.properties, types),
    )
    return search_get_pb2.SearchResult(properties=properties, metadata=_metadata_result(found))


def _metadata_result(found: Object) -> search_get_pb2.MetadataResult:
    message = search_get_pb2.MetadataResult(
        id=str(found.uuid),
        id_as_bytes=found.uuid.bytes,
        vectors=[
            base_pb2.Vectors(
                name=name,
                vector_bytes=wire.vector_bytes(vector),
                type=base_pb2.Vectors.VECTOR_TYPE_SINGLE_FP32,
            )
            for name, vector in found.vector.items()
        ],
    )
    for ours, theirs in _METADATA.items():
        value = getattr(found.metadata, ours)
        if value is None:
            continue
        if ours.endswith("_time"):
            value = round(value.timestamp() * 1000)
        setattr(message, theirs, value)
        setattr(message, f"{theirs}_present", True)
    return message
