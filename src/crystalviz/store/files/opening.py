"""A store given as a folder or as an open client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crystalviz.store.errors import WeaviateInvalidInputError


@contextmanager
def opened_client(target: Any, *, read_only: bool = False, **server: Any) -> Iterator[Any]:
    """Return the client of a folder, or a server's address, closed afterwards; or the one given.

    `server` goes to `connect` with a server's address.

    Raises
    ------
    WeaviateInvalidInputError
        When it is neither, or a folder to read is not there.
    """
    from crystalviz.store.connecting import connect

    if hasattr(target, "collections"):
        yield target
        return
    if not isinstance(target, str | os.PathLike):
        raise WeaviateInvalidInputError(
            f"needs a store's folder or a client (cz.connect), not {type(target).__name__}"
        )
    if is_address(target):
        with connect(str(target), **server) as client:
            yield client
        return
    if read_only and not Path(target).is_dir():
        raise WeaviateInvalidInputError(f"{target}: there is no such folder")
    with connect(target, read_only=read_only) as client:
        yield client


def is_address(target: Any) -> bool:
    """Return whether this is a server's address."""
    return isinstance(target, str) and "://" in target


def require_collection(client: Any, name: str) -> Any:
    """Return a collection of a client.

    Raises
    ------
    WeaviateInvalidInputError
        When there is none of that name; it says which there are.
    """
    if not client.collections.exists(name):
        known = ", ".join(sorted(client.collections.list_all())) or "none at all"
        raise WeaviateInvalidInputError(f"there is no collection {name!r}; there is {known}")
    return client.collections.use(name)
