"""A running server: the store, its REST and its gRPC, started and stopped together."""

from __future__ import annotations

from os import PathLike
from types import TracebackType

from crystalviz.store.client import Client
from crystalviz.store.connecting import connect
from crystalviz.store.errors import WeaviateConnectionError
from crystalviz.store.server.grpc_server import GrpcServer
from crystalviz.store.server.http_server import HttpServer


class StoreServer:
    """A store being served; see `serve` for the parameters.

    Attributes
    ----------
    client : Client
        The store.
    host : str
        Where the server listens.
    http_port, grpc_port : int
        The ports in use.
    """

    def __init__(
        self,
        store: str | PathLike[str] | Client,
        http_port: int,
        grpc_port: int,
        host: str,
        read_only: bool,
    ) -> None:
        self.host = host
        self._owns_client = not isinstance(store, Client)
        if isinstance(store, Client):
            self.client = store
        else:
            opened = connect(store, read_only=read_only)
            if not isinstance(opened, Client):
                raise WeaviateConnectionError(f"{store}: give a store folder to serve")
            self.client = opened
        self._parts: list[HttpServer | GrpcServer] = []
        try:
            grpc = GrpcServer(self.client, host, grpc_port)
            self._parts.append(grpc)
            http = HttpServer(self.client, host, http_port)
            self._parts.append(http)
        except BaseException:
            self.stop()
            raise
        self.http_port = http.port
        self.grpc_port = grpc.port

    @property
    def url(self) -> str:
        """The address of the REST interface."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{shown}:{self.http_port}"

    def stop(self) -> None:
        """Answer what is being asked, then stop; more than once does no harm."""
        while self._parts:
            self._parts.pop().stop()
        if self._owns_client:
            self.client.close()

    def __enter__(self) -> StoreServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self._parts else "stopped"
        return f"<StoreServer {self.url} gRPC {self.grpc_port} {state}>"
