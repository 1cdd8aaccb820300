"""An object of the store as it is sent to a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crystalviz.store.classes import DataObject, DataReference, PhoneNumber, ReferenceToMulti
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage import StoredObject
from crystalviz.store.writing.properties import PropertyCodec
from crystalviz.store.writing.references import parse_beacon
from crystalviz.store.writing.values import PhoneNumberReturn


@dataclass
class Payload:
    """An object for `insert_many`, and references that must be added after it.

    Attributes
    ----------
    object : DataObject
    links : list
        For `reference_add_many`: an object can be inserted with references to one collection a
        property only.
    """

    object: DataObject
    links: list[Any] = field(default_factory=list)


def payload(stored: StoredObject, config: CollectionConfig, references: bool = True) -> Payload:
    """Return what is sent for an object.

    Parameters
    ----------
    stored : StoredObject
        With its vectors.
    config : CollectionConfig
        Of its collection.
    references : bool
        Name the objects that it refers to.
    """
    # By name, because blobs come only when asked for.
    names = [prop.name for prop in config.properties]
    decoded = PropertyCodec(config).decode(stored.properties, names)
    made = Payload(
        DataObject(
            properties={name: _sent(one) for name, one in decoded.items() if one is not None},
            uuid=UUID(bytes=stored.uuid),
            # Lists, because weaviate-client fails on an array of one number.
            vector={name: vector.tolist() for name, vector in stored.vectors.items()} or None,
        )
    )
    if references:
        _add_references(made, stored, config)
    return made


def has_references(stored: StoredObject, config: CollectionConfig) -> bool:
    """Return whether the object refers to others."""
    return any(stored.properties.get(reference.name) for reference in config.references)


def _add_references(made: Payload, stored: StoredObject, config: CollectionConfig) -> None:
    given: dict[str, Any] = {}
    for reference in config.references:
        by_collection: dict[str, list[UUID]] = {}
        for one in stored.properties.get(reference.name) or ():
            collection, uuid = parse_beacon(one["beacon"])
            by_collection.setdefault(collection, []).append(UUID(bytes=uuid))
        for place, (collection, uuids) in enumerate(by_collection.items()):
            if len(reference.target_collections) == 1:
                given[reference.name] = uuids
            elif place == 0:
                given[reference.name] = ReferenceToMulti(collection, uuids)
            else:
                made.links += [
                    DataReference.MultiTarget(
                        reference.name, UUID(bytes=stored.uuid), uuid, collection
                    )
                    for uuid in uuids
                ]
    made.object.references = given or None


def _sent(value: Any) -> Any:
    """Return a value as it is written; a telephone number reads otherwise than it is written."""
    if isinstance(value, PhoneNumberReturn):
        return PhoneNumber(value.number, value.default_country or None)
    if isinstance(value, dict):
        return {name: _sent(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_sent(one) for one in value]
    return value
