"""A collection's configuration as JSON: what a server keeps and its REST interface shows.

`complete` turns what was asked for into the whole document: Weaviate's defaults filled in,
its refusals raised. The functions for properties and for vector indexes are in files of
their own; the sources of the defaults are the server's `usecases/schema/class.go`,
`usecases/config/config_handler.go` and `usecases/sharding/config/config.go`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.schema.enums import ReplicationDeletionStrategy, StopwordsPreset
from crystalviz.store.schema.names import collection_name, is_vector_name
from crystalviz.store.schema.property_document import complete_properties
from crystalviz.store.schema.vector_document import complete_index, complete_vector

DEFAULT_VECTOR = "default"

# Parts of a document that no call of the store reads; kept as they came.
_KEPT_AS_GIVEN = ("objectTtlConfig",)

JsonDict = dict[str, Any]


def plain(value: Any) -> Any:
    """Return a value with its enumerations turned into their text, and copied throughout."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def refused(collection: str, what: str) -> UnexpectedStatusCodeError:
    """Return the error of a configuration that Weaviate refuses."""
    return UnexpectedStatusCodeError(f"{collection}: {what}", 422)


def complete(given: JsonDict) -> JsonDict:
    """Return a new collection's whole configuration.

    Parameters
    ----------
    given : dict
        What was asked for, in the JSON of Weaviate's REST interface.

    Raises
    ------
    WeaviateInvalidInputError
        When the name is not valid.
    UnexpectedStatusCodeError
        422 for what a server refuses.
    WeaviateUnsupportedFeatureError
        For vectorizers, generative and reranking models, and time to live.
    """
    given = plain(given)
    name = collection_name(given.get("class"))
    _refuse_modules(given)
    tenancy = _tenancy(name, given.get("multiTenancyConfig") or {})
    if tenancy["enabled"] and given.get("shardingConfig"):
        raise refused(name, "cannot have both shardingConfig and multiTenancyConfig")
    inverted = complete_inverted_index(name, given.get("invertedIndexConfig") or {})
    document: JsonDict = {"class": name}
    if given.get("description") is not None:
        document["description"] = str(given["description"])
    document |= {
        "invertedIndexConfig": inverted,
        "multiTenancyConfig": tenancy,
        "properties": complete_properties(name, given.get("properties") or [], inverted),
        "replicationConfig": _replication(name, given.get("replicationConfig") or {}),
        "shardingConfig": {} if tenancy["enabled"] else _sharding(given.get("shardingConfig")),
    }
    document |= {key: given[key] for key in _KEPT_AS_GIVEN if given.get(key)}
    return document | complete_vectors(name, given)


def complete_vectors(collection: str, given: JsonDict) -> JsonDict:
    """Return the part about vectors: named ones, or the one of the older form."""
    named = given.get("vectorConfig") or {}
    if named:
        bad = [name for name in named if not is_vector_name(name)]
        if bad:
            raise refused(
                collection,
                f"{bad[0]!r} cannot name a vector: letters, digits and _, no digit first, "
                "at most 230",
            )
    vectors: JsonDict = {}
    if named:
        vectors["vectorConfig"] = {
            name: complete_vector(collection, name, vector) for name, vector in named.items()
        }
        # Named ones may have come to the one of the older form (server 1.31 and newer).
        if not given.get("vectorIndexConfig"):
            return vectors
        if DEFAULT_VECTOR in named:
            raise refused(collection, f"two vectors would be named {DEFAULT_VECTOR!r}")
    kind = given.get("vectorIndexType") or "hnsw"
    index = given.get("vectorIndexConfig") or {}
    if (index.get("multivector") or {}).get("enabled"):
        raise refused(collection, "multi vectors can only be configured as named vectors")
    return vectors | {
        "vectorizer": "none",
        "vectorIndexType": kind,
        "vectorIndexConfig": complete_index(collection, kind, index),
    }


def _refuse_modules(given: JsonDict) -> None:
    modules = [name for name in given.get("moduleConfig") or {} if name != "none"]
    vectorizer = given.get("vectorizer")
    if vectorizer not in (None, "", "none"):
        modules.insert(0, str(vectorizer))
    if modules:
        raise WeaviateUnsupportedFeatureError(
            f"the module {modules[0]!r} is not in the embedded store, which has no text or image "
            "models: bring your own vectors (Configure.Vectors.self_provided())"
        )
    if (given.get("objectTtlConfig") or {}).get("enabled"):
        raise WeaviateUnsupportedFeatureError(
            "objects that expire (object_ttl_config) are not in the embedded store: delete them "
            "with data.delete_many"
        )


def _tenancy(collection: str, given: JsonDict) -> JsonDict:
    read = {
        key: bool(given.get(key))
        for key in ("enabled", "autoTenantCreation", "autoTenantActivation")
    }
    for key, on in read.items():
        if on and not read["enabled"]:
            raise refused(collection, f"cannot enable {key} on a collection without tenants")
    return read


def _replication(collection: str, given: JsonDict) -> JsonDict:
    factor = given.get("factor") or 1
    strategy = given.get("deletionStrategy") or "TimeBasedResolution"
    if strategy not in {one.value for one in ReplicationDeletionStrategy}:
        raise refused(collection, f"no deletion strategy {strategy!r}")
    read = {
        "factor": max(int(factor), 1),
        "asyncEnabled": bool(given.get("asyncEnabled")),
        "deletionStrategy": strategy,
    }
    if given.get("asyncConfig"):
        read["asyncConfig"] = given["asyncConfig"]
    return read


def _sharding(given: Any) -> JsonDict:
    """Return one shard, whatever is asked for: there is one machine."""
    per_shard = int((given or {}).get("virtualPerPhysical") or 128)
    return {
        "virtualPerPhysical": per_shard,
        "desiredCount": 1,
        "actualCount": 1,
        "desiredVirtualCount": per_shard,
        "actualVirtualCount": per_shard,
        "key": "_id",
        "strategy": "hash",
        "function": "murmur3",
    }


def complete_inverted_index(collection: str, given: JsonDict) -> JsonDict:
    """Return the part about filters and keyword search."""
    bm25 = given.get("bm25") or {}
    k1, b = bm25.get("k1", 1.2), bm25.get("b", 0.75)
    if k1 < 0 or not 0 <= b <= 1:
        raise refused(collection, f"BM25 needs k1 >= 0 and b in 0..1, not k1={k1}, b={b}")
    stop = given.get("stopwords") or {}
    preset = stop.get("preset") or "en"
    presets = given.get("stopwordPresets")
    if preset not in {one.value for one in StopwordsPreset} and preset not in (presets or {}):
        raise refused(collection, f"no list of stopwords named {preset!r}; there is en, none")
    both = set(stop.get("additions") or ()) & set(stop.get("removals") or ())
    if both:
        raise refused(collection, f"stopwords both added and removed: {', '.join(sorted(both))}")
    read = {
        "bm25": {"b": b, "k1": k1},
        "cleanupIntervalSeconds": given.get("cleanupIntervalSeconds") or 60,
        "indexNullState": bool(given.get("indexNullState")),
        "indexPropertyLength": bool(given.get("indexPropertyLength")),
        "indexTimestamps": bool(given.get("indexTimestamps")),
        "stopwords": {
            "additions": stop.get("additions") or None,
            "preset": preset,
            "removals": stop.get("removals") or None,
        },
    }
    if presets:
        read["stopwordPresets"] = presets
    return read
