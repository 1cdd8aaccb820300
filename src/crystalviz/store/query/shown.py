"""Which properties an answer shows, and which of those within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query.asking import QueryNested
from crystalviz.store.schema import CollectionConfig, PropertyConfig


@dataclass(frozen=True)
class ShownProperties:
    """What to show of an object.

    Parameters
    ----------
    names : list of str
        Its properties.
    inside : dict
        Of a property that holds objects, what to show of those; everything where it is not named.
    """

    names: list[str]
    inside: dict[str, ShownProperties] = field(default_factory=dict)

    def cut(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Return what is shown of an object's properties."""
        for name, shown in self.inside.items():
            value = properties.get(name)
            if isinstance(value, list):
                properties[name] = [shown._of(one) for one in value]
            elif value is not None:
                properties[name] = shown._of(value)
        return properties

    def _of(self, value: dict[str, Any]) -> dict[str, Any]:
        return self.cut({name: value[name] for name in self.names if name in value})


def read_properties(given: Any, config: CollectionConfig) -> ShownProperties:
    """Return what a query's `return_properties` asks to show.

    Parameters
    ----------
    given : str, QueryNested, list of them, a TypedDict class, or bool
        Everything but blobs where nothing is said, as Weaviate does.

    Raises
    ------
    WeaviateInvalidInputError
        When a class is given that is no TypedDict.
    WeaviateQueryError
        When the collection has no property of a name.
    """
    if given is None or given is True:
        return ShownProperties(
            [p.name for p in config.properties if p.element_type not in ("blob", "blobHash")]
        )
    if given is False:
        return ShownProperties([])
    return _read(given, config.properties, config.name)


def _read(given: Any, properties: Sequence[PropertyConfig] | None, where: str) -> ShownProperties:
    known = {p.name: p for p in properties or ()}
    names = []
    inside = {}
    for one in _listed(given):
        name = one if isinstance(one, str) else str(getattr(one, "name", one))
        prop = known.get(name) or known.get(name[:1].lower() + name[1:])
        if prop is None:
            raise WeaviateQueryError(
                f"no such prop with name {name!r} found in {where}. It has "
                f"{', '.join(known) or 'no properties'}"
            )
        names.append(prop.name)
        if not isinstance(one, str):
            inside[prop.name] = _read(one.properties, prop.nested_properties, prop.name)
    return ShownProperties(names, inside)


def _listed(given: Any) -> list[Any]:
    if isinstance(given, type):
        if not hasattr(given, "__total__"):
            raise WeaviateInvalidInputError(
                "return_properties must only be a TypedDict or PROPERTIES within this context but "
                f"is {given}"
            )
        return [_of_annotation(name, kind) for name, kind in get_type_hints(given).items()]
    if isinstance(given, str) or hasattr(given, "properties"):
        return [given]
    return list(given)


def _of_annotation(name: str, kind: Any) -> str | QueryNested:
    """Return what a key of a TypedDict asks: another TypedDict means objects within."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and hasattr(one, "__total__"):
            return QueryNested(name, one)
    return name
