"""Starting and stopping a server; its ports."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import crystalviz as cz
from crystalviz.store.errors import WeaviateConnectionError
from crystalviz.store.server.serving import StoreServer
from tests.store.server.conftest import connected

Serving = Callable[..., StoreServer]


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_what_a_client_writes_is_in_the_folder(serving: Serving, tmp_path: Path) -> None:
    server = serving()
    with closing(connected(server)) as client:
        things = client.collections.create("Things")
        identity = things.data.insert({"n": 1}, vector=[1, 0])
    server.stop()
    with cz.connect(tmp_path / "store") as store:
        found = store.collections.use("Things").query.fetch_object_by_id(identity, True)
    assert found.properties["n"] == 1
    assert found.vector == {"default": [1.0, 0.0]}


def test_a_stopped_server_frees_its_ports_and_its_folder(serving: Serving, tmp_path: Path) -> None:
    server = serving()
    assert _is_open(server.http_port)
    assert _is_open(server.grpc_port)
    server.stop()
    server.stop()
    assert not _is_open(server.http_port)
    assert not _is_open(server.grpc_port)
    assert not server.client.is_connected()
    again = serving(http_port=server.http_port, grpc_port=server.grpc_port)
    assert (again.http_port, again.grpc_port) == (server.http_port, server.grpc_port)


def test_an_open_client_stays_open(serving: Serving, tmp_path: Path) -> None:
    with cz.connect(tmp_path / "store") as store:
        things = store.collections.create("Things")
        server = serving(store)
        with closing(connected(server)) as client:
            client.collections.use("Things").data.insert({"n": 1})
            # Both are the same store: no lock, no delay.
            assert len(things) == 1
        server.stop()
        assert store.is_connected()


@pytest.mark.parametrize("which", ["http_port", "grpc_port"])
def test_a_taken_port_is_named(serving: Serving, tmp_path: Path, which: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WeaviateConnectionError, match=f"{port} of 127.0.0.1 cannot be opened"):
            serving(**{which: port})
    # And the store was let go.
    with cz.connect(tmp_path / "store") as store:
        store.collections.create("Things")


def test_two_servers_do_not_share_a_port(serving: Serving, tmp_path: Path) -> None:
    server = serving()
    with pytest.raises(WeaviateConnectionError, match="gRPC port"):
        serving(tmp_path / "other", grpc_port=server.grpc_port)


def test_a_read_only_server_refuses_writes(serving: Serving, tmp_path: Path) -> None:
    with cz.connect(tmp_path / "store") as store:
        store.collections.create("Things").data.insert({"n": 1}, vector=[1, 0])
    with closing(connected(serving(read_only=True))) as client:
        things = client.collections.use("Things")
        assert len(things.query.near_vector([1, 0]).objects) == 1
        with pytest.raises(Exception, match="opened read-only"):
            things.data.insert({"n": 2})
        with pytest.raises(Exception, match="opened read-only"):
            things.data.insert_many([{"n": 2}])
