"""Opening a store: `cz.connect(folder)`, or a Weaviate server: `cz.connect("http://host:8080")`."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateInvalidInputError

# What goes with a server's address.
_SERVER_SETTINGS = (
    "grpc_port",
    "grpc_host",
    "api_key",
    "headers",
    "deadline",
    "write_deadline",
)


def connect(
    target: str | PathLike[str],
    *,
    read_only: bool = False,
    mirror: str | None = None,
    **server: Any,
) -> Client:
    """Open the store in a folder, and make it when there is none; or use a Weaviate server.

    Of a folder several processes may read at once, and one may write: the lock is
    taken at a client's first write and given back when it closes.

    Parameters
    ----------
    target : path or str
        A folder, which holds the store's files (`store.sqlite3` and those beside it); or
        the address of a Weaviate server, `http://host:8080` or `https://host`.
    read_only : bool
        Make and change nothing in the folder.
    mirror : str, optional
        Address of a Weaviate server that gets everything written to the folder, in the
        background; the store answers from the folder, also while the server is away.
    **server
        How to speak to the server, which is `target` or `mirror`:

        grpc_port : int, default 50051
            The port of its gRPC interface.
        grpc_host : str
            The host of the same, where it is another one.
        api_key : str
            Sent with every call.
        headers : dict of str
            Sent with every call.
        deadline : float, default 2.0
            Seconds that no reading call exceeds, and no call to a server that hangs.
        write_deadline : float, default 60.0
            Seconds that no request of a writing call exceeds, while the server is alive.

    Returns
    -------
    Client
        To be closed, or used in a `with` block. For a server it is a `RemoteClient`, with
        the same calls.

    Raises
    ------
    StoreFormatError
        When the folder's file is no store, or of a newer crystalviz.
    StoreCorruptError
        When the file is damaged.
    WeaviateConnectionError
        When the folder cannot be made or opened, or the server is away.
    WeaviateTimeoutError
        When the server does not answer within the deadline.
    WeaviateInvalidInputError
        When an argument is not valid, or goes only with a folder or a server.
    MissingDependencyError
        When a server is asked for, without the extra `weaviate`.
    """
    unknown = set(server) - set(_SERVER_SETTINGS)
    if unknown:
        raise TypeError(f"connect has no argument {', '.join(sorted(unknown))}")
    if isinstance(target, str) and "://" in target:
        return _server(target, read_only, mirror, server)
    if server and mirror is None:
        raise WeaviateInvalidInputError(
            f"{', '.join(sorted(server))}: only with a server's address, and {target!r} is a folder"
        )
    client = Client(_folder(target), read_only)
    if mirror is not None:
        from crystalviz.store.mirror import attach

        try:
            client.mirror = attach(client, mirror, **server)
        except BaseException:
            client.close()
            raise
    return client


def _folder(target: Any) -> Path:
    try:
        path = fspath(target)
    except TypeError:
        raise WeaviateInvalidInputError(f"connect needs a folder, not {target!r}") from None
    if not isinstance(path, str) or not path or "\x00" in path:
        raise WeaviateInvalidInputError(f"connect needs a folder, not {target!r}")
    return Path(path).expanduser()


def _server(url: str, read_only: bool, mirror: str | None, settings: dict[str, Any]) -> Client:
    if mirror is not None or read_only:
        raise WeaviateInvalidInputError(
            f"{'mirror' if mirror is not None else 'read_only'} goes with a folder, and {url!r} is "
            "a server's address"
        )
    from crystalviz.store.remote import RemoteClient

    client = RemoteClient(url, **settings)
    try:
        client.connect()
    except BaseException:
        client.close()
        raise
    # Not a Client, but with its calls: code that uses one need not know which it has.
    return cast(Client, client)
