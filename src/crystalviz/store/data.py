"""Writing objects: insert, replace, update, delete."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext, ObjectsView
from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateBaseError,
    WeaviateInsertInvalidPropertyError,
    WeaviateInsertManyAllFailedError,
    WeaviateInvalidInputError,
    WeaviateUnsupportedFeatureError,
)
from crystalviz.store.identity import parse_uuid
from crystalviz.store.matching import match
from crystalviz.store.properties import PropertyCodec, ValueRefusedError
from crystalviz.store.results import (
    BatchObject,
    BatchObjectReturn,
    DeleteManyObject,
    DeleteManyReturn,
    ErrorObject,
)
from crystalviz.store.storage import CollectionRecord, StoredObject, now_ms
from crystalviz.store.vectors import read_vectors_by_name


@dataclass
class DataObject:
    """An object for `insert_many`.

    Parameters
    ----------
    properties : dict, optional
        Its properties.
    uuid : UUID or str, optional
        Its identity; a random one where nothing is said.
    vector : array-like or dict of name to array-like, optional
        Its vector.
    references : None
        Not in the embedded store.
    """

    properties: dict[str, Any] | None = None
    uuid: UUID | str | None = None
    vector: Any = None
    references: None = None


class DataCollection:
    """`collection.data`: every write is on the disk when the call returns.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def insert(
        self,
        properties: dict[str, Any],
        references: None = None,
        uuid: UUID | str | None = None,
        vector: Any = None,
    ) -> UUID:
        """Store a new object.

        Returns
        -------
        UUID
            Its identity; random unless given.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when the uuid is taken or a value is refused, 404 without the collection.
        WeaviateInsertInvalidPropertyError
            When `id` or `vector` is among the properties.
        """
        refuse_references(references)
        identity = uuid4() if uuid is None else parse_uuid(uuid)
        with self._context.database.writing() as connection:
            writer = _Writer(connection, self._context.record(connection))
            if storage.find_existing(connection, writer.record.id, [identity.bytes]):
                raise UnexpectedStatusCodeError(
                    f"{self._context.name}: object {identity} is there already. "
                    "Use data.replace or data.update to change it",
                    422,
                )
            writer.add([self._checked(writer, identity, properties, vector)])
        return identity

    def insert_many(self, objects: Sequence[dict[str, Any] | DataObject]) -> BatchObjectReturn:
        """Store many objects in one transaction; existing ones are overwritten.

        Of several objects with one uuid the last is kept. One that is refused does
        not stop the others.

        Returns
        -------
        BatchObjectReturn
            `.uuids` and `.errors`, by place in `objects`.

        Raises
        ------
        WeaviateInsertManyAllFailedError
            When every object was refused.
        WeaviateInsertInvalidPropertyError
            When `id` or `vector` is among the properties of any.
        """
        given = [_batch_object(self._context.name, index, o) for index, o in enumerate(objects)]
        answer = self.write_batch(given)
        if given and len(answer.errors) == len(given):
            raise WeaviateInsertManyAllFailedError(
                f"{self._context.name}: all {len(given)} objects were refused; the first: "
                f"{answer.errors[0].message}"
            )
        return answer

    def write_batch(self, objects: Sequence[BatchObject]) -> BatchObjectReturn:
        """Store a batch; what is refused is in `.errors`, and nothing is raised for it."""
        started = time.perf_counter()
        answer = BatchObjectReturn()
        if not objects:
            return answer
        with self._context.database.writing() as connection:
            writer = _Writer(connection, self._context.record(connection))
            accepted: dict[bytes, StoredObject] = {}
            for given in objects:
                try:
                    identity = parse_uuid(given.uuid)
                    stored = writer.encode(identity, given.properties, given.vector)
                except WeaviateInsertInvalidPropertyError:
                    raise
                except (ValueRefusedError, WeaviateBaseError) as error:
                    message = f"{self._context.name}: object {given.uuid}: {error}"
                    answer.errors[given.index] = ErrorObject(message, given, given.uuid)
                else:
                    accepted[stored.uuid] = stored
                    answer.uuids[given.index] = identity
            writer.overwrite(accepted)
        answer.elapsed_seconds = time.perf_counter() - started
        return answer

    def exists(self, uuid: UUID | str) -> bool:
        """Return whether the object is there."""
        identity = parse_uuid(uuid)
        with self._context.database.reading() as connection:
            record = self._context.record(connection)
            return bool(storage.find_existing(connection, record.id, [identity.bytes]))

    def replace(
        self,
        uuid: UUID | str,
        properties: dict[str, Any],
        references: None = None,
        vector: Any = None,
    ) -> None:
        """Put a new object in the place of one; without `vector` it has none afterwards.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when a value is refused.
        """
        refuse_references(references)
        identity = parse_uuid(uuid)
        with self._context.database.writing() as connection:
            writer = _Writer(connection, self._context.record(connection))
            self._require(writer, identity)
            stored = self._checked(writer, identity, properties, vector)
            writer.overwrite({stored.uuid: stored})

    def update(
        self,
        uuid: UUID | str,
        properties: dict[str, Any] | None = None,
        references: None = None,
        vector: Any = None,
    ) -> None:
        """Change the properties and the vector that are given, and leave the others.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when a value is refused.
        """
        refuse_references(references)
        identity = parse_uuid(uuid)
        with self._context.database.writing() as connection:
            writer = _Writer(connection, self._context.record(connection))
            old = self._require(writer, identity)
            new = self._checked(writer, identity, properties, vector)
            old.properties.update(new.properties)
            old.updated = new.updated
            storage.rewrite_object(connection, old, new.vectors)
            writer.finish(vectors_too=bool(new.vectors))

    def delete_by_id(self, uuid: UUID | str) -> bool:
        """Delete an object; return whether it was there."""
        identity = parse_uuid(uuid)
        with self._context.database.writing() as connection:
            writer = _Writer(connection, self._context.record(connection))
            found = storage.find_existing(connection, writer.record.id, [identity.bytes])
            if found:
                writer.delete(seq for seq, _ in found.values())
            return bool(found)

    def delete_many(
        self, where: Any, *, verbose: bool = False, dry_run: bool = False
    ) -> DeleteManyReturn:
        """Delete every object that the filter matches, in one transaction.

        Parameters
        ----------
        where : filter
            For instance `Filter.by_property("class_label").equal("CEX")`.
        verbose : bool
            Name the objects.
        dry_run : bool
            Only say what would be deleted.

        Raises
        ------
        WeaviateQueryError
            When the filter does not fit the collection.
        """
        if where is None:
            raise WeaviateInvalidInputError("delete_many needs a filter (where=...)")
        context = self._context
        opened = context.database.reading() if dry_run else context.database.writing()
        with opened as connection:
            record = context.record(connection)
            # The writer's transaction may be ahead of what the readers keep.
            view = ObjectsView(storage.read_all(connection, record.id))
            hits = np.flatnonzero(match(where, view, record.config))
            if not dry_run and len(hits):
                _Writer(connection, record).delete(view.objects[row].seq for row in hits)
        named = [DeleteManyObject(UUID(bytes=view.uuids[row]), True) for row in hits]
        return DeleteManyReturn(0, len(hits), named if verbose else None, len(hits))

    def _checked(
        self, writer: _Writer, identity: UUID, properties: Any, vector: Any
    ) -> StoredObject:
        try:
            return writer.encode(identity, properties, vector)
        except ValueRefusedError as error:
            raise UnexpectedStatusCodeError(
                f"{self._context.name}: object {identity}: {error}", 422
            ) from None

    def _require(self, writer: _Writer, identity: UUID) -> StoredObject:
        found = storage.read_objects(writer.connection, writer.record.id, [identity.bytes])
        if not found:
            raise UnexpectedStatusCodeError(
                f"{self._context.name}: no object {identity}. Use data.insert to make it", 404
            )
        return found[0]


class _Writer:
    """Writes objects of one collection within one transaction."""

    def __init__(self, connection: sqlite3.Connection, record: CollectionRecord) -> None:
        self.connection = connection
        self.record = record
        self._codec = PropertyCodec(record.config)
        self._new_dimensions: dict[str, int] = {}
        self._now = now_ms()

    def encode(self, identity: UUID, properties: Any, vector: Any) -> StoredObject:
        """Return the object as it will be stored.

        Raises
        ------
        ValueRefusedError
            When a property or the vector is refused.
        """
        vectors = read_vectors_by_name(vector, self.record.config)
        for name, one in vectors.items():
            known = self.record.config.vectors[name].dimension or self._new_dimensions.get(name)
            if known is not None and one.size != known:
                raise ValueRefusedError(
                    f"the vector has {one.size} dimensions, and those of the collection have "
                    f"{known}. Use the same model, or another collection"
                )
        encoded = self._codec.encode(properties)
        # Only now, so that a refused object decides nothing.
        for name, one in vectors.items():
            if self.record.config.vectors[name].dimension is None:
                self._new_dimensions.setdefault(name, one.size)
        return StoredObject(identity.bytes, encoded, vectors, self._now, self._now)

    def add(self, objects: Sequence[StoredObject]) -> None:
        storage.add_objects(self.connection, self.record.id, objects)
        self.finish(vectors_too=any(o.vectors for o in objects))

    def overwrite(self, objects: dict[bytes, StoredObject]) -> None:
        if not objects:
            return
        existing = storage.find_existing(self.connection, self.record.id, list(objects))
        for uuid, (_, created) in existing.items():
            objects[uuid].created = created
        storage.delete_objects(self.connection, (seq for seq, _ in existing.values()))
        storage.add_objects(self.connection, self.record.id, list(objects.values()))
        # A replaced object may have lost its vector.
        self.finish(vectors_too=bool(existing) or any(o.vectors for o in objects.values()))

    def delete(self, seqs: Iterable[int]) -> None:
        storage.delete_objects(self.connection, seqs)
        self.finish(vectors_too=True)

    def finish(self, vectors_too: bool) -> None:
        for name, dimension in self._new_dimensions.items():
            self.record.config.vectors[name].dimension = dimension
        if self._codec.grown or self._new_dimensions:
            storage.save_config(self.connection, self.record)
        storage.mark_changed(self.connection, self.record, vectors_too)


def _batch_object(collection: str, index: int, given: Any) -> BatchObject:
    if isinstance(given, dict):
        return BatchObject(collection, given, str(uuid4()), None, index)
    if not hasattr(given, "properties"):
        raise WeaviateInvalidInputError(
            f"objects[{index}] must be a dict of properties or a DataObject, "
            f"not {type(given).__name__}"
        )
    refuse_references(getattr(given, "references", None))
    identity = uuid4() if given.uuid is None else given.uuid
    return BatchObject(collection, given.properties, str(identity), given.vector, index)


def refuse_references(references: Any) -> None:
    """Refuse cross-references, which the embedded store does not have."""
    if references:
        raise WeaviateUnsupportedFeatureError(
            "cross-references are not in the embedded store: keep the other object's uuid in a "
            "property of type uuid"
        )
