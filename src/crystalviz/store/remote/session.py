"""One server, weaviate-client connected to it, and every call's way through both."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
import weaviate
from weaviate import exceptions as theirs
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.config import GrpcConfig
from weaviate.connect import ConnectionParams

from crystalviz.store.errors import (
    WeaviateBaseError,
    WeaviateClosedClientError,
    WeaviateConnectionError,
    WeaviateStartUpError,
)
from crystalviz.store.remote.address import Address
from crystalviz.store.remote.breaker import Breaker
from crystalviz.store.remote.outage import OutageError, ending_in, seconds_left
from crystalviz.store.remote.raised import raised, translated
from crystalviz.store.remote.rest import RestClient
from crystalviz.store.remote.rpc import GuardedStub, channel_options

T = TypeVar("T")


class Session:
    """Keeps a `WeaviateClient` connected, and guards what goes through it.

    Parameters
    ----------
    address : Address
        The server.
    breaker : Breaker
        Told of every answer and every outage.

    Attributes
    ----------
    generation : int
        Grows with every connection made; what was made from an older one is made anew.
    version : str or None
        Of the server, when it was last connected with.
    """

    def __init__(self, address: Address, breaker: Breaker) -> None:
        self.address = address
        self.breaker = breaker
        self.generation = 0
        self.version: str | None = None
        self.closed = False
        self._lock = threading.Lock()
        self._client: weaviate.WeaviateClient | None = None
        self._rest: RestClient | None = None
        self._stub: GuardedStub | None = None
        self._stale = False

    def call(self, ask: Callable[[weaviate.WeaviateClient], T], patient: bool = False) -> T:
        """Return `ask(client)`, in time.

        Parameters
        ----------
        ask : callable
            Makes the requests.
        patient : bool
            Whether each request has a deadline of its own (a backup is waited for), instead
            of one for all.

        Raises
        ------
        WeaviateConnectionError, WeaviateTimeoutError
            When the server is away.
        WeaviateClosedClientError
            When the client was closed.
        """
        if self.closed:
            raise raised(
                WeaviateClosedClientError,
                f"the client of {self.address.url} is closed: call client.connect()",
            )
        if not self.breaker.allow():
            raise raised(
                WeaviateConnectionError,
                f"{self.address.url} is away, and is asked again in {self.breaker.retry_in:.1f} s. "
                f"Last: {self.breaker.last_error}",
            )
        try:
            with ending_in(None if patient else self.address.budget):
                return ask(self.client())
        except OutageError as outage:
            self.breaker.failed(outage.message, outage.certain)
            # One late answer leaves the connection to the calls that share it.
            self._stale = self._stale or self.breaker.state != "closed"
            raise raised(outage.kind, outage.message) from outage
        except theirs.WeaviateClosedClientError as error:
            raise raised(
                WeaviateClosedClientError if self.closed else WeaviateConnectionError,
                f"the connection with {self.address.url} was closed during the call",
            ) from error
        except theirs.WeaviateBaseError as error:
            if isinstance(error, WeaviateBaseError):
                raise
            raise translated(error) from error
        finally:
            self.breaker.abandoned()

    def client(self) -> weaviate.WeaviateClient:
        """Return a connected client: the one there is, or a new one after an outage."""
        # Another thread may be connecting; what it takes is of this call's time too.
        if not self._lock.acquire(timeout=seconds_left(self.address.budget)):
            raise OutageError(f"{self.address.url} is still being connected with")
        try:
            if self._client is not None and not self._stale:
                return self._client
            self._drop()
            client = self.unconnected()
            try:
                self._connect(client)
            except BaseException:
                client.close()
                raise
            self._client, self._stale = client, False
            self.version = client._connection.server_version
            self.generation += 1
            return client
        finally:
            self._lock.release()

    def unconnected(self) -> weaviate.WeaviateClient:
        """Return a client of weaviate-client's that sends through the guards."""
        address = self.address
        timeout = Timeout(
            query=address.write_deadline, insert=address.write_deadline, init=address.budget
        )
        client = weaviate.WeaviateClient(
            ConnectionParams.from_params(
                http_host=address.host,
                http_port=address.port,
                http_secure=address.secure,
                grpc_host=address.grpc_host,
                grpc_port=address.grpc_port,
                grpc_secure=address.secure,
            ),
            auth_client_secret=Auth.api_key(address.api_key) if address.api_key else None,
            additional_headers=dict(address.headers) or None,
            additional_config=AdditionalConfig(
                timeout=timeout,
                grpc_config=GrpcConfig(channel_options=channel_options(address)),
                # Proxies and keys come from the caller, not from variables of the environment.
                trust_env=False,
            ),
            # Their checks ask a package index on the internet for the newest client.
            skip_init_checks=True,
        )
        self._guard(client._connection)
        return client

    def is_alive(self) -> tuple[bool, bool]:
        """Return whether REST and gRPC answer right now; raises as `call` does."""

        def look(_: weaviate.WeaviateClient) -> tuple[bool, bool]:
            assert self._rest is not None
            assert self._stub is not None
            # REST is asked first and has half of the time.
            rest = self._rest.is_alive(seconds_left(self.address.budget) / 2)
            serving = self._stub.is_serving(max(0.001, seconds_left(self.address.budget)))
            if not rest and not serving:
                raise OutageError(f"{self.address.url} gives no sign of life")
            self.breaker.succeeded()
            return rest, serving

        return self.call(look)

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        self.closed = True
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _connect(self, client: weaviate.WeaviateClient) -> None:
        try:
            client.connect()
        except theirs.WeaviateStartUpError as error:
            raise raised(WeaviateStartUpError, f"{self.address.url}: {error}") from error
        except (
            theirs.ResponseCannotBeDecodedError,
            KeyError,
            TypeError,
            ValueError,
            AssertionError,
        ) as error:
            # Something else listens there, and its answer is no description of a server.
            raise raised(
                WeaviateStartUpError,
                f"{self.address.url} answers, and is not Weaviate: /v1/meta has no version. "
                "Is the port right?",
            ) from error

    def _guard(self, connection: Any) -> None:
        """Let a connection of weaviate-client make our HTTP client and our stub."""
        answered = self.breaker.succeeded
        opened = connection.open_connection_grpc

        def make_client(_colour: Any) -> RestClient:
            # Without encryption no certificates are read, which takes 50 ms.
            rest = RestClient(
                self.address,
                answered,
                headers=connection._headers,
                trust_env=False,
                verify=self.address.secure,
            )
            self._rest = rest
            return rest

        def open_grpc(colour: Any) -> None:
            opened(colour)
            channel: grpc.Channel = connection._grpc_channel
            assert self._rest is not None
            self._stub = GuardedStub(
                connection._grpc_stub, channel, self.address, self._rest, answered
            )
            connection._grpc_stub = self._stub

        connection._make_client = make_client
        connection.open_connection_grpc = open_grpc
