"""Makes changes of a collection's configuration, as weaviate-client's `Reconfigure` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystalviz.store.schema.enums import (
    PQEncoderDistribution,
    PQEncoderType,
    ReplicationDeletionStrategy,
    StopwordsPreset,
    VectorFilterStrategy,
)
from crystalviz.store.schema.parts import Part, VectorIndex, given
from crystalviz.store.schema.parts import Quantizer as QuantizerPart


@dataclass
class VectorUpdate:
    """A change of one vector's index."""

    name: str
    vector_index_config: Any


class _QuantizerUpdates:
    """Quantizers switched on or off; without effect on the answers."""

    @staticmethod
    def pq(
        *,
        centroids: int | None = None,
        encoder_distribution: PQEncoderDistribution | str | None = None,
        encoder_type: PQEncoderType | str | None = None,
        segments: int | None = None,
        training_limit: int | None = None,
        enabled: bool = True,
    ) -> QuantizerPart:
        """Return product quantization."""
        settings = given(
            enabled=enabled, centroids=centroids, segments=segments, trainingLimit=training_limit
        )
        encoder = given(type=encoder_type, distribution=encoder_distribution)
        if encoder:
            settings["encoder"] = Part(encoder)
        return QuantizerPart(settings, "pq")

    @staticmethod
    def bq(*, rescore_limit: int | None = None, enabled: bool = True) -> QuantizerPart:
        """Return binary quantization."""
        return QuantizerPart(given(enabled=enabled, rescoreLimit=rescore_limit), "bq")

    @staticmethod
    def sq(
        *,
        rescore_limit: int | None = None,
        training_limit: int | None = None,
        enabled: bool = True,
    ) -> QuantizerPart:
        """Return scalar quantization."""
        return QuantizerPart(
            given(enabled=enabled, rescoreLimit=rescore_limit, trainingLimit=training_limit), "sq"
        )

    @staticmethod
    def rq(
        *, rescore_limit: int | None = None, enabled: bool = True, bits: int | None = None
    ) -> QuantizerPart:
        """Return rotational quantization."""
        return QuantizerPart(given(enabled=enabled, rescoreLimit=rescore_limit, bits=bits), "rq")


class _IndexUpdates:
    """Changes of a vector index."""

    Quantizer = _QuantizerUpdates

    @staticmethod
    def hnsw(
        *,
        dynamic_ef_factor: int | None = None,
        dynamic_ef_min: int | None = None,
        dynamic_ef_max: int | None = None,
        ef: int | None = None,
        flat_search_cutoff: int | None = None,
        filter_strategy: VectorFilterStrategy | str | None = None,
        vector_cache_max_objects: int | None = None,
        quantizer: QuantizerPart | None = None,
    ) -> VectorIndex:
        """Return a change of an HNSW index."""
        return VectorIndex(
            given(
                dynamicEfFactor=dynamic_ef_factor,
                dynamicEfMin=dynamic_ef_min,
                dynamicEfMax=dynamic_ef_max,
                ef=ef,
                flatSearchCutoff=flat_search_cutoff,
                filterStrategy=filter_strategy,
                vectorCacheMaxObjects=vector_cache_max_objects,
            ),
            "hnsw",
            quantizer,
        )

    @staticmethod
    def flat(
        *, vector_cache_max_objects: int | None = None, quantizer: QuantizerPart | None = None
    ) -> VectorIndex:
        """Return a change of an exact index."""
        return VectorIndex(given(vectorCacheMaxObjects=vector_cache_max_objects), "flat", quantizer)

    @staticmethod
    def dynamic(
        *,
        threshold: int | None = None,
        hnsw: VectorIndex | None = None,
        flat: VectorIndex | None = None,
    ) -> VectorIndex:
        """Return a change of a dynamic index."""
        settings = given(threshold=threshold)
        settings |= {
            name: part for name, part in (("hnsw", hnsw), ("flat", flat)) if part is not None
        }
        return VectorIndex(settings, "dynamic")


class _Vectors:
    """Changes of vectors."""

    @staticmethod
    def update(*, name: str | None = None, vector_index_config: Any) -> VectorUpdate:
        """Return a change of the vector of that name (`default` where nothing is said)."""
        return VectorUpdate(name or "default", vector_index_config)


class _NamedVectors:
    """The older spelling of `Vectors`."""

    @staticmethod
    def update(name: str, *, vector_index_config: Any) -> VectorUpdate:
        """Return a change of the vector of that name."""
        return VectorUpdate(name, vector_index_config)


class Reconfigure:
    """Makes changes of a collection's configuration, as weaviate-client's class does."""

    VectorIndex = _IndexUpdates
    Vectors = _Vectors
    NamedVectors = _NamedVectors

    @staticmethod
    def inverted_index(
        *,
        bm25_b: float | None = None,
        bm25_k1: float | None = None,
        cleanup_interval_seconds: int | None = None,
        stopwords_additions: list[str] | None = None,
        stopwords_preset: StopwordsPreset | str | None = None,
        stopwords_removals: list[str] | None = None,
        stopword_presets: dict[str, list[str]] | None = None,
    ) -> Part:
        """Return a change of keyword search."""
        return Part(
            {
                "bm25": Part(given(b=bm25_b, k1=bm25_k1)),
                "stopwords": Part(
                    given(
                        preset=stopwords_preset,
                        additions=stopwords_additions,
                        removals=stopwords_removals,
                    )
                ),
            }
            | given(
                cleanupIntervalSeconds=cleanup_interval_seconds, stopwordPresets=stopword_presets
            )
        )

    @staticmethod
    def multi_tenancy(
        auto_tenant_creation: bool | None = None, auto_tenant_activation: bool | None = None
    ) -> Part:
        """Return a change of what tenants do by themselves."""
        return Part(
            given(
                autoTenantCreation=auto_tenant_creation,
                autoTenantActivation=auto_tenant_activation,
            )
        )

    @staticmethod
    def replication(
        factor: int | None = None,
        async_enabled: bool | None = None,
        deletion_strategy: ReplicationDeletionStrategy | str | None = None,
    ) -> Part:
        """Return a change of copies in a cluster; without effect on one machine."""
        return Part(
            given(factor=factor, asyncEnabled=async_enabled, deletionStrategy=deletion_strategy)
        )
