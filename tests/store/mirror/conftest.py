"""A store, and a server for it to be mirrored to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalviz.store import Client, connect
from crystalviz.store.server import serve
from crystalviz.store.server.serving import StoreServer
from tests.store.mirror.serving import ServerProcess


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Client]:
    """The local store."""
    with connect(tmp_path / "local") as client:
        yield client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoreServer]:
    """A server of this process, over a store of its own; `server.client` looks into it."""
    with serve(tmp_path / "server", http_port=0, grpc_port=0) as running:
        yield running


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that is a process of its own."""
    running = ServerProcess(tmp_path / "server")
    yield running
    running.kill()
