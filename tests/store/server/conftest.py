"""A served store and stock clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import weaviate

from crystalviz.store.server import serve
from crystalviz.store.server.serving import StoreServer


def connected(server: StoreServer) -> Any:
    """Return weaviate-client connected to the server; to be closed."""
    return weaviate.connect_to_local(
        host=server.host,
        port=server.http_port,
        grpc_port=server.grpc_port,
        skip_init_checks=True,
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    """Serve one store for all the tests; each has collections of its own."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def stock(server: StoreServer) -> Iterator[Any]:
    """weaviate-client itself, on the server; its collections are gone afterwards."""
    with closing(connected(server)) as client:
        client.collections.delete_all()
        yield client


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., StoreServer]]:
    """Start servers that the test may stop; those it leaves are stopped."""
    running: list[StoreServer] = []

    def start(store: Any = tmp_path / "store", **settings: Any) -> StoreServer:
        running.append(serve(store, **settings))
        return running[-1]

    yield start
    for one in running:
        one.stop()
