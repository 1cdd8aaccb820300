"""Writing objects: insert, replace, update, delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from crystalviz.store import storage
from crystalviz.store.context import TenantRefusedError
from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateDeleteManyError,
    WeaviateInsertInvalidPropertyError,
    WeaviateInsertManyAllFailedError,
    WeaviateInvalidInputError,
    WeaviateQueryError,
)
from crystalviz.store.identity import parse_uuid
from crystalviz.store.query.linking import Links
from crystalviz.store.query.matching import match
from crystalviz.store.query.results import (
    BatchObject,
    BatchObjectReturn,
    DeleteManyObject,
    DeleteManyReturn,
)
from crystalviz.store.writing.batch_writing import write_batch
from crystalviz.store.writing.referring import ReferenceCalls, require_object
from crystalviz.store.writing.refusal import ValueRefusedError
from crystalviz.store.writing.writer import ObjectWriter

# How many objects `ingest` writes in one transaction.
_INGESTED_AT_ONCE = 1000


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
    references : dict, optional
        What it refers to, by property: uuids, lists of them, or `ReferenceToMulti`.
    """

    properties: dict[str, Any] | None = None
    uuid: UUID | str | None = None
    vector: Any = None
    references: Any = None


class DataCollection(ReferenceCalls):
    """`collection.data`: every write is on the disk when the call returns.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def insert(
        self,
        properties: dict[str, Any],
        references: Any = None,
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
            422 when the uuid is taken, or a value, a reference or the tenant is refused;
            404 without the collection.
        """
        identity = uuid4() if uuid is None else parse_uuid(uuid)
        with self._writing(identity) as writer:
            if storage.find_existing(writer.connection, writer.record, [identity.bytes]):
                raise UnexpectedStatusCodeError(
                    f"{self._context.name}: object {identity} is there already. "
                    "Use data.replace or data.update to change it",
                    422,
                )
            writer.add([writer.encode(identity, properties, vector, references, True)])
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
        given = [self._batch_object(index, o) for index, o in enumerate(objects)]
        answer = self.write_batch(given)
        if given and len(answer.errors) == len(given):
            raise WeaviateInsertManyAllFailedError(
                f"{self._context.name}: all {len(given)} objects were refused; the first: "
                f"{answer.errors[0].message}"
            )
        return answer

    def ingest(self, objs: Iterable[dict[str, Any] | DataObject]) -> BatchObjectReturn:
        """Store the objects of an iterable, 1,000 in a transaction; otherwise as `insert_many`.

        Returns
        -------
        BatchObjectReturn
            `.uuids` and `.errors`, by place in `objs`; nothing is raised for refused objects.
        """
        answer = BatchObjectReturn()
        given = (self._batch_object(index, o) for index, o in enumerate(objs))
        while several := list(islice(given, _INGESTED_AT_ONCE)):
            written = self.write_batch(several)
            answer.uuids.update(written.uuids)
            answer.errors.update(written.errors)
            answer.elapsed_seconds += written.elapsed_seconds
        return answer

    def write_batch(self, objects: Sequence[BatchObject]) -> BatchObjectReturn:
        """Store a batch; what is refused is in `.errors`, and nothing is raised for it."""
        return write_batch(self._context, objects)

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
        references: Any = None,
        vector: Any = None,
    ) -> None:
        """Put a new object in the place of one; without `vector` it has none afterwards.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when a value is refused.
        """
        identity = parse_uuid(uuid)
        with self._writing(identity) as writer:
            require_object(writer, identity)
            stored = writer.encode(identity, properties, vector, references, True)
            writer.overwrite({stored.uuid: stored})

    def update(
        self,
        uuid: UUID | str,
        properties: dict[str, Any] | None = None,
        references: Any = None,
        vector: Any = None,
    ) -> None:
        """Change the properties and the vector that are given, and leave the others.

        References that are given come to those that are there, as Weaviate's PATCH does it;
        `reference_replace` puts others in their place.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when a value is refused.
        """
        identity = parse_uuid(uuid)
        with self._writing(identity) as writer:
            old = require_object(writer, identity)
            new = writer.encode(identity, properties, vector, references, True)
            for reference in writer.record.config.references:
                if reference.name in new.properties:
                    before = old.properties.get(reference.name) or []
                    new.properties[reference.name] = before + new.properties[reference.name]
            old.properties.update(new.properties)
            writer.rewrite(old, new.vectors)

    def delete_by_id(self, uuid: UUID | str) -> bool:
        """Delete an object; return whether it was there."""
        identity = parse_uuid(uuid)
        with self._writing(identity) as writer:
            found = storage.find_existing(writer.connection, writer.record, [identity.bytes])
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
        WeaviateDeleteManyError
            When the filter does not fit the collection, or it or the tenant is not there.
        """
        if where is None:
            raise WeaviateInvalidInputError("delete_many needs a filter (where=...)")
        context = self._context
        opened = context.database.reading() if dry_run else context.database.writing()
        try:
            with opened as connection:
                if dry_run:
                    record = context.record_to_query(connection)
                else:
                    record = context.record_to_write(connection)
                view = context.cache.view(connection, record)
                links = Links(connection, context.cache, record)
                hits = np.flatnonzero(match(where, view, record.config, links))
                if not dry_run and len(hits):
                    ObjectWriter(connection, record).delete(view.objects[row].seq for row in hits)
        except (WeaviateQueryError, TenantRefusedError, UnexpectedStatusCodeError) as error:
            raise WeaviateDeleteManyError(f"{context.name}: delete_many: {error}") from None
        named = [DeleteManyObject(UUID(bytes=view.uuids[row]), True) for row in hits]
        return DeleteManyReturn(0, len(hits), named if verbose else None, len(hits))

    @contextmanager
    def _writing(self, identity: UUID) -> Iterator[ObjectWriter]:
        """Write in one transaction; what is refused becomes the error of a single call."""
        with self._context.database.writing() as connection:
            try:
                record = self._context.record_to_write(connection)
                yield ObjectWriter(connection, record)
            except (
                ValueRefusedError,
                TenantRefusedError,
                WeaviateInsertInvalidPropertyError,
            ) as error:
                # Only batches raise the last as it is: weaviate-client looks before it sends them.
                raise UnexpectedStatusCodeError(
                    f"{self._context.name}: object {identity}: {error}", 422
                ) from None

    def _batch_object(self, index: int, given: Any) -> BatchObject:
        name, tenant = self._context.name, self._context.tenant or None
        if isinstance(given, dict):
            return BatchObject(name, given, uuid4(), None, index, None, tenant)
        if not hasattr(given, "properties"):
            raise WeaviateInvalidInputError(
                f"objects[{index}] must be a dict of properties or a DataObject, "
                f"not {type(given).__name__}"
            )
        identity = uuid4() if given.uuid is None else given.uuid
        return BatchObject(
            name, given.properties, identity, given.vector, index, given.references, tenant
        )
