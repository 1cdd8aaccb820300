"""Whether the server's collection fits ours, and what it lacks.

Configurations are compared in Weaviate's REST JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crystalviz.store.classes import DataType, Property, ReferenceProperty, Tokenization


@dataclass
class Difference:
    """What keeps the server's collection from taking our objects.

    Attributes
    ----------
    properties, references : list of dict
        To be added there.
    conflicts : list of str
        What cannot be mended without losing data, in words.
    """

    properties: list[dict[str, Any]] = field(default_factory=list)
    references: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> Difference:
    """Compare our collection with the server's; what the server has beside is left alone."""
    found = Difference()
    there = {one["name"]: one for one in theirs.get("properties") or ()}
    for prop in ours.get("properties") or ():
        other = there.get(prop["name"])
        if other is None:
            (found.references if is_reference(prop) else found.properties).append(prop)
            continue
        for key in ("dataType", "tokenization"):
            here, over_there = prop.get(key) or None, other.get(key) or None
            if here != over_there:
                found.conflicts.append(
                    f"property {prop['name']!r} has {key} {_shown(here)} here and "
                    f"{_shown(over_there)} there"
                )
    spaces = _spaces(theirs)
    for name, distance in _spaces(ours).items():
        if name not in spaces:
            found.conflicts.append(f"there is no vector named {name!r} there")
        elif spaces[name] != distance:
            found.conflicts.append(
                f"the vector {name!r} has the distance {distance} here and {spaces[name]} there"
            )
    if _has_tenants(ours) != _has_tenants(theirs):
        found.conflicts.append(
            "it has tenants here and none there"
            if _has_tenants(ours)
            else "it has tenants there and none here"
        )
    return found


def as_property(raw: dict[str, Any]) -> Property:
    """Return the property that REST JSON describes, for `config.add_property`."""
    nested = [as_property(one) for one in raw.get("nestedProperties") or ()]
    inside: dict[str, Any] = {"nested_properties": nested} if nested else {}
    return Property(
        name=raw["name"],
        data_type=DataType(raw["dataType"][0]),
        description=raw.get("description") or None,
        index_filterable=raw.get("indexFilterable"),
        index_searchable=raw.get("indexSearchable"),
        index_range_filters=raw.get("indexRangeFilters"),
        tokenization=Tokenization(raw["tokenization"]) if raw.get("tokenization") else None,
        **inside,
    )


def as_reference(raw: dict[str, Any]) -> Any:
    """Return the cross-reference that REST JSON describes, for `config.add_reference`."""
    name, targets, description = raw["name"], raw["dataType"], raw.get("description") or None
    if len(targets) > 1:
        return ReferenceProperty.MultiTarget(name, list(targets), description)
    return ReferenceProperty(name, targets[0], description)


def without_references(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema as it can be made before the collections that it refers to are there."""
    kept = [prop for prop in schema.get("properties") or () if not is_reference(prop)]
    return {**schema, "properties": kept}


def is_reference(prop: dict[str, Any]) -> bool:
    """Return whether a property is a cross-reference: its types are names of collections."""
    return bool(prop["dataType"][0][:1].isupper())


def _spaces(schema: dict[str, Any]) -> dict[str, str]:
    named = schema.get("vectorConfig")
    if not named:
        # The older way of one vector without a name.
        named = {"default": {"vectorIndexConfig": schema.get("vectorIndexConfig")}}
    return {name: _distance(one) for name, one in named.items()}


def _distance(vector: dict[str, Any]) -> str:
    index = vector.get("vectorIndexConfig") or {}
    return str(index.get("distance") or index.get("distanceMetric") or "cosine")


def _has_tenants(schema: dict[str, Any]) -> bool:
    return bool((schema.get("multiTenancyConfig") or {}).get("enabled"))


def _shown(value: Any) -> str:
    return "|".join(value) if isinstance(value, list) else str(value)
