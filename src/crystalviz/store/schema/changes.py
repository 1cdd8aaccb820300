"""Which changes of a configuration Weaviate allows (`usecases/schema/class.go`)."""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.schema.document import (
    complete,
    plain,
)

JsonDict = dict[str, Any]

# What of an index stays as the collection was made with it (hnsw/config_update.go).
_FIXED = {
    "hnsw": ("efConstruction", "maxConnections", "cleanupIntervalSeconds", "distance"),
    "flat": ("distance",),
    "dynamic": ("distance",),
}


def changed(old: JsonDict, given: JsonDict) -> JsonDict:
    """Return the document of a collection after a change.

    Parameters
    ----------
    old : dict
        The document as it is.
    given : dict
        The whole document as it shall be.

    Raises
    ------
    UnexpectedStatusCodeError
        422 for what cannot be changed.
    """
    given = plain(given)
    name = old["class"]
    if given.get("class", name) != name:
        raise _fixed(name, "the name")
    new = complete({**given, "properties": []})
    new["properties"] = _properties(old, given)
    for key in ("indexNullState", "indexPropertyLength", "indexTimestamps"):
        if new["invertedIndexConfig"][key] != old["invertedIndexConfig"][key]:
            raise _fixed(name, key)
    if new["multiTenancyConfig"]["enabled"] != old["multiTenancyConfig"]["enabled"]:
        raise _fixed(name, "whether there are tenants")
    if not new["shardingConfig"] or not old["shardingConfig"]:
        new["shardingConfig"] = old["shardingConfig"]
    _check_vectors(name, old, new)
    return new


def _properties(old: JsonDict, given: JsonDict) -> list[JsonDict]:
    """Return the old properties with their new descriptions; others come by add_property."""
    described = {one.get("name"): one for one in given.get("properties") or ()}
    known = {one["name"] for one in old["properties"]}
    added = set(described) - known
    if added:
        raise UnexpectedStatusCodeError(
            f"{old['class']}: new properties ({', '.join(sorted(map(str, added)))}) come by "
            "config.add_property",
            422,
        )
    properties = []
    for one in old["properties"]:
        wanted = described.get(one["name"])
        if wanted is None:
            properties.append(one)
            continue
        if list(wanted.get("dataType") or ()) != list(one["dataType"]):
            raise _fixed(old["class"], f"the data type of {one['name']!r}")
        text = wanted.get("description")
        properties.append(one if text is None else one | {"description": text})
    return properties


def _check_vectors(name: str, old: JsonDict, new: JsonDict) -> None:
    if ("vectorIndexConfig" in old) != ("vectorIndexConfig" in new):
        raise _fixed(name, "whether the vector has a name")
    if "vectorIndexConfig" in old:
        _check_index(name, "the vector", old, new)
    for vector, before in old.get("vectorConfig", {}).items():
        if vector not in new.get("vectorConfig", {}):
            raise _fixed(name, f"the vector {vector!r}, which cannot go away")
        _check_index(name, f"vector {vector!r}", before, new["vectorConfig"][vector])


def _check_index(name: str, what: str, old: JsonDict, new: JsonDict) -> None:
    if old["vectorIndexType"] != new["vectorIndexType"]:
        raise _fixed(name, f"the kind of index of {what}")
    before, after = old["vectorIndexConfig"], new["vectorIndexConfig"]
    for key in _FIXED[old["vectorIndexType"]]:
        if before[key] != after[key]:
            raise _fixed(name, f"{key} of {what}")
    kind = old["vectorIndexType"]
    if kind == "flat":
        # Quantizers of an exact index are chosen once (flat/index.go of the server).
        for key in ("pq", "bq", "rq"):
            if before[key]["enabled"] != after[key]["enabled"]:
                raise _fixed(name, f"{key} of {what}")
    rotated = kind != "dynamic" and before["rq"]["enabled"] and after["rq"]["enabled"]
    if rotated and before["rq"]["bits"] != after["rq"]["bits"]:
        raise _fixed(name, f"the bits of rq of {what}")


def _fixed(name: str, what: str) -> UnexpectedStatusCodeError:
    return UnexpectedStatusCodeError(
        f"{name}: {what} is as the collection was made, and cannot be changed. Make another "
        "collection",
        422,
    )
