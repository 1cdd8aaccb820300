"""What `collections.create` and `config.update` are asked for, as documents."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateUnsupportedFeatureError
from crystalviz.store.schema.collection_config import CollectionConfig
from crystalviz.store.schema.document import DEFAULT_VECTOR, plain
from crystalviz.store.schema.parts import (
    QUANTIZERS,
    VectorConfig,
    as_document,
    attribute,
    index_kind,
    vector_document,
)

JsonDict = dict[str, Any]


def creation_document(
    name: str,
    *,
    description: str | None = None,
    generative_config: Any = None,
    inverted_index_config: Any = None,
    multi_tenancy_config: Any = None,
    object_ttl_config: Any = None,
    properties: Sequence[Any] | None = None,
    references: Sequence[Any] | None = None,
    replication_config: Any = None,
    reranker_config: Any = None,
    sharding_config: Any = None,
    vector_index_config: Any = None,
    vectorizer_config: Any = None,
    vector_config: Any = None,
) -> JsonDict:
    """Return what the arguments of `collections.create` ask for, in the JSON of a server.

    Raises
    ------
    WeaviateUnsupportedFeatureError
        For vectorizers, generative and reranking models.
    WeaviateInvalidInputError
        For arguments that do not go together.
    """
    for given, what in (
        (generative_config, "generative models"),
        (reranker_config, "reranking models"),
    ):
        if given is not None:
            raise WeaviateUnsupportedFeatureError(f"{what} are not in the embedded store")
    document: JsonDict = {"class": name}
    if description is not None:
        document["description"] = description
    for key, part in (
        ("invertedIndexConfig", inverted_index_config),
        ("multiTenancyConfig", multi_tenancy_config),
        ("objectTtlConfig", object_ttl_config),
        ("replicationConfig", replication_config),
        ("shardingConfig", sharding_config),
    ):
        if part is not None:
            document[key] = as_document(part, key)
    document["properties"] = [as_document(one, "properties") for one in properties or ()]
    document["properties"] += [as_document(one, "references") for one in references or ()]
    return document | _vectors(vector_config, vectorizer_config, vector_index_config)


def _vectors(vector_config: Any, vectorizer_config: Any, vector_index_config: Any) -> JsonDict:
    if vector_config is not None and (vectorizer_config, vector_index_config) != (None, None):
        raise WeaviateInvalidInputError(
            "vector_config says everything: leave out vectorizer_config and vector_index_config"
        )
    if isinstance(vectorizer_config, list | tuple):
        return {"vectorConfig": named_vectors(vectorizer_config)}
    if vectorizer_config is not None or vector_index_config is not None:
        return _older_vector(vectorizer_config, vector_index_config)
    if vector_config is None:
        vector_config = VectorConfig(DEFAULT_VECTOR)
    several = vector_config if isinstance(vector_config, list | tuple) else [vector_config]
    return {"vectorConfig": named_vectors(several)}


def _older_vector(vectorizer: Any, index: Any) -> JsonDict:
    name = attribute(vectorizer, "vectorizer") or "none"
    if index is None:
        index = attribute(vectorizer, "vector_index_config")
    document: JsonDict = {"vectorizer": str(getattr(name, "value", name))}
    if index is not None:
        document["vectorIndexType"] = index_kind(index)
        document["vectorIndexConfig"] = as_document(index, "vector_index_config")
    return document


def named_vectors(given: Sequence[Any]) -> JsonDict:
    """Return the documents of vectors by name; the only one may go without a name."""
    named: JsonDict = {}
    for one in given:
        name = getattr(one, "name", None)
        if name is None and len(given) > 1:
            raise WeaviateInvalidInputError("several vectors need a name each")
        name = name or DEFAULT_VECTOR
        if name in named:
            raise WeaviateInvalidInputError(f"two vectors are named {name!r}: give each its name")
        named[name] = vector_document(one)
    return named


def asked_ef(document: JsonDict) -> dict[str, int]:
    """Return the ef that a request names, by vector."""
    named = {DEFAULT_VECTOR: document} | (document.get("vectorConfig") or {})
    asked = {}
    for name, vector in named.items():
        index = vector.get("vectorIndexConfig") or {}
        ef = index.get("hnsw", index).get("ef")
        if ef is not None:
            asked[name] = ef
    return asked


def updated_document(
    config: CollectionConfig,
    *,
    description: str | None = None,
    property_descriptions: Mapping[str, str] | None = None,
    inverted_index_config: Any = None,
    multi_tenancy_config: Any = None,
    object_ttl_config: Any = None,
    replication_config: Any = None,
    vector_index_config: Any = None,
    vectorizer_config: Any = None,
    vector_config: Any = None,
    generative_config: Any = None,
    reranker_config: Any = None,
) -> JsonDict:
    """Return the collection's document with the changes of `config.update` in it.

    Raises
    ------
    WeaviateInvalidInputError
        For a property or vector that is not there, or another quantizer than the one that is.
    WeaviateUnsupportedFeatureError
        For models and time to live.
    """
    for given, what in (
        (generative_config, "generative models"),
        (reranker_config, "reranking models"),
        (object_ttl_config, "objects that expire"),
    ):
        if given is not None:
            raise WeaviateUnsupportedFeatureError(f"{what} are not in the embedded store")
    document = copy.deepcopy(config.document)
    if description is not None:
        document["description"] = description
    by_name = {one["name"]: one for one in document["properties"]}
    for name, text in (property_descriptions or {}).items():
        if name not in by_name:
            raise WeaviateInvalidInputError(f"{config.name} has no property {name!r}")
        by_name[name]["description"] = text
    for key, part in (
        ("invertedIndexConfig", inverted_index_config),
        ("multiTenancyConfig", multi_tenancy_config),
        ("replicationConfig", replication_config),
    ):
        if part is not None:
            document[key] = plain(part.merge_with_existing(document[key]))
    if vectorizer_config is not None and not hasattr(vectorizer_config, "merge_with_existing"):
        vector_config, vectorizer_config = vectorizer_config, None
    one_index = vector_index_config if vectorizer_config is None else vectorizer_config
    if one_index is not None:
        if "vectorIndexConfig" not in document:
            raise WeaviateInvalidInputError(
                f"{config.name} has named vectors: change them with "
                "vector_config=Reconfigure.Vectors.update(name=..., vector_index_config=...)"
            )
        _change_index(document, one_index)
    for change in _several(vector_config):
        vectors = document.get("vectorConfig") or {}
        if change.name not in vectors:
            raise WeaviateInvalidInputError(f"{config.name} has no vector named {change.name!r}")
        _change_index(
            vectors[change.name], attribute(change, "vector_index_config", "vectorIndexConfig")
        )
    return document


def _several(given: Any) -> Sequence[Any]:
    if given is None:
        return ()
    return given if isinstance(given, list | tuple) else (given,)


def _change_index(vector: JsonDict, change: Any) -> None:
    index = vector["vectorIndexConfig"]
    quantizer = getattr(change, "quantizer", None)
    if quantizer is not None:
        name = quantizer.quantizer_name()
        others = [
            other
            for other in QUANTIZERS
            if other != name and (index.get(other) or {}).get("enabled")
        ]
        if others:
            raise WeaviateInvalidInputError(
                f"the quantizer is {others[0]}, and cannot become {name}: make the collection anew"
            )
    vector["vectorIndexConfig"] = plain(change.merge_with_existing(index))
    vector["vectorIndexType"] = index_kind(change)
