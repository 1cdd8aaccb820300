"""Configurations as stores of format 1 kept them."""

from __future__ import annotations

from typing import Any

from crystalviz.store.schema.document import complete

JsonDict = dict[str, Any]


def from_format_1(raw: JsonDict) -> tuple[JsonDict, dict[str, int], dict[str, int]]:
    """Return document, dimensions and asked ef of a configuration of format 1.

    Parameters
    ----------
    raw : dict
        name, description, properties, vectors and inverted_index_config.
    """
    inverted = raw["inverted_index_config"]
    properties = [_property(one) for one in raw["properties"]]
    # Objects had no schema inside, which `complete` would refuse.
    bare = {one["name"]: one for one in properties if one["dataType"][0].startswith("object")}
    document = complete(
        {
            "class": raw["name"],
            "description": raw["description"],
            "invertedIndexConfig": {
                "indexNullState": inverted["index_null_state"],
                "indexPropertyLength": inverted["index_property_length"],
                "indexTimestamps": inverted["index_timestamps"],
            },
            "properties": [one for one in properties if one["name"] not in bare],
            "vectorConfig": {name: _vector(space) for name, space in raw["vectors"].items()},
        }
    )
    completed = {one["name"]: one for one in document["properties"]}
    document["properties"] = [completed.get(one["name"], one) for one in properties]
    spaces = raw["vectors"].items()
    return (
        document,
        {name: space["dimension"] for name, space in spaces if space["dimension"] is not None},
        {name: space["ef"] for name, space in spaces if space["ef"] is not None},
    )


def _property(raw: JsonDict) -> JsonDict:
    return {
        "name": raw["name"],
        "dataType": [raw["data_type"]],
        "description": raw["description"],
        "tokenization": raw["tokenization"],
        "indexFilterable": raw["index_filterable"],
        "indexSearchable": raw["index_searchable"],
        # Of no effect then, and refused for other types than numbers now.
        "indexRangeFilters": raw["index_range_filters"]
        and raw["data_type"] in ("number", "int", "date"),
    }


def _vector(raw: JsonDict) -> JsonDict:
    index = {
        "distance": raw["distance"],
        "efConstruction": raw["ef_construction"],
        "maxConnections": raw["max_connections"],
        "ef": raw["ef"],
    }
    return {"vectorIndexConfig": {key: value for key, value in index.items() if value is not None}}
