"""What a gRPC search asks for, as the arguments of `collection.query` and `.aggregate`."""

from __future__ import annotations

from typing import Any

from weaviate.proto.v1 import base_search_pb2, search_get_pb2

from crystalviz.store.errors import WeaviateQueryError, WeaviateUnsupportedFeatureError
from crystalviz.store.query.asking import (
    BM25Operator,
    Combination,
    GroupBy,
    HybridFusion,
    HybridVector,
    ListOfVectors,
    MetadataQuery,
    QueryNested,
    QueryReference,
    TargetVectorJoin,
)
from crystalviz.store.server import wire

METADATA = {
    "creation_time": "creation_time_unix",
    "last_update_time": "last_update_time_unix",
    "distance": "distance",
    "certainty": "certainty",
    "score": "score",
    "explain_score": "explain_score",
    "is_consistent": "is_consistent",
}
"""Names of metadata in answers, and in messages."""

_COMBINATIONS = {
    base_search_pb2.COMBINATION_METHOD_TYPE_SUM: Combination.SUM,
    base_search_pb2.COMBINATION_METHOD_TYPE_MIN: Combination.MINIMUM,
    base_search_pb2.COMBINATION_METHOD_TYPE_AVERAGE: Combination.AVERAGE,
    base_search_pb2.COMBINATION_METHOD_TYPE_RELATIVE_SCORE: Combination.RELATIVE_SCORE,
    base_search_pb2.COMBINATION_METHOD_TYPE_MANUAL: Combination.MANUAL_WEIGHTS,
}
_FUSIONS = {
    base_search_pb2.Hybrid.FUSION_TYPE_RANKED: HybridFusion.RANKED,
    base_search_pb2.Hybrid.FUSION_TYPE_RELATIVE_SCORE: HybridFusion.RELATIVE_SCORE,
}
_VECTORIZED = (
    ("near_text", "text"),
    ("near_image", "image"),
    ("near_audio", "audio"),
    ("near_video", "video"),
    ("near_depth", "depth"),
    ("near_thermal", "thermal"),
    ("near_imu", "imu"),
)


def refuse(request: Any) -> None:
    """Refuse what needs a model in the database, or is not in this store.

    Raises
    ------
    WeaviateUnsupportedFeatureError
        Naming the part.
    """
    asked = {field.name for field, _ in request.ListFields()}
    for field, what in _VECTORIZED:
        if field in asked:
            raise WeaviateUnsupportedFeatureError(
                f"{field} needs a {what} model in the database, and this store has none. Compute "
                "the vector and use near_vector"
            )
    for field in ("generative", "rerank", "boost"):
        if field in asked:
            raise WeaviateUnsupportedFeatureError(f"{field} is not in this store; leave it out")
    for field in ("near_vector", "near_object", "hybrid_search", "hybrid"):
        if field in asked and getattr(request, field).HasField("selection"):
            raise WeaviateUnsupportedFeatureError(
                "diversity_selection is not in this store; leave it out"
            )


# -- vectors -------------------------------------------------------------------


def near_vector(near: base_search_pb2.NearVector) -> dict[str, Any]:
    """Return the arguments that say which vector is looked for, where, and how near."""
    return {
        "near_vector": _query_vector(near),
        "target_vector": targets(near),
        **bounds(near),
    }


def _query_vector(near: base_search_pb2.NearVector) -> Any:
    if near.vector_for_targets:
        given: dict[str, list[Any]] = {}
        for one in near.vector_for_targets:
            vectors = given.setdefault(one.name, [])
            if one.vector_bytes:
                vectors.append(wire.read_vectors(one.vector_bytes, ()))
            for message in one.vectors:
                vector = wire.read_vector(message)
                vectors.extend([vector] if vector.ndim == 1 else vector)
        return {
            name: vectors[0] if len(vectors) == 1 else ListOfVectors(vectors)
            for name, vectors in given.items()
        }
    if near.vector_per_target:
        return {
            name: wire.read_vectors(packed, ()) for name, packed in near.vector_per_target.items()
        }
    if len(near.vectors) > 1:
        raise WeaviateQueryError(f"near_vector: give 1 vector, not {len(near.vectors)}")
    if near.vectors:
        return wire.read_vector(near.vectors[0])
    return wire.read_vectors(near.vector_bytes, ()) if near.vector_bytes else list(near.vector)


def bounds(near: Any) -> dict[str, Any]:
    """Return `certainty` and `distance`, None where not given."""
    return {
        name: getattr(near, name) if near.HasField(name) else None
        for name in ("certainty", "distance")
    }


def targets(search: Any) -> str | list[str] | TargetVectorJoin | None:
    """Return which vectors are searched, and how their distances are joined."""
    message = search.targets
    # A name comes once for each vector that is looked for in its space.
    names = list(dict.fromkeys([*message.target_vectors, *search.target_vectors]))
    combination = _COMBINATIONS.get(message.combination)
    if combination is None:
        return names[0] if len(names) == 1 else names or None
    weights: dict[str, list[float]] = {}
    for one in message.weights_for_targets:
        weights.setdefault(one.target, []).append(one.weight)
    return TargetVectorJoin(
        combination,
        names,
        {name: own[0] if len(own) == 1 else own for name, own in weights.items()} or None,
    )


# -- words ---------------------------------------------------------------------


def bm25_operator(message: Any, field: str) -> Any:
    """Return how many of the query's tokens an object must have."""
    if not message.HasField(field):
        return None
    options = getattr(message, field)
    kinds = base_search_pb2.SearchOperatorOptions
    if options.operator == kinds.OPERATOR_AND:
        return BM25Operator.and_()
    if options.operator == kinds.OPERATOR_AND_CROSS:
        return BM25Operator.and_cross()
    least = options.minimum_or_tokens_match if options.HasField("minimum_or_tokens_match") else 1
    return BM25Operator.or_(least)


def hybrid(search: base_search_pb2.Hybrid) -> dict[str, Any]:
    """Return the arguments of a hybrid search, without how its halves are joined."""
    if search.HasField("near_text"):
        raise WeaviateUnsupportedFeatureError(
            "hybrid near_text needs a text model in the database, and this store has none. "
            "Compute the vector and give it"
        )
    if not search.use_alpha_param:
        alpha: float | None = search.alpha
    else:
        alpha = search.alpha_param if search.HasField("alpha_param") else None
    vector: Any
    if search.HasField("near_vector"):
        near = search.near_vector
        vector = HybridVector.near_vector(_query_vector(near), **bounds(near))
    elif search.vectors:
        vector = wire.read_vector(search.vectors[0])
    elif search.vector_bytes:
        vector = wire.read_vectors(search.vector_bytes, ())
    else:
        vector = list(search.vector) or None
    return {
        # A search by vector alone has no query.
        "query": search.query or None,
        "alpha": alpha,
        "vector": vector,
        "query_properties": list(search.properties) or None,
        "max_vector_distance": (search.vector_distance if search.WhichOneof("threshold") else None),
        "target_vector": targets(search),
        "bm25_operator": bm25_operator(search, "bm25_search_operator"),
    }


def fusion(search: base_search_pb2.Hybrid) -> HybridFusion | None:
    """Return how the halves of a hybrid search are joined."""
    return _FUSIONS.get(search.fusion_type)


# -- what is shown -------------------------------------------------------------


def include_vector(metadata: search_get_pb2.MetadataRequest) -> bool | list[str]:
    """Return which vectors the answer shows."""
    return list(metadata.vectors) or metadata.vector


def return_metadata(metadata: search_get_pb2.MetadataRequest) -> MetadataQuery:
    """Return which metadata the answer shows."""
    return MetadataQuery(**{ours: getattr(metadata, theirs) for ours, theirs in METADATA.items()})


def return_properties(
    request: search_get_pb2.PropertiesRequest,
) -> list[str | QueryNested] | None:
    """Return which properties the answer shows; None for all."""
    if request.return_all_nonref_properties:
        return None
    return [*request.non_ref_properties, *map(_nested, request.object_properties)]


def _nested(request: search_get_pb2.ObjectPropertiesRequest) -> QueryNested:
    inner = [*request.primitive_properties, *map(_nested, request.object_properties)]
    return QueryNested(request.prop_name, inner)


def return_references(request: search_get_pb2.PropertiesRequest) -> list[QueryReference] | None:
    """Return which references the answer follows."""
    return [_reference(one) for one in request.ref_properties] or None


def _reference(request: search_get_pb2.RefPropertiesRequest) -> QueryReference:
    everything = not request.HasField("properties")
    shown = {
        "include_vector": include_vector(request.metadata),
        "return_metadata": return_metadata(request.metadata),
        "return_properties": None if everything else return_properties(request.properties),
        "return_references": return_references(request.properties),
    }
    if request.target_collection:
        return QueryReference.MultiTarget(
            request.reference_property, target_collection=request.target_collection, **shown
        )
    return QueryReference(request.reference_property, **shown)


def group_by(request: search_get_pb2.SearchRequest) -> GroupBy | None:
    """Return by which property the answer is grouped."""
    if not request.HasField("group_by"):
        return None
    given = request.group_by
    return GroupBy(given.path[-1], given.objects_per_group, given.number_of_groups)
