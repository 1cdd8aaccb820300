"""A Weaviate server behind the face of the embedded store."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from crystalviz.store.errors import WeaviateBaseError
from crystalviz.store.remote.address import read_address
from crystalviz.store.remote.batch import RemoteBatches
from crystalviz.store.remote.breaker import Breaker
from crystalviz.store.remote.collection import RemoteCollection, RemoteCollections
from crystalviz.store.remote.faces import Face
from crystalviz.store.remote.session import Session

# Parts of weaviate-client's client, and whether their calls wait for what takes minutes.
_PARTS = {
    "alias": False,
    "backup": True,
    "cluster": False,
    "debug": False,
    "export": True,
    "groups": False,
    "roles": False,
    "tokenization": False,
    "users": False,
}


class RemoteClient:
    """A Weaviate server, with the calls of weaviate-client and a deadline for each.

    Nothing is asked of the server until the first call, and a server that comes back
    after an outage is used again by the next call that the breaker lets through. Keys,
    addresses and proxies are taken from the arguments only, never from the environment.

    Parameters
    ----------
    url : str
        `http://host:8080` or `https://host`.
    grpc_port : int
        Port of the gRPC interface.
    grpc_host : str, optional
        Its host, where it is another one.
    api_key : str, optional
        Sent with every call.
    headers : dict, optional
        Sent with every call.
    deadline : float
        Seconds that no reading call exceeds, and no call to a server that hangs.
    write_deadline : float
        Seconds that no request of a writing call exceeds, as long as the server gives
        signs of life.
    breaker : Breaker, optional
        To be shared, or with other settings.

    Attributes
    ----------
    collections : RemoteCollections
        The server's collections.
    batch : RemoteBatches
        Writes to several collections.
    breaker : Breaker
        Whether the server is asked at all.
    mirror : None
        A server has no mirror.
    """

    def __init__(
        self,
        url: str,
        *,
        grpc_port: int = 50051,
        grpc_host: str | None = None,
        api_key: str | None = None,
        headers: dict[str, str] | None = None,
        deadline: float = 2.0,
        write_deadline: float = 60.0,
        breaker: Breaker | None = None,
    ) -> None:
        self.address = read_address(
            url, grpc_port, grpc_host, api_key, headers, deadline, write_deadline
        )
        self.breaker = breaker or Breaker()
        self.mirror = None
        self._session = Session(self.address, self.breaker)
        sample = self._session.unconnected()
        self.collections = RemoteCollections(
            self._session, sample.collections, lambda client: client.collections
        )
        self.batch = RemoteBatches(self._collection)
        for name, patient in _PARTS.items():
            # Older clients lack some.
            part = getattr(sample, name, None)
            if part is not None:
                setattr(self, name, Face(self._session, part, _part(name), patient))

    def __enter__(self) -> RemoteClient:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        words = {"closed": "", "open": " (away)", "half-open": " (away)"}
        state = "closed" if self._session.closed else f"open{words[self.breaker.state]}"
        return f"<Client {self.address.url} {state}>"

    def connect(self) -> None:
        """Connect with the server, also after `close`.

        Raises
        ------
        WeaviateStartUpError
            When what answers is no Weaviate server, or too old.
        WeaviateConnectionError, WeaviateTimeoutError
            When it is away.
        """
        self._session.closed = False
        self.breaker.reset()
        self._session.call(lambda client: client.get_meta())

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        self._session.close()

    def is_connected(self) -> bool:
        """Return whether the client is open; whether the server answers is `is_ready`."""
        return not self._session.closed

    def is_ready(self) -> bool:
        """Return whether the server answers on both ports; within the deadline, quietly."""
        health = self.health()
        return bool(health["rest"] and health["grpc"])

    def is_live(self) -> bool:
        """Return whether the server answers on both ports."""
        return self.is_ready()

    def health(self) -> dict[str, Any]:
        """Ask the server how it is, unless the breaker is open; never raises.

        Returns
        -------
        dict
            `ready`, `rest`, `grpc` (bools), `version` (text; None before it was ever
            reached), `address` (its URL), `breaker` (the state after this), `error` (text or
            None), `seconds` (what the answer took).
        """
        start = time.perf_counter()
        rest = serving = False
        error = None
        try:
            rest, serving = self._session.is_alive()
            if not (rest and serving):
                error = f"{'REST' if serving else 'gRPC'} does not answer"
        except WeaviateBaseError as outage:
            error = str(outage)
        return {
            "ready": rest and serving,
            "rest": rest,
            "grpc": serving,
            "version": self._session.version,
            "address": self.address.url,
            "breaker": self.breaker.state,
            "error": error,
            "seconds": time.perf_counter() - start,
        }

    def get_meta(self) -> dict[str, Any]:
        """Return what the server says of itself: its version, its modules."""
        return self._session.call(lambda client: client.get_meta())

    def graphql_raw_query(self, gql_query: str) -> Any:
        """Return the server's answer to a query in GraphQL."""
        return self._session.call(lambda client: client.graphql_raw_query(gql_query))

    def _collection(self, name: str, tenant: str | None) -> RemoteCollection:
        collection = self.collections.use(name)
        return collection if tenant is None else collection.with_tenant(tenant)


def _part(name: str) -> Any:
    return lambda client: getattr(client, name)
