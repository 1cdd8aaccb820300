"""gRPC `BatchObjects` and `BatchDelete`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from weaviate.proto.v1 import batch_delete_pb2, batch_pb2

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateBaseError
from crystalviz.store.results import BatchObject
from crystalviz.store.server import wire
from crystalviz.store.server.grpc_filters import read_filter
from crystalviz.store.server.refusals import message_of


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
    """Store objects, one transaction for each collection and tenant; return errors by place."""
    errors: dict[int, str] = {}
    shards: dict[tuple[str, str], list[BatchObject]] = {}
    for index, one in enumerate(objects):
        shards.setdefault((one.collection, one.tenant), []).append(_read_object(one, index))
    for (name, tenant), given in shards.items():
        try:
            collection = client.collections.use(name)
            if tenant:
                collection = collection.with_tenant(tenant)
            written = collection.data.write_batch(given)
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
    )


def batch_delete(
    client: Client, request: batch_delete_pb2.BatchDeleteRequest
) -> batch_delete_pb2.BatchDeleteReply:
    """Delete what a filter matches."""
    started = time.perf_counter()
    collection = client.collections.use(request.collection)
    if request.tenant:
        collection = collection.with_tenant(request.tenant)
    done = collection.data.delete_many(
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
