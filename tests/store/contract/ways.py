"""The ways of using a store, which have to agree: who answers, and with whose classes one asks.

- embedded: `cz.connect(folder)`, our classes.
- stock: weaviate-client as it comes, talking to a served store, its own classes.
- remote: `cz.connect(url)` of a served store, our classes.
- weaviate: weaviate-client as it comes, talking to the Weaviate server of
  CRYSTALVIZ_WEAVIATE_URL (and CRYSTALVIZ_WEAVIATE_GRPC_PORT, 50051 where that is not set).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import crystalviz.store as ours
from crystalviz.store import classes as our_classes
from crystalviz.store.server import serve

URL = os.environ.get("CRYSTALVIZ_WEAVIATE_URL")
GRPC_PORT = int(os.environ.get("CRYSTALVIZ_WEAVIATE_GRPC_PORT", "50051"))
WAYS = ["embedded", "stock", "remote", *(["weaviate"] if URL else [])]
# So that nothing of a server's owner has the name.
PREFIX = "CrystalvizContract"


@dataclass
class Way:
    """A client and the classes that go with it."""

    name: str
    client: Any
    classes: Any

    def create(self, name: str, **settings: Any) -> Any:
        """Make a collection anew."""
        self.client.collections.delete(PREFIX + name)
        return self.client.collections.create(PREFIX + name, **settings)

    def use(self, name: str) -> Any:
        """Return a collection."""
        return self.client.collections.use(PREFIX + name)


@contextmanager
def refused(name: str, status: int | None = None) -> Iterator[None]:
    """Expect an error by the name of its class, and its status code where it has one."""
    with pytest.raises(Exception) as told:  # noqa: PT011
        yield
    assert type(told.value).__name__ == name
    if status is not None:
        assert told.value.status_code == status  # type: ignore[attr-defined]


def their_classes() -> Any:
    """Return weaviate-client's classes under the names that ours have."""
    from weaviate.classes import aggregate, config, data, query, tenants

    found = SimpleNamespace()
    for module in (aggregate, config, data, query, tenants):
        for name in module.__all__:
            setattr(found, name, getattr(module, name))
    return found


@contextmanager
def open_way(name: str, folder: Path) -> Iterator[Way]:
    """Open a way over a fresh store in `folder`."""
    if name == "embedded":
        with ours.connect(folder) as client:
            yield Way(name, client, our_classes)
    elif name == "weaviate":
        assert URL is not None
        with _stock(URL, GRPC_PORT) as client:
            yield Way(name, client, their_classes())
    else:
        with serve(folder) as server:
            if name == "stock":
                with _stock(server.url, server.grpc_port) as client:
                    yield Way(name, client, their_classes())
            else:
                with ours.connect(server.url, grpc_port=server.grpc_port) as client:
                    yield Way(name, client, our_classes)


def _stock(url: str, grpc_port: int) -> Any:
    import weaviate
    from weaviate.connect import ConnectionParams

    client = weaviate.WeaviateClient(
        ConnectionParams.from_url(url, grpc_port), skip_init_checks=True
    )
    client.connect()
    return client
