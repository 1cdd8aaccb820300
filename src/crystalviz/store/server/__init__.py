"""A store behind Weaviate's REST and gRPC: a Weaviate-compatible subset for stock clients.

Translation only: what a call means is settled by the embedded store.
"""

from __future__ import annotations

import warnings
from os import PathLike
from typing import TYPE_CHECKING

from crystalviz._optional import require

if TYPE_CHECKING:
    from crystalviz.store.client import Client
    from crystalviz.store.server.serving import StoreServer

__all__ = ["serve"]


def serve(
    store: str | PathLike[str] | Client,
    http_port: int = 0,
    grpc_port: int = 0,
    *,
    host: str = "127.0.0.1",
    read_only: bool = False,
) -> StoreServer:
    """Serve a store to clients of Weaviate, in this process, until the block ends.

    Parameters
    ----------
    store : path or Client
        The store's folder, opened here and closed at the end; or an open client,
        which stays open.
    http_port, grpc_port : int
        0: a free one, to be read from the server.
    host : str
        Where to listen. There are no users and no passwords: whoever reaches the
        ports may do anything, so the default is this machine only.
    read_only : bool
        Open the folder for reading; every write of a client is refused.

    Returns
    -------
    StoreServer
        Running; a context manager that stops it. It has `.http_port`,
        `.grpc_port` and `.url`.

    Raises
    ------
    WeaviateConnectionError
        When a port is taken or the store cannot be opened.
    MissingDependencyError
        Without the extra `weaviate`.

    Examples
    --------
    >>> import weaviate  # doctest: +SKIP
    >>> with serve("my_store") as server:  # doctest: +SKIP
    ...     client = weaviate.connect_to_local(port=server.http_port, grpc_port=server.grpc_port)
    """
    # What its own dependencies are told about their future is nothing to the user.
    with warnings.catch_warnings(record=True):
        for package in ("weaviate", "grpc", "tornado"):
            require(package, "weaviate", "serving a store to clients of Weaviate")
    from crystalviz.store.server.serving import StoreServer

    return StoreServer(store, http_port, grpc_port, host, read_only)
