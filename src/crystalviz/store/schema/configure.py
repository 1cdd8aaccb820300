"""Makes the parts of a collection's configuration, as weaviate-client's `Configure` does."""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.schema.enums import (
    PQEncoderDistribution,
    PQEncoderType,
    ReplicationDeletionStrategy,
    StopwordsPreset,
    VectorDistances,
    VectorFilterStrategy,
)
from crystalviz.store.schema.parts import Part, VectorConfig, VectorIndex, given
from crystalviz.store.schema.parts import Quantizer as QuantizerPart


class _Quantizers:
    """Quantizers: kept with the configuration, and without effect on the answers."""

    @staticmethod
    def pq(
        *,
        centroids: int | None = None,
        encoder_distribution: PQEncoderDistribution | str | None = None,
        encoder_type: PQEncoderType | str | None = None,
        segments: int | None = None,
        training_limit: int | None = None,
    ) -> QuantizerPart:
        """Return product quantization."""
        encoder = given(type=encoder_type, distribution=encoder_distribution)
        return QuantizerPart(
            given(
                enabled=True,
                centroids=centroids,
                segments=segments,
                trainingLimit=training_limit,
                encoder=encoder or None,
            ),
            "pq",
        )

    @staticmethod
    def bq(*, cache: bool | None = None, rescore_limit: int | None = None) -> QuantizerPart:
        """Return binary quantization."""
        return QuantizerPart(given(enabled=True, cache=cache, rescoreLimit=rescore_limit), "bq")

    @staticmethod
    def sq(
        *,
        rescore_limit: int | None = None,
        training_limit: int | None = None,
    ) -> QuantizerPart:
        """Return scalar quantization."""
        return QuantizerPart(
            given(enabled=True, rescoreLimit=rescore_limit, trainingLimit=training_limit), "sq"
        )

    @staticmethod
    def rq(
        *,
        cache: bool | None = None,
        bits: int | None = None,
        rescore_limit: int | None = None,
        centering: bool | None = None,
        training_limit: int | None = None,
    ) -> QuantizerPart:
        """Return rotational quantization."""
        return QuantizerPart(
            given(
                enabled=True,
                cache=cache,
                bits=bits,
                rescoreLimit=rescore_limit,
                centering=centering,
                trainingLimit=training_limit,
            ),
            "rq",
        )

    @staticmethod
    def none() -> QuantizerPart:
        """Return that nothing is quantized, whatever a server's default says."""
        return QuantizerPart({}, "skipDefaultQuantization")


class _VectorIndexes:
    """Vector index settings."""

    Quantizer = _Quantizers

    @staticmethod
    def hnsw(
        *,
        cleanup_interval_seconds: int | None = None,
        distance_metric: VectorDistances | str | None = None,
        dynamic_ef_factor: int | None = None,
        dynamic_ef_max: int | None = None,
        dynamic_ef_min: int | None = None,
        ef: int | None = None,
        ef_construction: int | None = None,
        filter_strategy: VectorFilterStrategy | str | None = None,
        flat_search_cutoff: int | None = None,
        max_connections: int | None = None,
        vector_cache_max_objects: int | None = None,
        quantizer: QuantizerPart | None = None,
    ) -> VectorIndex:
        """Return an HNSW index; the store searches exactly until there are too many vectors.

        Parameters
        ----------
        ef : int, optional
            Breadth of a search. Where nothing is said the store tunes it to a recall of
            .99; -1 is Weaviate's rule (8 times the limit, within 100..500).
        """
        return VectorIndex(
            given(
                cleanupIntervalSeconds=cleanup_interval_seconds,
                distance=distance_metric,
                dynamicEfFactor=dynamic_ef_factor,
                dynamicEfMax=dynamic_ef_max,
                dynamicEfMin=dynamic_ef_min,
                ef=ef,
                efConstruction=ef_construction,
                filterStrategy=filter_strategy,
                flatSearchCutoff=flat_search_cutoff,
                maxConnections=max_connections,
                vectorCacheMaxObjects=vector_cache_max_objects,
            ),
            "hnsw",
            quantizer,
        )

    @staticmethod
    def flat(
        *,
        distance_metric: VectorDistances | str | None = None,
        vector_cache_max_objects: int | None = None,
        quantizer: QuantizerPart | None = None,
    ) -> VectorIndex:
        """Return an exact index."""
        return VectorIndex(
            given(distance=distance_metric, vectorCacheMaxObjects=vector_cache_max_objects),
            "flat",
            quantizer,
        )

    @staticmethod
    def dynamic(
        *,
        distance_metric: VectorDistances | str | None = None,
        threshold: int | None = None,
        hnsw: VectorIndex | None = None,
        flat: VectorIndex | None = None,
    ) -> VectorIndex:
        """Return an index that is exact at first and HNSW above `threshold` vectors."""
        settings = given(distance=distance_metric, threshold=threshold)
        settings |= {
            name: part for name, part in (("hnsw", hnsw), ("flat", flat)) if part is not None
        }
        return VectorIndex(settings, "dynamic")

    @staticmethod
    def none() -> VectorIndex:
        """Return an index that Weaviate would skip; the store finds its vectors all the same."""
        return VectorIndex({"skip": True}, "hnsw")


def _with_quantizer(index: Any, quantizer: QuantizerPart | None) -> Any:
    if quantizer is None:
        return index
    if index is None:
        return VectorIndex({}, "hnsw", quantizer)
    index.quantizer = quantizer
    return index


class _Vectors:
    """Vectors that the caller brings."""

    @staticmethod
    def self_provided(
        *,
        name: str | None = None,
        quantizer: QuantizerPart | None = None,
        vector_index_config: Any = None,
    ) -> VectorConfig:
        """Return a vector of the collection, by `name` when there are several."""
        return VectorConfig(name, "none", _with_quantizer(vector_index_config, quantizer))


class _NamedVectors:
    """The older spelling of `Vectors` for several."""

    @staticmethod
    def none(name: str, *, vector_index_config: Any = None) -> VectorConfig:
        """Return a named vector that the caller brings."""
        return VectorConfig(name, "none", vector_index_config)


class _Vectorizer:
    """The older spelling of `Vectors` for one."""

    @staticmethod
    def none() -> VectorConfig:
        """Return the vector that the caller brings."""
        return VectorConfig()


class Configure:
    """Makes the parts of a collection's configuration, as weaviate-client's class does."""

    VectorIndex = _VectorIndexes
    Vectors = _Vectors
    NamedVectors = _NamedVectors
    Vectorizer = _Vectorizer

    @staticmethod
    def inverted_index(
        *,
        bm25_b: float | None = None,
        bm25_k1: float | None = None,
        cleanup_interval_seconds: int | None = None,
        index_timestamps: bool | None = None,
        index_property_length: bool | None = None,
        index_null_state: bool | None = None,
        stopwords_preset: StopwordsPreset | str | None = None,
        stopwords_additions: list[str] | None = None,
        stopwords_removals: list[str] | None = None,
        stopword_presets: dict[str, list[str]] | None = None,
    ) -> Part:
        """Return what else than values can be filtered, and how keyword search ranks."""
        if (bm25_b is None) != (bm25_k1 is None):
            raise WeaviateInvalidInputError("bm25_b and bm25_k1 belong together: give both")
        return Part(
            given(
                bm25=given(b=bm25_b, k1=bm25_k1) or None,
                cleanupIntervalSeconds=cleanup_interval_seconds,
                indexTimestamps=index_timestamps,
                indexPropertyLength=index_property_length,
                indexNullState=index_null_state,
                stopwords=given(
                    preset=stopwords_preset,
                    additions=stopwords_additions,
                    removals=stopwords_removals,
                )
                or None,
                stopwordPresets=stopword_presets,
            )
        )

    @staticmethod
    def multi_tenancy(
        enabled: bool = True,
        auto_tenant_creation: bool | None = None,
        auto_tenant_activation: bool | None = None,
    ) -> Part:
        """Return that the collection has tenants, and whether they come and wake by themselves."""
        return Part(
            given(
                enabled=enabled,
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
        """Return copies in a cluster; kept, and without effect on one machine."""
        return Part(
            given(factor=factor, asyncEnabled=async_enabled, deletionStrategy=deletion_strategy)
        )

    @staticmethod
    def sharding(
        virtual_per_physical: int | None = None,
        desired_count: int | None = None,
        desired_virtual_count: int | None = None,
    ) -> Part:
        """Return shards; the embedded store has one, whatever is asked for."""
        return Part(
            given(
                virtualPerPhysical=virtual_per_physical,
                desiredCount=desired_count,
                desiredVirtualCount=desired_virtual_count,
            )
        )

    @staticmethod
    def text_analyzer(
        ascii_fold: bool | None = None,
        ascii_fold_ignore: list[str] | None = None,
        stopword_preset: StopwordsPreset | str | None = None,
    ) -> Part:
        """Return how a text is folded before it is cut into tokens, and its stopwords."""
        return Part(
            given(
                asciiFold=ascii_fold,
                asciiFoldIgnore=ascii_fold_ignore,
                stopwordPreset=stopword_preset,
            )
        )
