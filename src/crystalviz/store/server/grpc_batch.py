"""gRPC `BatchObjects`, `BatchReferences` and `BatchDelete`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from weaviate.proto.v1 import batch_delete_pb2, batch_pb2

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateBaseError
from crystalviz.store.query.results import BatchObject
from crystalviz.store.server import wire
from crystalviz.store.server.access import add_references, collection_of
from crystalviz.store.server.grpc_filters import read_filter
from crystalviz.store.server.refusals import message_of
from crystalviz.store.writing.batch_results import BatchReference
from crystalviz.store.writing.references import ReferenceToMulti


def batch_objects(
    client: Client, request: batch_pb2.BatchObjectsRequest
) -> batch_pb2.BatchObjectsReply:
    """Store objects; each that is refused is named by its place, and stops no other."""
    started = time.perf_counter()
    errors = write_objects(client, request.objects)
    return batch_pb2.BatchObjectsReply(
        took=time.perf_counter() - started,
        errors=[
            batch_pb2.BatchObjectsReply.BatchError(index=index, error=error)
            for index, error in sorted(errors.items())
        ],
    )


def write_objects(client: Client, objects: Sequence[batch_pb2.BatchObject]) -> dict[int, str]:
    """Store objects, one transaction for each collection; return errors by place."""
    errors: dict[int, str] = {}
    by_collection: dict[str, list[BatchObject]] = {}
    for index, one in enumerate(objects):
        try:
            read = _read_object(one, index)
        except WeaviateBaseError as error:
            errors[index] = message_of(error)
        else:
            by_collection.setdefault(one.collection, []).append(read)
    for name, given in by_collection.items():
        try:
            written = client.collections.use(name).data.write_batch(given)
        except WeaviateBaseError as error:
            errors.update({one.index: message_of(error) for one in given})
        else:
            errors.update({index: error.message for index, error in written.errors.items()})
    return errors


def _read_object(message: batch_pb2.BatchObject, index: int) -> BatchObject:
    vector: Any = wire.read_vectors(message.vector_bytes, message.vectors)
    if vector is None and message.vector:
        vector = list(message.vector)
    return BatchObject(
        message.collection,
        wire.read_properties(message.properties),
        message.uuid,
        vector,
        index,
        _read_references(message.properties) or None,
        message.tenant or None,
    )


def _read_references(properties: batch_pb2.BatchObject.Properties) -> dict[str, Any]:
    references: dict[str, Any] = {
        one.prop_name: list(one.uuids) for one in properties.single_target_ref_props
    }
    for several in properties.multi_target_ref_props:
        references[several.prop_name] = ReferenceToMulti(
            target_collection=several.target_collection, uuids=list(several.uuids)
        )
    return references


def batch_references(
    client: Client, request: batch_pb2.BatchReferencesRequest
) -> batch_pb2.BatchReferencesReply:
    """Add references; each that is refused is named by its place, and stops no other."""
    started = time.perf_counter()
    errors = write_references(client, request.references)
    return batch_pb2.BatchReferencesReply(
        took=time.perf_counter() - started,
        errors=[
            batch_pb2.BatchReferencesReply.BatchError(index=index, error=error)
            for index, error in sorted(errors.items())
        ],
    )


def write_references(
    client: Client, references: Sequence[batch_pb2.BatchReference]
) -> dict[int, str]:
    """Add references between objects; return errors by place."""
    return add_references(
        client,
        [
            BatchReference(
                one.from_collection,
                one.from_uuid,
                one.name,
                one.to_uuid,
                one.to_collection or None,
                one.tenant or None,
                index,
            )
            for index, one in enumerate(references)
        ],
    )


def batch_delete(
    client: Client, request: batch_delete_pb2.BatchDeleteRequest
) -> batch_delete_pb2.BatchDeleteReply:
    """Delete what a filter matches."""
    started = time.perf_counter()
    done = collection_of(client, request.collection, request.tenant).data.delete_many(
        read_filter(request.filters), verbose=request.verbose, dry_run=request.dry_run
    )
    return batch_delete_pb2.BatchDeleteReply(
        took=time.perf_counter() - started,
        failed=done.failed,
        matches=done.matches,
        successful=done.successful,
        objects=[
            batch_delete_pb2.BatchDeleteObject(
                uuid=one.uuid.bytes, successful=one.successful, error=one.error
            )
            for one in done.objects or ()
        ],
    )
