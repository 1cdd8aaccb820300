"""gRPC `BatchStream`: objects and references sent as they come, answered as they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import grpc
from weaviate.proto.v1 import batch_pb2

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateQueryError
from crystalviz.store.server.grpc_batch import write_objects, write_references
from crystalviz.store.writing.references import BEACON

_Reply = batch_pb2.BatchStreamReply
_Results = _Reply.Results


def batch_stream(
    client: Client, requests: Iterable[batch_pb2.BatchStreamRequest]
) -> Iterator[batch_pb2.BatchStreamReply]:
    """Answer a stream: what was taken, then what became of it, message for message."""
    messages = iter(requests)
    first = next(messages, None)
    if first is None or not first.HasField("start"):
        raise WeaviateQueryError("the first message of a batch stream must be its start")
    yield _Reply(started=_Reply.Started())
    try:
        for message in messages:
            if message.HasField("stop"):
                return
            objects = message.data.objects.values
            references = message.data.references.values
            sources = [_source(one) for one in references]
            yield _Reply(acks=_Reply.Acks(uuids=[one.uuid for one in objects], beacons=sources))
            yield _Reply(results=_results(client, objects, references, sources))
    except grpc.RpcError:
        # The client went away; what it was told is stored is stored.
        return


def _source(message: batch_pb2.BatchReference) -> str:
    return f"{BEACON}{message.from_collection}/{message.from_uuid}/{message.name}"


def _results(
    client: Client,
    objects: Sequence[batch_pb2.BatchObject],
    references: Sequence[batch_pb2.BatchReference],
    sources: Sequence[str],
) -> _Results:
    results = _Results()
    # Objects first, so that references to those of the same message are found.
    errors = write_objects(client, objects)
    for index, one in enumerate(objects):
        if index in errors:
            results.errors.add(error=errors[index], uuid=one.uuid)
        else:
            results.successes.add(uuid=one.uuid)
    errors = write_references(client, references)
    for index, source in enumerate(sources):
        if index in errors:
            results.errors.add(error=errors[index], beacon=source)
        else:
            results.successes.add(beacon=source)
    return results
