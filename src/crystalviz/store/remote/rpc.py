"""Weaviate's gRPC interface with a deadline: the stub that weaviate-client calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import grpc
from weaviate.proto.v1 import health_weaviate_pb2

from crystalviz.store.errors import WeaviateConnectionError, WeaviateTimeoutError
from crystalviz.store.errors import WeaviateGRPCUnavailableError as GRPCUnavailableError
from crystalviz.store.remote.address import Address
from crystalviz.store.remote.outage import OutageError, seconds_left
from crystalviz.store.remote.rest import RestClient, wait_while_alive

_READS = ("Search", "Aggregate", "TenantsGet")
_STREAMS = ("BatchStream",)
# Until a request that found no connection is sent once more.
_SECOND_TRY_AFTER = 0.05
# Of the deadline: what finding out whether REST answers may take, and whether gRPC is connected.
_LOOK_AT_REST = 0.05
_LOOK_AT_CHANNEL = 0.01

# What the server said of the objects of the last batch, where somebody wants to know.
_BATCH_ERRORS: ContextVar[dict[int, str] | None] = ContextVar("batch_errors", default=None)


@contextmanager
def batch_errors() -> Iterator[dict[int, str]]:
    """Give a dict that holds, after the block, the server's errors by the place of the object.

    weaviate-client keeps them to itself when every object of a batch was refused.
    """
    errors: dict[int, str] = {}
    token = _BATCH_ERRORS.set(errors)
    try:
        yield errors
    finally:
        _BATCH_ERRORS.reset(token)


def channel_options(address: Address) -> list[tuple[str, int]]:
    """Return what makes a channel find a server that came back.

    gRPC waits up to two minutes between its tries to connect; here it is as long as
    a call may take, and the breaker keeps the number of tries down.
    """
    longest = max(100, int(1000 * address.budget))
    return [
        ("grpc.initial_reconnect_backoff_ms", 50),
        ("grpc.min_reconnect_backoff_ms", longest),
        ("grpc.max_reconnect_backoff_ms", longest),
    ]


class GuardedStub:
    """Weaviate's gRPC calls, each over in time.

    Parameters
    ----------
    stub : WeaviateStub
        The calls.
    channel : grpc.Channel
        What they go through.
    address : Address
        The server.
    rest : RestClient
        Asked when gRPC does not answer, to say which of the two is away.
    answered : callable
        Called at every answer.
    """

    def __init__(
        self,
        stub: Any,
        channel: grpc.Channel,
        address: Address,
        rest: RestClient,
        answered: Callable[[], None],
    ) -> None:
        self._stub = stub
        self._channel = channel
        self._address = address
        self._rest = rest
        self._answered = answered

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._stub, name)
        if name in _STREAMS:
            return method

        def call(request: Any, metadata: Any = None, timeout: float | None = None) -> Any:
            return self._call(name, method, request, metadata)

        return call

    def is_serving(self, seconds: float) -> bool:
        """Return whether the server's own health check says so in so many seconds."""
        check = self._channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_weaviate_pb2.WeaviateHealthCheckRequest.SerializeToString,
            response_deserializer=health_weaviate_pb2.WeaviateHealthCheckResponse.FromString,
        )
        try:
            answer = check(health_weaviate_pb2.WeaviateHealthCheckRequest(), timeout=seconds)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_weaviate_pb2.WeaviateHealthCheckResponse.SERVING)

    def _call(self, name: str, method: Any, request: Any, metadata: Any) -> Any:
        reads = name in _READS
        try:
            try:
                answer = self._once(reads, method, request, metadata)
            except grpc.RpcError as error:
                if _code(error) != grpc.StatusCode.UNAVAILABLE:
                    raise
                # A connection from before a restart of the server. Every call here can be
                # repeated: objects have their uuids.
                time.sleep(min(_SECOND_TRY_AFTER, seconds_left(self._address.budget)))
                answer = self._once(reads, method, request, metadata)
        except grpc.FutureCancelledError as error:
            raise self._closed() from error
        except grpc.RpcError as error:
            outage = self._outage(reads, error)
            if outage is None:
                self._answered()
                raise
            raise outage from error
        self._answered()
        errors = _BATCH_ERRORS.get()
        if errors is not None and name == "BatchObjects":
            errors.update((one.index, one.error) for one in answer.errors)
        return answer

    def _once(self, reads: bool, method: Any, request: Any, metadata: Any) -> Any:
        address = self._address
        if reads:
            left = max(0.001, seconds_left(address.budget))
            return method(request, metadata=metadata, timeout=left)
        future = method.future(request, metadata=metadata, timeout=address.write_deadline)

        def wait(seconds: float) -> bool:
            try:
                future.exception(timeout=seconds)
            except grpc.FutureTimeoutError:
                return False
            return True

        if not wait_while_alive(wait, self.is_serving, address):
            future.cancel()
            raise self._late(False)
        return future.result()

    def _closed(self) -> OutageError:
        return OutageError(f"the connection with {self._address.url} was closed during the call")

    def _outage(self, reads: bool, error: grpc.RpcError) -> OutageError | None:
        """Return what went wrong on the way, or None when the server itself refused."""
        code, details = _code(error), cast(Any, error).details()
        if code == grpc.StatusCode.CANCELLED:
            return self._closed()
        where = f"{self._address.grpc_host}:{self._address.grpc_port}"
        if code not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return None
        late = code == grpc.StatusCode.DEADLINE_EXCEEDED
        connected = late and self._is_connected()
        if connected:
            return self._late(reads)
        if self._rest.is_alive(_LOOK_AT_REST * self._address.deadline):
            return OutageError(
                f"{self._address.url} answers, and its gRPC port {where} does not ({details}). Is "
                "grpc_port= right, and does a firewall let it through?",
                GRPCUnavailableError,
                certain=not late,
            )
        if late:
            return self._late(reads)
        return OutageError(
            f"neither {self._address.url} nor its gRPC port {where} answers ({details}). Is the "
            "server running?",
            WeaviateConnectionError,
            certain=True,
        )

    def _is_connected(self) -> bool:
        """Return whether the channel has a connection with a gRPC server."""
        states: list[grpc.ChannelConnectivity] = []
        told = threading.Event()

        def listen(state: grpc.ChannelConnectivity) -> None:
            states.append(state)
            told.set()

        self._channel.subscribe(listen)
        told.wait(_LOOK_AT_CHANNEL * self._address.deadline)
        self._channel.unsubscribe(listen)
        return states[-1:] == [grpc.ChannelConnectivity.READY]

    def _late(self, reads: bool) -> OutageError:
        where = f"{self._address.grpc_host}:{self._address.grpc_port}"
        if reads:
            return OutageError(
                f"{where} did not answer a query within {self._address.deadline:g} s. Raise "
                "deadline= when queries of this size take longer",
                WeaviateTimeoutError,
            )
        return OutageError(
            f"{where} did not answer a write in time (at most {self._address.write_deadline:g} "
            "s). Whether it was carried out is not known: look before repeating",
            WeaviateTimeoutError,
        )


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    return cast(grpc.StatusCode, cast(Any, error).code())
