"""Cross-references: given in many forms, kept as Weaviate keeps them.

An object keeps the references of a property as `[{"beacon": "weaviate://localhost/C/uuid"}]`
among its properties; the collection is always written out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.errors import UnexpectedStatusCodeError, WeaviateInvalidInputError
from crystalviz.store.identity import parse_uuid
from crystalviz.store.schema import CollectionConfig, ReferencePropertyConfig, capitalized
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.writing.properties import ValueRefusedError

BEACON = "weaviate://localhost/"

Beacons = list[dict[str, str]]
# Where the object of a uuid is, of several collections; None where it is in none.
Finder = Callable[[Sequence[str], UUID], str | None]


@dataclass
class ReferenceToMulti:
    """Objects of one of the collections that a reference may lead to.

    Parameters
    ----------
    target_collection : str
        Theirs.
    uuids : UUID or str, or list of them
        Which.
    """

    target_collection: str
    uuids: Any


@dataclass
class DataReferenceMulti:
    """A reference for `reference_add_many`, where it may lead to several collections."""

    from_property: str
    from_uuid: UUID | str
    to_uuid: UUID | str | list[UUID] | list[str]
    target_collection: str


@dataclass
class DataReference:
    """A reference for `reference_add_many`.

    Parameters
    ----------
    from_property : str
        The property of the object that refers.
    from_uuid : UUID or str
        That object.
    to_uuid : UUID or str, or list of them
        What it refers to.
    """

    from_property: str
    from_uuid: UUID | str
    to_uuid: UUID | str | list[UUID] | list[str]

    MultiTarget = DataReferenceMulti


def check_targets(
    connection: sqlite3.Connection, collection: str, reference: str, targets: Sequence[str]
) -> None:
    """Refuse a reference to collections that are not there; its own is, though not stored yet.

    Raises
    ------
    UnexpectedStatusCodeError
        422.
    """
    for target in targets:
        if target != collection and storage.find_collection(connection, target) is None:
            raise UnexpectedStatusCodeError(
                f"{collection}: reference {reference!r} leads to {target!r}: no such collection. "
                "Make it first",
                422,
            )


def list_targets(given: Any) -> list[tuple[str | None, UUID]]:
    """Return collection (None where not said) and uuid of every object that is referred to.

    Parameters
    ----------
    given : UUID, str, ReferenceToMulti, dict with a beacon, or list of them
        Ours or weaviate-client's.

    Raises
    ------
    WeaviateInvalidInputError
        When something is no uuid.
    """
    if isinstance(given, UUID | str):
        return [_target(given)]
    if isinstance(given, Mapping) and "beacon" in given:
        return [_target(given["beacon"])]
    collection = getattr(given, "target_collection", None)
    if collection is not None:
        uuids = given.uuids
        several = [uuids] if isinstance(uuids, UUID | str) else list(uuids)
        return [(capitalized(collection), parse_uuid(one)) for one in several]
    if isinstance(given, Mapping) or not hasattr(given, "__iter__"):
        raise WeaviateInvalidInputError(
            f"not a reference: {given!r}. Give a uuid, a list of them, or a ReferenceToMulti"
        )
    return [target for one in given for target in list_targets(one)]


def _target(text: UUID | str) -> tuple[str | None, UUID]:
    if isinstance(text, str) and text.startswith(BEACON):
        *collection, _ = text.removeprefix(BEACON).split("/")
        return (capitalized(collection[0]) if collection else None), parse_uuid(text)
    return None, parse_uuid(text)


def parse_beacon(beacon: str) -> tuple[str, bytes]:
    """Return the collection and the uuid of a reference as it is kept."""
    collection, _, identity = beacon.removeprefix(BEACON).partition("/")
    return collection, UUID(identity).bytes


class ReferenceCodec:
    """Turns references as they are given into beacons, for one collection.

    Parameters
    ----------
    config : CollectionConfig
        The collection that refers.
    find : callable
        Where the object of a uuid is; see `finder`.
    """

    def __init__(self, config: CollectionConfig, find: Finder) -> None:
        self._config = config
        self._find = find

    def encode(self, references: Any, check: bool) -> dict[str, Beacons]:
        """Return the beacons of an object by property.

        Parameters
        ----------
        references : mapping of property to references, or None
            As `data.insert` takes them.
        check : bool
            Whether the objects must be there, as Weaviate wants it of all but batches.

        Raises
        ------
        ValueRefusedError
            When there is no such reference, or it leads elsewhere.
        """
        if references is None:
            return {}
        if not isinstance(references, Mapping):
            raise ValueRefusedError(
                f"the references must be a dict, not {type(references).__name__}"
            )
        return {
            prop.name: self.beacons(prop, given, check)
            for name, given in references.items()
            for prop in (self.property(name),)
        }

    def property(self, name: Any) -> ReferencePropertyConfig:
        """Return the reference property of that name, or refuse it."""
        prop = None
        if isinstance(name, str):
            prop = self._config.reference(name) or self._config.reference(
                name[:1].lower() + name[1:]
            )
        if prop is None:
            known = ", ".join(one.name for one in self._config.references) or "none"
            raise ValueRefusedError(
                f"{self._config.name} has no reference {name!r}; it has {known}. Add it with "
                "config.add_reference()"
            )
        return prop

    def beacons(self, prop: ReferencePropertyConfig, given: Any, check: bool) -> Beacons:
        """Return the beacons of one property."""
        return [
            {"beacon": f"{BEACON}{self._collection(prop, named, identity, check)}/{identity}"}
            for named, identity in list_targets(given)
        ]

    def _collection(
        self, prop: ReferencePropertyConfig, named: str | None, identity: UUID, check: bool
    ) -> str:
        allowed = prop.target_collections
        if named is not None and named not in allowed:
            raise ValueRefusedError(
                f"reference {prop.name!r} leads to {', '.join(allowed)}, not to {named!r}"
            )
        candidates = [named] if named is not None else allowed
        if not check and len(candidates) == 1:
            return candidates[0]
        found = self._find(candidates, identity)
        if found is None:
            raise ValueRefusedError(
                f"reference {prop.name!r}: no object with id {identity} in "
                f"{', '.join(candidates)}. Insert it first"
            )
        return found


def finder(connection: sqlite3.Connection, record: CollectionRecord) -> Finder:
    """Return what finds the object of a uuid, seen from a collection or one of its tenants.

    An object of a tenant may refer to those of the same tenant, and of collections without
    tenants; others may not refer to a tenant's.
    """

    def find(collections: Sequence[str], identity: UUID) -> str | None:
        for name in collections:
            own = name == record.config.name
            target = record if own else storage.find_collection(connection, name)
            if target is None:
                continue
            if not own and target.config.multi_tenancy_config.enabled:
                target = replace(target, tenant=record.tenant)
            if storage.find_existing(connection, target, [identity.bytes]):
                return name
        return None

    return find
