"""Writing references between objects that are there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from crystalviz.store import storage
from crystalviz.store.context import CollectionContext, TenantRefusedError
from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateBaseError,
    WeaviateInvalidInputError,
)
from crystalviz.store.identity import parse_uuid
from crystalviz.store.schema import ReferencePropertyConfig
from crystalviz.store.storage import StoredObject
from crystalviz.store.writing.batch_results import (
    BatchReference,
    BatchReferenceReturn,
    ErrorReference,
)
from crystalviz.store.writing.references import Beacons, list_targets
from crystalviz.store.writing.refusal import ValueRefusedError
from crystalviz.store.writing.writer import ObjectWriter

# What becomes of an object's references: (writer, property, as they are) -> as they shall be.
_Change = Callable[[ObjectWriter, ReferencePropertyConfig, Beacons], Beacons]


class ReferenceCalls:
    """The `reference_*` calls of `collection.data`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def reference_add(self, from_uuid: UUID | str, from_property: str, to: Any) -> None:
        """Let an object refer to one more; the same one twice is kept twice, as in Weaviate.

        Parameters
        ----------
        from_uuid : UUID or str
            The object of this collection.
        from_property : str
            Its reference property.
        to : UUID or str or ReferenceToMulti
            What to refer to.

        Raises
        ------
        WeaviateInvalidInputError
            For more than one at once.
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when the property or the target is not.
        """
        _only_one(to, "reference_add")

        def add(writer: ObjectWriter, prop: ReferencePropertyConfig, old: Beacons) -> Beacons:
            return old + writer.references.beacons(prop, to, check=True)

        self._change(from_uuid, from_property, add)

    def reference_delete(self, from_uuid: UUID | str, from_property: str, to: Any) -> None:
        """Let an object no longer refer to one; one that it did not refer to is no error.

        Raises
        ------
        WeaviateInvalidInputError
            For more than one at once.
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when the property is not.
        """
        _only_one(to, "reference_delete")
        ((collection, identity),) = list_targets(to)

        def delete(writer: ObjectWriter, prop: ReferencePropertyConfig, old: Beacons) -> Beacons:
            ending = f"{collection or ''}/{identity}"
            return [one for one in old if not one["beacon"].endswith(ending)]

        self._change(from_uuid, from_property, delete)

    def reference_replace(self, from_uuid: UUID | str, from_property: str, to: Any) -> None:
        """Let an object refer to these instead.

        Parameters
        ----------
        to : UUID or str or ReferenceToMulti, or list of UUID or str
            What to refer to; none for an empty list.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when the object is not there, 422 when the property or a target is not.
        """

        def replace(writer: ObjectWriter, prop: ReferencePropertyConfig, old: Beacons) -> Beacons:
            return writer.references.beacons(prop, to, check=True)

        self._change(from_uuid, from_property, replace)

    def reference_add_many(self, refs: Sequence[Any]) -> BatchReferenceReturn:
        """Add many references in one transaction; one that is refused does not stop the others.

        Parameters
        ----------
        refs : sequence of DataReference or DataReference.MultiTarget
            Ours or weaviate-client's. Whether the targets are there is not asked, as in
            Weaviate's batches.

        Returns
        -------
        BatchReferenceReturn
            `.errors` by place, those of a reference to several objects one after the other.
        """
        given = [
            BatchReference(
                self._context.name,
                str(ref.from_uuid),
                ref.from_property,
                str(identity),
                collection or getattr(ref, "target_collection", None),
                self._context.tenant or None,
            )
            for ref in refs
            for collection, identity in list_targets(ref.to_uuid)
        ]
        for index, ref in enumerate(given):
            ref.index = index
        return self.write_references(given)

    def write_references(self, refs: Sequence[BatchReference]) -> BatchReferenceReturn:
        """Store a batch of references; what is refused is in `.errors`, and nothing raised."""
        started = time.perf_counter()
        answer = BatchReferenceReturn()
        if not refs:
            return answer
        with self._context.database.writing() as connection:
            by_tenant: dict[str, list[BatchReference]] = {}
            for ref in refs:
                by_tenant.setdefault(ref.tenant or self._context.tenant, []).append(ref)
            for tenant, several in by_tenant.items():
                try:
                    record = self._context.record_to_write(connection, tenant)
                except (TenantRefusedError, WeaviateBaseError) as error:
                    for ref in several:
                        answer.errors[ref.index] = ErrorReference(str(error), ref)
                else:
                    _append(ObjectWriter(connection, record), several, answer)
        answer.elapsed_seconds = time.perf_counter() - started
        return answer

    def _change(self, from_uuid: UUID | str, from_property: str, change: _Change) -> None:
        identity = parse_uuid(from_uuid)
        with self._context.database.writing() as connection:
            try:
                record = self._context.record_to_write(connection)
                writer = ObjectWriter(connection, record)
                stored = require_object(writer, identity)
                prop = writer.references.property(from_property)
                old = stored.properties.get(prop.name) or []
                stored.properties[prop.name] = change(writer, prop, old)
            except (TenantRefusedError, ValueRefusedError) as error:
                raise UnexpectedStatusCodeError(
                    f"{self._context.name}: object {identity}: {error}", 422
                ) from None
            writer.rewrite(stored, {})


def _only_one(to: Any, call: str) -> None:
    if not isinstance(to, UUID | str) and len(list_targets(to)) != 1:
        raise WeaviateInvalidInputError(
            f"{call} takes one object. Use reference_add_many or reference_replace for several"
        )
    if isinstance(to, list | tuple):
        raise WeaviateInvalidInputError(f"{call} takes one object, not a list")


def require_object(writer: ObjectWriter, identity: UUID) -> StoredObject:
    """Return an object that is there, without its vectors, or raise 404."""
    found = storage.read_objects(writer.connection, writer.record, [identity.bytes])
    if not found:
        raise UnexpectedStatusCodeError(
            f"{writer.record.config.name}: no object {identity}. Use data.insert to make it", 404
        )
    return found[0]


def _append(
    writer: ObjectWriter, refs: Sequence[BatchReference], answer: BatchReferenceReturn
) -> None:
    """Add references to the objects, each of which is read and written once."""
    wanted: dict[bytes, list[tuple[str, Beacons]]] = {}
    places: dict[bytes, list[BatchReference]] = {}
    for ref in refs:
        try:
            source = parse_uuid(ref.from_object_uuid).bytes
            prop = writer.references.property(ref.from_property_name)
            beacons = writer.references.beacons(prop, ref.target(), check=False)
        except (ValueRefusedError, WeaviateBaseError) as error:
            answer.errors[ref.index] = ErrorReference(str(error), ref)
        else:
            wanted.setdefault(source, []).append((prop.name, beacons))
            places.setdefault(source, []).append(ref)
    found = storage.read_objects(writer.connection, writer.record, list(wanted))
    for stored in found:
        for name, beacons in wanted.pop(stored.uuid):
            stored.properties[name] = (stored.properties.get(name) or []) + beacons
        writer.rewrite(stored, {})
    for source in wanted:
        for ref in places[source]:
            message = f"object with id {UUID(bytes=source)} not found"
            answer.errors[ref.index] = ErrorReference(message, ref)
