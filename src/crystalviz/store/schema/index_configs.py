"""A vector's configuration as one reads it, with the attributes of weaviate-client's objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystalviz.store.schema.enums import (
    PQEncoderDistribution,
    PQEncoderType,
    VectorDistances,
    VectorFilterStrategy,
    VectorIndexType,
    Vectorizers,
)

JsonDict = dict[str, Any]


@dataclass
class PQEncoderConfig:
    """The encoder of product quantization."""

    type_: PQEncoderType
    distribution: PQEncoderDistribution


@dataclass
class PQConfig:
    """Product quantization; kept, and without effect."""

    internal_bit_compression: bool
    segments: int
    centroids: int
    training_limit: int
    encoder: PQEncoderConfig

    @property
    def bit_compression(self) -> bool:
        """The older name of `internal_bit_compression`."""
        return self.internal_bit_compression


@dataclass
class BQConfig:
    """Binary quantization; kept, and without effect."""

    cache: bool | None
    rescore_limit: int | None


@dataclass
class SQConfig:
    """Scalar quantization; kept, and without effect."""

    rescore_limit: int
    training_limit: int


@dataclass
class RQConfig:
    """Rotational quantization; kept, and without effect."""

    cache: bool | None
    bits: int | None
    rescore_limit: int
    centering: bool | None = None
    training_limit: int | None = None


Quantizer = PQConfig | BQConfig | SQConfig | RQConfig


@dataclass
class VectorIndexConfigHNSW:
    """An HNSW index: exact below the store's cutoff, a graph above it."""

    multi_vector: None
    quantizer: Quantizer | None
    cleanup_interval_seconds: int
    distance_metric: VectorDistances
    dynamic_ef_min: int
    dynamic_ef_max: int
    dynamic_ef_factor: int
    ef: int
    ef_construction: int
    filter_strategy: VectorFilterStrategy
    flat_search_cutoff: int
    max_connections: int
    skip: bool
    vector_cache_max_objects: int

    @staticmethod
    def vector_index_type() -> str:
        """Return `hnsw`."""
        return VectorIndexType.HNSW.value


@dataclass
class VectorIndexConfigFlat:
    """An exact index."""

    multi_vector: None
    quantizer: Quantizer | None
    distance_metric: VectorDistances
    vector_cache_max_objects: int

    @staticmethod
    def vector_index_type() -> str:
        """Return `flat`."""
        return VectorIndexType.FLAT.value


@dataclass
class VectorIndexConfigDynamic:
    """An exact index that becomes an HNSW one when it grows."""

    distance_metric: VectorDistances
    hnsw: VectorIndexConfigHNSW | None
    flat: VectorIndexConfigFlat | None
    threshold: int | None

    @staticmethod
    def vector_index_type() -> str:
        """Return `dynamic`."""
        return VectorIndexType.DYNAMIC.value


VectorIndexConfig = VectorIndexConfigHNSW | VectorIndexConfigFlat | VectorIndexConfigDynamic


@dataclass
class NamedVectorizerConfig:
    """Who computes a named vector: nobody, the caller brings it."""

    vectorizer: Vectorizers
    model: JsonDict
    source_properties: list[str] | None


@dataclass
class NamedVectorConfig:
    """A named vector."""

    vectorizer: NamedVectorizerConfig
    vector_index_config: VectorIndexConfig


def read_named_vector(document: JsonDict) -> NamedVectorConfig:
    """Return a named vector's configuration from the document's part."""
    return NamedVectorConfig(
        NamedVectorizerConfig(Vectorizers.NONE, {}, None),
        read_index(document["vectorIndexType"], document["vectorIndexConfig"]),
    )


def read_index(kind: str, document: JsonDict) -> VectorIndexConfig:
    """Return a vector index's configuration from the document's part."""
    if kind == "hnsw":
        return _hnsw(document)
    if kind == "flat":
        return _flat(document)
    return VectorIndexConfigDynamic(
        VectorDistances(document["distance"]),
        _hnsw(document["hnsw"]),
        _flat(document["flat"]),
        document["threshold"],
    )


def _hnsw(document: JsonDict) -> VectorIndexConfigHNSW:
    return VectorIndexConfigHNSW(
        None,
        _quantizer(document),
        document["cleanupIntervalSeconds"],
        VectorDistances(document["distance"]),
        document["dynamicEfMin"],
        document["dynamicEfMax"],
        document["dynamicEfFactor"],
        document["ef"],
        document["efConstruction"],
        VectorFilterStrategy(document["filterStrategy"]),
        document["flatSearchCutoff"],
        document["maxConnections"],
        document["skip"],
        document["vectorCacheMaxObjects"],
    )


def _flat(document: JsonDict) -> VectorIndexConfigFlat:
    return VectorIndexConfigFlat(
        None,
        _quantizer(document),
        VectorDistances(document["distance"]),
        document["vectorCacheMaxObjects"],
    )


def _quantizer(document: JsonDict) -> Quantizer | None:
    on = next((n for n in ("bq", "sq", "pq", "rq") if document[n]["enabled"]), None)
    if on is None:
        return None
    given = document[on]
    if on == "bq":
        return BQConfig(given.get("cache"), given.get("rescoreLimit"))
    if on == "sq":
        return SQConfig(given["rescoreLimit"], given.get("trainingLimit", 100000))
    if on == "rq":
        return RQConfig(
            given.get("cache"),
            given.get("bits"),
            given["rescoreLimit"],
            given.get("centering"),
            given.get("trainingLimit"),
        )
    encoder = given.get("encoder") or {}
    return PQConfig(
        given.get("bitCompression", False),
        given.get("segments", 0),
        given.get("centroids", 256),
        given.get("trainingLimit", 100000),
        PQEncoderConfig(
            PQEncoderType(encoder.get("type", "kmeans")),
            PQEncoderDistribution(encoder.get("distribution", "log-normal")),
        ),
    )
