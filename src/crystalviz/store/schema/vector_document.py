"""A vector's part of the configuration document: its index, its quantizer.

Defaults and bounds are those of the server's `entities/vectorindex/{hnsw,flat,dynamic}`.
Quantizers are kept and have no effect: the store searches the vectors themselves.
"""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.schema.enums import VectorDistances

JsonDict = dict[str, Any]

_CACHE_OBJECTS = 1_000_000_000_000

_HNSW: JsonDict = {
    "skip": False,
    "cleanupIntervalSeconds": 300,
    "maxConnections": 32,
    "efConstruction": 128,
    "ef": -1,
    "dynamicEfMin": 100,
    "dynamicEfMax": 500,
    "dynamicEfFactor": 8,
    "vectorCacheMaxObjects": _CACHE_OBJECTS,
    "flatSearchCutoff": 40000,
    "distance": "cosine",
    "pq": {
        "enabled": False,
        "bitCompression": False,
        "segments": 0,
        "centroids": 256,
        "trainingLimit": 100000,
        "encoder": {"type": "kmeans", "distribution": "log-normal"},
    },
    "bq": {"enabled": False},
    "sq": {"enabled": False, "trainingLimit": 100000, "rescoreLimit": 20},
    "rq": {"enabled": False, "bits": 8, "rescoreLimit": 20},
    "filterStrategy": "acorn",
    "multivector": {
        "enabled": False,
        "muvera": {"enabled": False, "ksim": 4, "dprojections": 16, "repetitions": 10},
        "aggregation": "maxSim",
    },
    "skipDefaultQuantization": False,
    "trackDefaultQuantization": False,
}
_QUANTIZED = {"enabled": False, "rescoreLimit": -1, "cache": False}
_FLAT: JsonDict = {
    "distance": "cosine",
    "vectorCacheMaxObjects": _CACHE_OBJECTS,
    "pq": dict(_QUANTIZED),
    "bq": dict(_QUANTIZED),
    "sq": dict(_QUANTIZED),
    "rq": {**_QUANTIZED, "bits": 8},
    "skipDefaultQuantization": False,
    "trackDefaultQuantization": False,
}


def complete_vector(collection: str, name: str, given: JsonDict) -> JsonDict:
    """Return a named vector's whole configuration, or refuse it."""
    vectorizer = given.get("vectorizer") or {"none": {}}
    names = [vectorizer] if isinstance(vectorizer, str) else list(vectorizer)
    if names != ["none"]:
        raise WeaviateUnsupportedFeatureError(
            f"vector {name!r}: the vectorizer {', '.join(map(str, names))!r} is not in the "
            "embedded store: bring your own vectors (Configure.Vectors.self_provided())"
        )
    kind = given.get("vectorIndexType") or "hnsw"
    index = complete_index(collection, kind, given.get("vectorIndexConfig") or {})
    return {"vectorizer": {"none": {}}, "vectorIndexType": kind, "vectorIndexConfig": index}


def complete_index(collection: str, kind: str, given: JsonDict) -> JsonDict:
    """Return a vector index's whole configuration.

    Raises
    ------
    UnexpectedStatusCodeError
        422 for a number out of bounds, a quantizer too many, an unknown distance.
    WeaviateUnsupportedFeatureError
        For kinds of index that the store has not, and for several vectors an object.
    """
    if (given.get("multivector") or {}).get("enabled"):
        raise WeaviateUnsupportedFeatureError(
            f"{collection}: several vectors an object under one name (multi vectors) are not in "
            "the embedded store: give each its name"
        )
    if "distance" not in given and "distanceMetric" in given:
        # So weaviate-client's `config.to_dict()` writes it; a cosine index of it would be wrong.
        given = {**given, "distance": given["distanceMetric"]}
    if kind == "hnsw":
        index = _merged(_HNSW, given)
        _check_hnsw(collection, index)
    elif kind == "flat":
        index = _merged(_FLAT, given)
    elif kind == "dynamic":
        index = {
            "distance": given.get("distance") or "cosine",
            "threshold": given.get("threshold") or 10000,
            "hnsw": _merged(_HNSW, given.get("hnsw") or {}),
            "flat": _merged(_FLAT, given.get("flat") or {}),
        }
        _check_hnsw(collection, index["hnsw"])
        # One distance for both, as the server sets it (dynamic/config.go).
        for part in ("hnsw", "flat"):
            index[part]["distance"] = index["distance"]
    else:
        raise WeaviateUnsupportedFeatureError(
            f"{collection}: a vector index of the kind {kind!r} is not in the embedded store. It "
            "has hnsw, flat and dynamic"
        )
    _check_distance(collection, index["distance"])
    _check_quantizers(collection, index)
    return index


def _merged(defaults: JsonDict, given: JsonDict) -> JsonDict:
    merged: JsonDict = {}
    for key, default in defaults.items():
        value = given.get(key)
        if isinstance(default, dict):
            merged[key] = _merged(default, value or {})
            # Of a quantizer, also what has no default (a cache, a rescore limit).
            merged[key] |= {
                k: v for k, v in (value or {}).items() if k not in default and v is not None
            }
        else:
            merged[key] = default if value is None else value
    return merged


def _refused(collection: str, what: str) -> UnexpectedStatusCodeError:
    return UnexpectedStatusCodeError(f"{collection}: {what}", 422)


def _check_hnsw(collection: str, index: JsonDict) -> None:
    if not 4 <= index["maxConnections"] <= 2047:
        raise _refused(
            collection, f"max_connections must be in 4..2047, not {index['maxConnections']}"
        )
    if index["efConstruction"] < 4:
        raise _refused(
            collection, f"ef_construction must be 4 or more, not {index['efConstruction']}"
        )
    if index["filterStrategy"] not in ("sweeping", "acorn"):
        raise _refused(collection, f"no filter strategy {index['filterStrategy']!r}")


def _check_distance(collection: str, distance: str) -> None:
    known = [one.value for one in VectorDistances]
    if distance not in known:
        raise _refused(collection, f"no distance {distance!r}. There is {', '.join(known)}")


def _check_quantizers(collection: str, index: JsonDict) -> None:
    on = [name for name in ("pq", "bq", "sq", "rq") if (index.get(name) or {}).get("enabled")]
    if len(on) > 1:
        raise _refused(collection, f"one quantizer at most, not {' and '.join(on)}")
    if "rq" in on and index["rq"]["bits"] not in (1, 4, 8):
        raise _refused(
            collection, f"rotational quantization has 1, 4 or 8 bits, not {index['rq']['bits']}"
        )
