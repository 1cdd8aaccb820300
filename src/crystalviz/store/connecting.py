"""Opening a store: `cz.connect(folder)`."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from crystalviz.store.client import Client
from crystalviz.store.errors import WeaviateInvalidInputError


def connect(folder: str | PathLike[str], *, read_only: bool = False) -> Client:
    """Open the store in a folder, and make it when there is none.

    Several processes may read at once, and one may write: the lock is taken at a
    client's first write and given back when it closes.

    Parameters
    ----------
    folder : path
        Holds the store's files (`store.sqlite3` and those beside it).
    read_only : bool
        Make and change nothing.

    Returns
    -------
    Client
        To be closed, or used in a `with` block.

    Raises
    ------
    StoreFormatError
        When the folder's file is no store, or of a newer crystalviz.
    StoreCorruptError
        When the file is damaged.
    WeaviateConnectionError
        When the folder cannot be made or opened.
    """
    try:
        path = fspath(folder)
    except TypeError:
        raise WeaviateInvalidInputError(f"connect needs a folder, not {folder!r}") from None
    if not isinstance(path, str) or not path or "\x00" in path:
        raise WeaviateInvalidInputError(f"connect needs a folder, not {folder!r}")
    if "://" in path:
        raise WeaviateInvalidInputError(
            f"{path!r} is a server's address, and connect opens a store folder: give a path"
        )
    return Client(Path(path).expanduser(), read_only)
