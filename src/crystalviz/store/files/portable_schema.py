"""A collection's schema as Weaviate's own JSON, which tables and copies take with them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError

_TENANCY = "multiTenancyConfig"
# What a server decides for itself.
_OF_THE_SERVER = ("shardingConfig", "replicationConfig")

# weaviate-client's `to_dict` writes names that the server does not know, and so passes over:
# a collection made from it would measure by cosine, whatever it was.
_CLIENT_NAMES = {"distanceMetric": "distance", "multiVector": "multivector"}


class PortableSchema:
    """A collection's schema.

    Parameters
    ----------
    raw : dict
        As `collection.config.get().to_dict()` gives it, and
        `client.collections.create_from_dict` takes it.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        if not isinstance(raw, dict) or not isinstance(raw.get("class"), str):
            raise WeaviateInvalidInputError("a schema must be an object with the key 'class'")
        self.raw = raw

    @classmethod
    def of(cls, collection: Any) -> PortableSchema:
        """Return the schema of a collection of a store or a server."""
        raw = copy.deepcopy(collection.config.get().to_dict())
        for space in [raw, *(raw.get("vectorConfig") or {}).values()]:
            index = space.get("vectorIndexConfig") or {}
            for theirs, name in _CLIENT_NAMES.items():
                if theirs in index:
                    index[name] = index.pop(theirs)
        return cls(raw)

    @classmethod
    def from_text(cls, text: str, where: str) -> PortableSchema:
        """Read what `to_text` wrote.

        Raises
        ------
        WeaviateInvalidInputError
            When it is damaged; names `where` it was.
        """
        try:
            return cls(json.loads(text))
        except (json.JSONDecodeError, WeaviateInvalidInputError) as error:
            raise WeaviateInvalidInputError(f"{where}: the schema is damaged ({error})") from None

    def to_text(self) -> str:
        """Return the schema as JSON."""
        return json.dumps(self.raw, indent=2, ensure_ascii=False)

    @property
    def name(self) -> str:
        """The collection's name."""
        return str(self.raw["class"])

    @property
    def types(self) -> dict[str, str]:
        """The type of every property that holds a value."""
        return {p["name"]: _type(p) for p in self._properties if not is_reference(p)}

    @property
    def references(self) -> dict[str, list[str]]:
        """The collections that every reference may lead to."""
        return {p["name"]: list(p["dataType"]) for p in self._properties if is_reference(p)}

    @property
    def vectors(self) -> list[str]:
        """The names of the vectors; `default` where there is one without a name."""
        return list(self.raw.get("vectorConfig") or {"default": None})

    @property
    def has_tenants(self) -> bool:
        """Whether the collection is split into tenants."""
        return bool((self.raw.get(_TENANCY) or {}).get("enabled"))

    @property
    def _properties(self) -> list[dict[str, Any]]:
        return self.raw.get("properties") or []

    def vectorizers(self) -> list[str]:
        """Return the modules that compute vectors or text, which a store has not."""
        spaces = (self.raw.get("vectorConfig") or {}).values()
        found = {name for space in spaces for name in (space.get("vectorizer") or {})}
        found.add(self.raw.get("vectorizer") or "none")
        found |= set(self.raw.get("moduleConfig") or {})
        return sorted(found - {"none"})

    def without(
        self, *, vectorizers: bool = False, references: bool = False, tenants: bool = False
    ) -> PortableSchema:
        """Return the schema without some of its parts, and without what a server decides."""
        raw = copy.deepcopy(self.raw)
        for name in _OF_THE_SERVER:
            raw.pop(name, None)
        if tenants:
            raw.pop(_TENANCY, None)
        if references:
            raw["properties"] = [p for p in raw.get("properties") or [] if not is_reference(p)]
        if vectorizers:
            raw.pop("moduleConfig", None)
            if "vectorizer" in raw:
                raw["vectorizer"] = "none"
            for space in (raw.get("vectorConfig") or {}).values():
                space["vectorizer"] = {"none": {}}
            for prop in raw.get("properties") or []:
                for key in ("moduleConfig", "vectorizer", "vectorizerConfig", "vectorizerConfigs"):
                    prop.pop(key, None)
        return PortableSchema(raw)


def schema_path(table: Path) -> Path:
    """Return the file that keeps the schema beside a CSV or JSON table."""
    return table.with_name(f"{table.name}.schema.json")


def _type(prop: dict[str, Any]) -> str:
    given = prop["dataType"]
    return str(given[0] if isinstance(given, list) else given)


def is_reference(prop: dict[str, Any]) -> bool:
    """Return whether a property of the schema leads to other objects."""
    # Types of values are lower case, names of collections are not.
    return _type(prop)[:1].isupper()
