"""A collection's configuration: the document, and how one reads it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crystalviz.store.schema.document import DEFAULT_VECTOR
from crystalviz.store.schema.enums import (
    ReplicationDeletionStrategy,
    StopwordsPreset,
    VectorDistances,
    VectorIndexType,
    Vectorizers,
)
from crystalviz.store.schema.index_configs import (
    NamedVectorConfig,
    VectorIndexConfig,
    read_index,
    read_named_vector,
)
from crystalviz.store.schema.older import from_format_1
from crystalviz.store.schema.property_configs import (
    PropertyConfig,
    ReferencePropertyConfig,
    read_properties,
    read_references,
)

JsonDict = dict[str, Any]


@dataclass
class BM25Config:
    """The two numbers of keyword search."""

    b: float
    k1: float


@dataclass
class StopwordsConfig:
    """The words that keyword search leaves out."""

    preset: StopwordsPreset | str
    additions: list[str] | None
    removals: list[str] | None


@dataclass
class InvertedIndexConfig:
    """Filters and keyword search: what else than values can be filtered, which words count."""

    bm25: BM25Config
    cleanup_interval_seconds: int
    index_null_state: bool
    index_property_length: bool
    index_timestamps: bool
    stopwords: StopwordsConfig
    stopword_presets: dict[str, list[str]] | None = None


@dataclass
class MultiTenancyConfig:
    """Whether the collection has tenants, and whether they come and wake by themselves."""

    enabled: bool
    auto_tenant_creation: bool
    auto_tenant_activation: bool


@dataclass
class ReplicationConfig:
    """Copies in a cluster; kept, and without effect on one machine."""

    factor: int
    async_enabled: bool
    deletion_strategy: ReplicationDeletionStrategy
    async_config: JsonDict | None = None


@dataclass
class ShardingConfig:
    """The collection's one shard."""

    virtual_per_physical: int
    desired_count: int
    actual_count: int
    desired_virtual_count: int
    actual_virtual_count: int
    key: str
    strategy: str
    function: str


@dataclass(frozen=True)
class VectorSpace:
    """A vector of the collection as search needs it.

    Attributes
    ----------
    distance : VectorDistances
        How far is measured.
    dimension : int or None
        That of the first vector stored; None before.
    ef : int or None
        -1 or a number where `Configure.VectorIndex.hnsw(ef=...)` said so; None leaves it to
        the store, which tunes it.
    index_type : VectorIndexType
        hnsw, flat or dynamic.
    ef_construction, max_connections, dynamic_ef_min, dynamic_ef_max, dynamic_ef_factor, \
flat_search_cutoff : int
        Those of the HNSW index; Weaviate's defaults for a flat one.
    """

    distance: VectorDistances = VectorDistances.COSINE
    dimension: int | None = None
    ef: int | None = None
    index_type: VectorIndexType = VectorIndexType.HNSW
    ef_construction: int = 128
    max_connections: int = 32
    dynamic_ef_min: int = 100
    dynamic_ef_max: int = 500
    dynamic_ef_factor: int = 8
    flat_search_cutoff: int = 40000


class CollectionConfig:
    """A collection's whole configuration, with the attributes of weaviate-client's object.

    Parameters
    ----------
    document : dict
        What `schema.document.complete` returns.
    dimensions : dict, optional
        Of every vector that has been stored, how many numbers it has.
    asked_ef : dict, optional
        The ef of the vectors for which one was asked for by name.
    read_only : iterable of str, optional
        The shards that nothing may be written to: tenants, or the collection itself.
    """

    generative_config = None
    object_ttl_config = None
    reranker_config = None
    vectorizer_config = None

    def __init__(
        self,
        document: JsonDict,
        dimensions: dict[str, int] | None = None,
        asked_ef: dict[str, int] | None = None,
        read_only: Iterable[str] = (),
    ) -> None:
        self.document = document
        self.dimensions = dimensions or {}
        self.asked_ef = asked_ef or {}
        self.read_only = set(read_only)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CollectionConfig) and self.document == other.document

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"CollectionConfig({self.document!r})"

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.document["class"]

    @property
    def description(self) -> str | None:
        """For people."""
        return self.document.get("description")

    @cached_property
    def properties(self) -> list[PropertyConfig]:
        """The properties in the order they came; change them through `document` only."""
        return read_properties(self.document)

    @cached_property
    def references(self) -> list[ReferencePropertyConfig]:
        """The cross-references."""
        return read_references(self.document)

    @cached_property
    def inverted_index_config(self) -> InvertedIndexConfig:
        """Filters and keyword search."""
        given = self.document["invertedIndexConfig"]
        stop = given["stopwords"]
        known = {one.value for one in StopwordsPreset}
        preset = StopwordsPreset(stop["preset"]) if stop["preset"] in known else stop["preset"]
        return InvertedIndexConfig(
            BM25Config(**given["bm25"]),
            given["cleanupIntervalSeconds"],
            given["indexNullState"],
            given["indexPropertyLength"],
            given["indexTimestamps"],
            StopwordsConfig(preset, stop["additions"], stop["removals"]),
            given.get("stopwordPresets"),
        )

    @cached_property
    def multi_tenancy_config(self) -> MultiTenancyConfig:
        """Tenants."""
        given = self.document["multiTenancyConfig"]
        return MultiTenancyConfig(
            given["enabled"], given["autoTenantCreation"], given["autoTenantActivation"]
        )

    @property
    def replication_config(self) -> ReplicationConfig:
        """Copies in a cluster."""
        given = self.document["replicationConfig"]
        return ReplicationConfig(
            given["factor"],
            given["asyncEnabled"],
            ReplicationDeletionStrategy(given["deletionStrategy"]),
            given.get("asyncConfig"),
        )

    @property
    def sharding_config(self) -> ShardingConfig | None:
        """The one shard; None where tenants are."""
        given = self.document["shardingConfig"]
        if not given:
            return None
        return ShardingConfig(
            given["virtualPerPhysical"],
            given["desiredCount"],
            given["actualCount"],
            given["desiredVirtualCount"],
            given["actualVirtualCount"],
            given["key"],
            given["strategy"],
            given["function"],
        )

    @cached_property
    def vector_config(self) -> dict[str, NamedVectorConfig] | None:
        """The named vectors; None when the collection was made in the older form."""
        named = self.document.get("vectorConfig")
        if named is None:
            return None
        return {name: read_named_vector(one) for name, one in named.items()}

    @property
    def vector_index_config(self) -> VectorIndexConfig | None:
        """The index of the one vector of the older form."""
        if "vectorIndexConfig" not in self.document:
            return None
        return read_index(self.document["vectorIndexType"], self.document["vectorIndexConfig"])

    @property
    def vector_index_type(self) -> VectorIndexType | None:
        """The kind of index of the older form's vector."""
        kind = self.document.get("vectorIndexType")
        return None if kind is None else VectorIndexType(kind)

    @property
    def vectorizer(self) -> Vectorizers | None:
        """`none` in the older form."""
        return Vectorizers.NONE if self.vector_config is None else None

    @cached_property
    def vectors(self) -> dict[str, VectorSpace]:
        """Every vector as search needs it, by name; the older form's is `default`."""
        named = dict(self.document.get("vectorConfig") or {})
        if "vectorIndexConfig" in self.document:
            named = {DEFAULT_VECTOR: self.document} | named
        return {name: self._space(name, one) for name, one in named.items()}

    def _space(self, name: str, given: JsonDict) -> VectorSpace:
        kind, index = VectorIndexType(given["vectorIndexType"]), given["vectorIndexConfig"]
        hnsw = index.get("hnsw", index) if kind is VectorIndexType.DYNAMIC else index
        known = VectorSpace()
        return VectorSpace(
            VectorDistances(index["distance"]),
            self.dimensions.get(name),
            self.asked_ef.get(name),
            kind,
            hnsw.get("efConstruction", known.ef_construction),
            hnsw.get("maxConnections", known.max_connections),
            hnsw.get("dynamicEfMin", known.dynamic_ef_min),
            hnsw.get("dynamicEfMax", known.dynamic_ef_max),
            hnsw.get("dynamicEfFactor", known.dynamic_ef_factor),
            hnsw.get("flatSearchCutoff", known.flat_search_cutoff),
        )

    def property(self, name: str) -> PropertyConfig | None:
        """Return the property of that name, or None; references are no properties."""
        return next((p for p in self.properties if p.name == name), None)

    def reference(self, name: str) -> ReferencePropertyConfig | None:
        """Return the reference of that name, or None."""
        return next((r for r in self.references if r.name == name), None)

    # -- changing --------------------------------------------------------------

    def replace_document(self, document: JsonDict) -> None:
        """Take another document; the dimensions stay."""
        self.document = document
        self._forget()

    def set_dimension(self, vector: str, dimension: int) -> None:
        """Keep how many numbers a vector has."""
        self.dimensions[vector] = dimension
        self._forget()

    def _forget(self) -> None:
        for name, value in vars(CollectionConfig).items():
            if isinstance(value, cached_property):
                self.__dict__.pop(name, None)

    # -- keeping ---------------------------------------------------------------

    def to_dict(self) -> JsonDict:
        """Return the configuration in the JSON of Weaviate's REST interface."""
        return copy.deepcopy(self.document) | {"moduleConfig": {}}

    def to_json(self) -> str:
        """Return the configuration as the database keeps it."""
        return json.dumps(
            {
                "document": self.document,
                "dimensions": self.dimensions,
                "ef": self.asked_ef,
                "read_only": sorted(self.read_only),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> CollectionConfig:
        """Read what `to_json` wrote, today's or that of store format 1."""
        raw = json.loads(text)
        if "document" not in raw:
            return cls(*from_format_1(raw))
        return cls(raw["document"], raw["dimensions"], raw["ef"], raw.get("read_only", ()))
