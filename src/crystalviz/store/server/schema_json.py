"""A collection's configuration from and to Weaviate's REST JSON."""

from __future__ import annotations

from typing import Any

from crystalviz.store.client import Client
from crystalviz.store.collection import Collection
from crystalviz.store.schema import (
    CollectionConfig,
    InvertedIndexConfig,
    Property,
    PropertyConfig,
    VectorConfig,
    VectorIndexConfig,
    VectorSpace,
)


def create(client: Client, raw: dict[str, Any]) -> Collection:
    """Make a collection from the body of `POST /v1/schema`."""
    inverted = raw.get("invertedIndexConfig") or {}
    vectors = [
        VectorConfig(
            name,
            next(iter(one.get("vectorizer") or {"none": {}})),
            _index(one.get("vectorIndexConfig")),
        )
        for name, one in (raw.get("vectorConfig") or {}).items()
    ]
    return client.collections.create(
        raw["class"],
        description=raw.get("description"),
        properties=[read_property(one) for one in raw.get("properties") or ()],
        vector_config=vectors or None,
        vector_index_config=_index(raw.get("vectorIndexConfig")),
        inverted_index_config=InvertedIndexConfig(
            bool(inverted.get("indexNullState")),
            bool(inverted.get("indexPropertyLength")),
            bool(inverted.get("indexTimestamps")),
        ),
    )


def read_property(raw: dict[str, Any]) -> Property:
    """Return the property that REST JSON describes."""
    return Property(
        raw["name"],
        raw["dataType"][0],
        raw.get("description"),
        raw.get("indexFilterable"),
        raw.get("indexSearchable"),
        raw.get("indexRangeFilters"),
        raw.get("tokenization") or None,
    )


def _index(raw: dict[str, Any] | None) -> VectorIndexConfig:
    raw = raw or {}
    return VectorIndexConfig(
        raw.get("distance"), raw.get("efConstruction"), raw.get("maxConnections"), raw.get("ef")
    )


def to_json(config: CollectionConfig) -> dict[str, Any]:
    """Return the configuration as `GET /v1/schema/{class}` gives it."""
    inverted = config.inverted_index_config
    return {
        "class": config.name,
        "description": config.description,
        "properties": [_property(one) for one in config.properties],
        "vectorConfig": {name: _vector(space) for name, space in config.vectors.items()},
        "invertedIndexConfig": {
            "bm25": {"b": 0.75, "k1": 1.2},
            "cleanupIntervalSeconds": 60,
            "indexNullState": inverted.index_null_state,
            "indexPropertyLength": inverted.index_property_length,
            "indexTimestamps": inverted.index_timestamps,
            "stopwords": {"preset": "en", "additions": None, "removals": None},
        },
        "multiTenancyConfig": {
            "enabled": False,
            "autoTenantCreation": False,
            "autoTenantActivation": False,
        },
        "replicationConfig": {
            "factor": 1,
            "asyncEnabled": False,
            "deletionStrategy": "NoAutomatedResolution",
        },
        "shardingConfig": {
            "virtualPerPhysical": 128,
            "desiredCount": 1,
            "actualCount": 1,
            "desiredVirtualCount": 128,
            "actualVirtualCount": 128,
            "key": "_id",
            "strategy": "hash",
            "function": "murmur3",
        },
    }


def _property(prop: PropertyConfig) -> dict[str, Any]:
    return {
        "name": prop.name,
        "dataType": [prop.data_type],
        "description": prop.description,
        "tokenization": prop.tokenization,
        "indexFilterable": prop.index_filterable,
        "indexSearchable": prop.index_searchable,
        "indexRangeFilters": prop.index_range_filters,
    }


def _vector(space: VectorSpace) -> dict[str, Any]:
    return {
        "vectorizer": {"none": {}},
        "vectorIndexType": "hnsw",
        "vectorIndexConfig": {
            "skip": False,
            "cleanupIntervalSeconds": 300,
            "maxConnections": space.max_connections or 32,
            "efConstruction": space.ef_construction or 128,
            "ef": space.ef or -1,
            "dynamicEfMin": 100,
            "dynamicEfMax": 500,
            "dynamicEfFactor": 8,
            "vectorCacheMaxObjects": 1_000_000_000_000,
            "flatSearchCutoff": 40_000,
            "distance": space.distance,
            "filterStrategy": "acorn",
        },
    }
