"""What of an object an answer shows: metadata, properties, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.properties import PropertyCodec
from crystalviz.store.results import MetadataReturn, Object
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage import StoredObject


@dataclass
class MetadataQuery:
    """Which metadata an answer should show."""

    creation_time: bool = False
    last_update_time: bool = False
    distance: bool = False
    certainty: bool = False
    score: bool = False
    explain_score: bool = False
    is_consistent: bool = False
    query_profile: bool = False

    @classmethod
    def full(cls) -> MetadataQuery:
        """Return a query for everything but the profile."""
        return cls(True, True, True, True, True, True, True)


_METADATA = frozenset(field.name for field in fields(MetadataQuery))


class Reply:
    """Turns stored objects into the objects of an answer.

    Parameters
    ----------
    config : CollectionConfig
        The collection.
    return_metadata : MetadataQuery or list of str, optional
        Ours or weaviate-client's; none where nothing is said.
    return_properties : list of str or bool, optional
        All where nothing is said.
    include_vector : bool or list of str
        All vectors, none, or those of these names.

    Raises
    ------
    WeaviateQueryError
        When a property or vector does not exist.
    """

    def __init__(
        self,
        config: CollectionConfig,
        return_metadata: Any = None,
        return_properties: Any = None,
        include_vector: bool | Sequence[str] = False,
    ) -> None:
        self._config = config
        self._codec = PropertyCodec(config)
        self._metadata = _read_metadata(return_metadata)
        self._properties = _read_properties(return_properties, config)
        self.vectors: bool | list[str] = _read_include(include_vector, config)

    def object(
        self, stored: StoredObject, distance: float | None = None, metric: str | None = None
    ) -> Object:
        """Return one object of the answer; `metric` is what `distance` was measured with."""
        asked = self._metadata
        metadata = MetadataReturn()
        if "creation_time" in asked:
            metadata.creation_time = _time(stored.created)
        if "last_update_time" in asked:
            metadata.last_update_time = _time(stored.updated)
        if "distance" in asked:
            metadata.distance = distance
        if "certainty" in asked and distance is not None and metric == "cosine":
            metadata.certainty = 1.0 - distance / 2.0
        return Object(
            UUID(bytes=stored.uuid),
            metadata,
            self._codec.decode(stored.properties, self._properties),
            None,
            {name: vector.tolist() for name, vector in stored.vectors.items()},
            self._config.name,
        )


def _read_metadata(given: Any) -> frozenset[str]:
    if given is None:
        return frozenset()
    if isinstance(given, list | tuple | set):
        unknown = set(given) - _METADATA
        if unknown:
            raise WeaviateInvalidInputError(
                f"no metadata named {sorted(map(str, unknown))}; there is {sorted(_METADATA)}"
            )
        return frozenset(given)
    return frozenset(name for name in _METADATA if getattr(given, name, False))


def _read_properties(given: Any, config: CollectionConfig) -> list[str] | None:
    if given is None or given is True:
        return None
    if given is False:
        return []
    names = [given] if isinstance(given, str) else list(given)
    read = []
    for name in names:
        prop = config.property(name) if isinstance(name, str) else None
        if prop is None and isinstance(name, str):
            prop = config.property(name[:1].lower() + name[1:])
        if prop is None:
            raise WeaviateQueryError(
                f"no such prop with name {name!r} found in {config.name}. It has "
                f"{', '.join(p.name for p in config.properties) or 'no properties'}"
            )
        read.append(prop.name)
    return read


def _read_include(given: Any, config: CollectionConfig) -> bool | list[str]:
    if isinstance(given, bool):
        return given
    names = [given] if isinstance(given, str) else list(given)
    unknown = [name for name in names if name not in config.vectors]
    if unknown:
        raise WeaviateQueryError(
            f"{config.name} has no vector named {unknown[0]!r}; it has "
            f"{', '.join(sorted(config.vectors))}"
        )
    return names


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
