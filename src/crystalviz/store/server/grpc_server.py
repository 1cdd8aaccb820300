"""The gRPC port: the calls of Weaviate's service, and its health check."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import grpc
from weaviate.proto.v1 import (
    aggregate_pb2,
    batch_delete_pb2,
    batch_pb2,
    health_weaviate_pb2,
    search_get_pb2,
    tenants_pb2,
    weaviate_pb2_grpc,
)

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateBaseError, WeaviateConnectionError
from crystalviz.store.server import (
    grpc_aggregate,
    grpc_batch,
    grpc_search,
    grpc_stream,
    grpc_tenants,
)
from crystalviz.store.server.refusals import code_of, message_of
from crystalviz.store.server.version import GRPC_MESSAGE_BYTES

_LOG = logging.getLogger("crystalviz.store.server")
# A batch stream keeps a thread for as long as it is open, and the health check must find
# one while others work. They are made as they are needed.
_WORKERS = 64
_GRACE_SECONDS = 5.0
_OPTIONS = [
    ("grpc.max_receive_message_length", GRPC_MESSAGE_BYTES),
    ("grpc.max_send_message_length", GRPC_MESSAGE_BYTES),
    # Or a second server on the port would silently take half of the calls.
    ("grpc.so_reuseport", 0),
]

_Reply = TypeVar("_Reply")


class _Service(weaviate_pb2_grpc.WeaviateServicer):
    """Weaviate's service on a store."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def Search(  # noqa: N802 - the names are the service's
        self, request: search_get_pb2.SearchRequest, context: Any
    ) -> search_get_pb2.SearchReply:
        return self._answer(context, grpc_search.search, request)

    def Aggregate(  # noqa: N802
        self, request: aggregate_pb2.AggregateRequest, context: Any
    ) -> aggregate_pb2.AggregateReply:
        return self._answer(context, grpc_aggregate.aggregate, request)

    def BatchObjects(  # noqa: N802
        self, request: batch_pb2.BatchObjectsRequest, context: Any
    ) -> batch_pb2.BatchObjectsReply:
        return self._answer(context, grpc_batch.batch_objects, request)

    def BatchReferences(  # noqa: N802
        self, request: batch_pb2.BatchReferencesRequest, context: Any
    ) -> batch_pb2.BatchReferencesReply:
        return self._answer(context, grpc_batch.batch_references, request)

    def BatchStream(  # noqa: N802
        self, request_iterator: Iterator[batch_pb2.BatchStreamRequest], context: Any
    ) -> Iterator[batch_pb2.BatchStreamReply]:
        try:
            yield from grpc_stream.batch_stream(self._client, request_iterator)
        except WeaviateBaseError as error:
            context.abort(code_of(error), message_of(error))

    def TenantsGet(  # noqa: N802
        self, request: tenants_pb2.TenantsGetRequest, context: Any
    ) -> tenants_pb2.TenantsGetReply:
        return self._answer(context, grpc_tenants.tenants_get, request)

    def BatchDelete(  # noqa: N802
        self, request: batch_delete_pb2.BatchDeleteRequest, context: Any
    ) -> batch_delete_pb2.BatchDeleteReply:
        return self._answer(context, grpc_batch.batch_delete, request)

    def _answer(
        self, context: Any, function: Callable[[Client, Any], _Reply], request: Any
    ) -> _Reply:
        try:
            return function(self._client, request)
        except WeaviateBaseError as error:
            context.abort(code_of(error), message_of(error))
        except Exception as error:
            _LOG.exception("gRPC %s", function.__name__)
            context.abort(grpc.StatusCode.INTERNAL, message_of(error))
        raise AssertionError("abort returned")


def _health(_request: Any, _context: Any) -> health_weaviate_pb2.WeaviateHealthCheckResponse:
    serving = health_weaviate_pb2.WeaviateHealthCheckResponse.SERVING
    return health_weaviate_pb2.WeaviateHealthCheckResponse(status=serving)


# The standard health service (grpc.health.v1), whose messages the client's own stubs carry.
_HEALTH = grpc.method_handlers_generic_handler(
    "grpc.health.v1.Health",
    {
        "Check": grpc.unary_unary_rpc_method_handler(
            _health,
            request_deserializer=health_weaviate_pb2.WeaviateHealthCheckRequest.FromString,
            response_serializer=health_weaviate_pb2.WeaviateHealthCheckResponse.SerializeToString,
        )
    },
)


class GrpcServer:
    """Serves gRPC from when it is made until `stop`.

    Parameters
    ----------
    client : Client
        The store.
    host : str
        Where to listen.
    port : int
        0: a free one.

    Raises
    ------
    WeaviateConnectionError
        When the port is taken.
    """

    def __init__(self, client: Client, host: str, port: int) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(_WORKERS, "crystalviz-grpc"), options=_OPTIONS
        )
        weaviate_pb2_grpc.add_WeaviateServicer_to_server(_Service(client), self._server)
        self._server.add_generic_rpc_handlers((_HEALTH,))
        shown = f"[{host}]" if ":" in host else host
        try:
            self.port: int = self._server.add_insecure_port(f"{shown}:{port}")
        except (RuntimeError, OverflowError) as error:
            raise WeaviateConnectionError(
                f"the gRPC port {port} of {host} cannot be opened. Stop what uses it, or choose "
                "another (--grpc-port)"
            ) from error
        self._server.start()

    def stop(self) -> None:
        """Take no more calls, give those under way some seconds, close the port."""
        self._server.stop(_GRACE_SECONDS).wait()
