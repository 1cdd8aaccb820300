"""Writing objects of one collection: checked, encoded, stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.storage import CollectionRecord, StoredObject, now_ms
from crystalviz.store.writing.properties import PropertyCodec, ValueRefusedError
from crystalviz.store.writing.references import ReferenceCodec, finder
from crystalviz.store.writing.vectors import read_vectors_by_name


class ObjectWriter:
    """Writes objects of one collection, or of one tenant of it, within one transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction.
    record : CollectionRecord
        The collection.
    """

    def __init__(self, connection: sqlite3.Connection, record: CollectionRecord) -> None:
        self.connection = connection
        self.record = record
        self.references = ReferenceCodec(record.config, finder(connection, record))
        self._codec = PropertyCodec(record.config)
        self._new_dimensions: dict[str, int] = {}
        self._now = now_ms()

    def encode(
        self,
        identity: UUID,
        properties: Any,
        vector: Any,
        references: Any = None,
        check_references: bool = False,
    ) -> StoredObject:
        """Return the object as it will be stored.

        Parameters
        ----------
        check_references : bool
            Whether the objects that it refers to must be there.

        Raises
        ------
        ValueRefusedError
            When a property, a reference or the vector is refused.
        """
        config = self.record.config
        vectors = read_vectors_by_name(vector, config)
        spaces = config.vectors if vectors else {}
        for name, one in vectors.items():
            known = spaces[name].dimension or self._new_dimensions.get(name)
            if known is not None and one.size != known:
                raise ValueRefusedError(
                    f"the vector has {one.size} dimensions, and those of the collection have "
                    f"{known}. Use the same model, or another collection"
                )
        beacons = self.references.encode(references, check_references) if references else {}
        encoded = self._codec.encode(properties)
        encoded.update(beacons)
        # Only now, so that a refused object decides nothing.
        for name, one in vectors.items():
            if spaces[name].dimension is None:
                self._new_dimensions.setdefault(name, one.size)
        return StoredObject(identity.bytes, encoded, vectors, self._now, self._now)

    def add(self, objects: Sequence[StoredObject]) -> None:
        """Store new objects."""
        storage.add_objects(self.connection, self.record, objects)
        self.finish(vectors_too=any(o.vectors for o in objects))

    def overwrite(self, objects: dict[bytes, StoredObject]) -> None:
        """Store objects by uuid, in the place of those that have these uuids."""
        if not objects:
            return
        existing = storage.find_existing(self.connection, self.record, list(objects))
        for uuid, (_, created) in existing.items():
            objects[uuid].created = created
        storage.delete_objects(self.connection, (seq for seq, _ in existing.values()))
        storage.add_objects(self.connection, self.record, list(objects.values()))
        # A replaced object may have lost its vector.
        self.finish(vectors_too=bool(existing) or any(o.vectors for o in objects.values()))

    def rewrite(self, stored: StoredObject, vectors: dict[str, Any]) -> None:
        """Store an object's changed properties, and those of its vectors that are given."""
        stored.updated = self._now
        storage.rewrite_object(self.connection, self.record, stored, vectors)
        self.finish(vectors_too=bool(vectors))

    def delete(self, seqs: Iterable[int]) -> None:
        """Delete the objects with these `seq`."""
        storage.delete_objects(self.connection, seqs)
        self.finish(vectors_too=True)

    def finish(self, vectors_too: bool) -> None:
        """Keep what the writes changed of the configuration, and count them as one write."""
        for name, dimension in self._new_dimensions.items():
            self.record.config.set_dimension(name, dimension)
        if self._codec.grown or self._new_dimensions:
            storage.save_config(self.connection, self.record)
        storage.mark_changed(self.connection, self.record, vectors_too)
