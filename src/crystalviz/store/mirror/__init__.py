"""The mirror: what is written to the store is pushed to a Weaviate server in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.mirror.ledger import forget as _forget
from crystalviz.store.mirror.mirror import Mirror
from crystalviz.store.mirror.worker import Pace
from crystalviz.store.remote.address import read_address

if TYPE_CHECKING:
    from crystalviz.store.client import Client

__all__ = ["Mirror", "Pace", "attach", "forget"]


def attach(client: Client, url: str, *, pace: Pace | None = None, **settings: Any) -> Mirror:
    """Let a Weaviate server follow an open store.

    The server need not be there: what is written waits for it in the store.

    Parameters
    ----------
    client : Client
        Opened for writing.
    url : str
        `http://host:port`.
    pace : Pace, optional
        How often the mirror looks at the store and at the server.
    **settings
        How the server is reached, as in `cz.connect(url, ...)`: grpc_port, api_key, headers,
        deadline. They are kept in memory only.

    Returns
    -------
    Mirror
        Also `client.mirror`; it ends with the client.

    Raises
    ------
    WeaviateInvalidInputError
        When the store is opened read-only or has a mirror, or the address is not valid.
    MissingDependencyError
        Without weaviate-client.
    """
    if client._database.read_only:
        raise WeaviateInvalidInputError(
            f"{client.folder}: opened read-only, and a mirror keeps in the store how far the "
            "server is. Open it for writing"
        )
    if client.mirror is not None:
        raise WeaviateInvalidInputError(
            f"{client.folder}: mirrored to {client.mirror.address} already. Open the store once "
            "more for a second server"
        )
    from crystalviz.store.remote import Breaker, RemoteClient

    # Made here, so that a wrong address is told at once; it connects at its first call.
    server = RemoteClient(url, breaker=Breaker(threshold=1, pause=1.0, longest=15.0), **settings)
    # Without user and password, which an address may have.
    client.mirror = Mirror(client, server.address.url, server, pace)
    return client.mirror


def forget(client: Client, url: str) -> bool:
    """Forget how far a server is that the store is no longer mirrored to.

    As long as the store knows a mirror it keeps the log of what was deleted for it.

    Returns
    -------
    bool
        Whether the store knew it.
    """
    address = read_address(url).url
    if client.mirror is not None and client.mirror.address == address:
        client.mirror.close()
        client.mirror = None
    return _forget(client.folder, address)
