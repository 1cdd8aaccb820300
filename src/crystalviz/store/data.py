"""Writing objects: insert, replace, update, delete."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from crystalviz.store import storage
from crystalviz.store.caches import ObjectsView
from crystalviz.store.context import CollectionContext
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
from crystalviz.store.properties import ValueRefusedError
from crystalviz.store.results import (
    BatchObject,
    BatchObjectReturn,
    DeleteManyObject,
    DeleteManyReturn,
    ErrorObject,
)
from crystalviz.store.storage import StoredObject
from crystalviz.store.writer import ObjectWriter


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
            writer = ObjectWriter(connection, self._context.record(connection))
            if storage.find_existing(connection, writer.record, [identity.bytes]):
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
            writer = ObjectWriter(connection, self._context.record(connection))
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
            return bool(storage.find_existing(connection, record, [identity.bytes]))

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
            writer = ObjectWriter(connection, self._context.record(connection))
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
            writer = ObjectWriter(connection, self._context.record(connection))
            old = self._require(writer, identity)
            new = self._checked(writer, identity, properties, vector)
            old.properties.update(new.properties)
            old.updated = new.updated
            storage.rewrite_object(connection, writer.record, old, new.vectors)
            writer.finish(vectors_too=bool(new.vectors))

    def delete_by_id(self, uuid: UUID | str) -> bool:
        """Delete an object; return whether it was there."""
        identity = parse_uuid(uuid)
        with self._context.database.writing() as connection:
            writer = ObjectWriter(connection, self._context.record(connection))
            found = storage.find_existing(connection, writer.record, [identity.bytes])
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
            view = ObjectsView(storage.read_all(connection, record))
            hits = np.flatnonzero(match(where, view, record.config))
            if not dry_run and len(hits):
                ObjectWriter(connection, record).delete(view.objects[row].seq for row in hits)
        named = [DeleteManyObject(UUID(bytes=view.uuids[row]), True) for row in hits]
        return DeleteManyReturn(0, len(hits), named if verbose else None, len(hits))

    def _checked(
        self, writer: ObjectWriter, identity: UUID, properties: Any, vector: Any
    ) -> StoredObject:
        try:
            return writer.encode(identity, properties, vector)
        except ValueRefusedError as error:
            raise UnexpectedStatusCodeError(
                f"{self._context.name}: object {identity}: {error}", 422
            ) from None

    def _require(self, writer: ObjectWriter, identity: UUID) -> StoredObject:
        found = storage.read_objects(writer.connection, writer.record, [identity.bytes])
        if not found:
            raise UnexpectedStatusCodeError(
                f"{self._context.name}: no object {identity}. Use data.insert to make it", 404
            )
        return found[0]


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
