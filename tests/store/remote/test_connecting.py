"""`cz.connect` of an address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crystalviz.store import Client, connect, errors
from crystalviz.store.remote import RemoteClient
from tests.store.remote.faulty import FaultyServer, Stopwatch, free_port


def test_key_and_headers_go_with_every_call(faulty: FaultyServer) -> None:
    with connect(
        faulty.url, grpc_port=faulty.grpc_port, api_key="lab-key", headers={"X-Lab": "7"}
    ) as client:
        client.collections.use("Things").query.fetch_objects()
        assert "lab-key" not in repr(client)
    for _, _, headers in faulty.seen:
        named = {name.lower(): value for name, value in headers.items()}
        assert (named["authorization"], named["x-lab"]) == ("Bearer lab-key", "7")
    assert faulty.metadata["authorization"] == "Bearer lab-key"
    assert faulty.metadata["x-lab"] == "7"


def test_connecting_costs_one_request(faulty: FaultyServer) -> None:
    with connect(faulty.url, grpc_port=faulty.grpc_port):
        paths = [path for _, path, _ in faulty.seen]
    assert set(paths) == {"/v1/meta"}


def test_an_address_gives_a_remote_client(faulty: FaultyServer) -> None:
    with connect(faulty.url, grpc_port=faulty.grpc_port) as client:
        assert isinstance(client, RemoteClient)
        assert client.mirror is None
        assert client.is_connected()
        assert repr(client) == f"<Client {faulty.url} open>"
        assert client.get_meta()["version"] == "1.35.0"
    assert not client.is_connected()
    assert repr(client) == f"<Client {faulty.url} closed>"


def test_closed_and_connected_again(faulty: FaultyServer) -> None:
    client = connect(faulty.url, grpc_port=faulty.grpc_port)
    things = client.collections.use("Things")
    client.close()
    client.close()
    with pytest.raises(errors.WeaviateClosedClientError, match=r"client\.connect\(\)"):
        things.query.fetch_objects()
    client.connect()
    assert things.query.fetch_objects().objects == []
    client.close()


def test_nothing_listens_is_told_at_once() -> None:
    port = free_port()
    with (
        Stopwatch() as watch,
        pytest.raises(errors.WeaviateConnectionError, match=f"127.0.0.1:{port} cannot be reached"),
    ):
        connect(f"http://127.0.0.1:{port}")
    assert watch.seconds < 1.5


@pytest.mark.parametrize(
    ("meta", "told"),
    [({}, "is not Weaviate"), ([], "is not Weaviate"), ({"version": "1.20.0"}, "1.27.0 or higher")],
)
def test_what_is_no_server_or_too_old(faulty: FaultyServer, meta: Any, told: str) -> None:
    faulty.meta = meta
    with pytest.raises(errors.WeaviateStartUpError, match=told):
        connect(faulty.url, grpc_port=faulty.grpc_port)


def test_a_page_instead_of_a_server(faulty: FaultyServer) -> None:
    faulty.plain = b"<html>Log in</html>"
    with pytest.raises(errors.WeaviateStartUpError, match="Is the port right"):
        connect(faulty.url, grpc_port=faulty.grpc_port)


@pytest.mark.parametrize(
    "settings", [{"mirror": "http://other:8080"}, {"read_only": True}, {"deadline": -1.0}]
)
def test_what_does_not_go_with_an_address(settings: dict[str, Any]) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError):
        connect("http://localhost:8080", **settings)


def test_what_does_not_go_with_a_folder(tmp_path: Path) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError, match="grpc_port: only with a server's"):
        connect(tmp_path / "store", grpc_port=50051)
    assert not (tmp_path / "store").exists()
    with pytest.raises(TypeError, match="no argument colour"):
        connect(tmp_path, colour="red")


def test_a_folder_gives_the_embedded_store(tmp_path: Path) -> None:
    with connect(str(tmp_path)) as client:
        assert type(client) is Client


def test_the_store_alone_does_not_load_weaviate_client() -> None:
    code = (
        "import sys, crystalviz.store, crystalviz.store.remote;"
        "print([m for m in ('weaviate', 'grpc', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_connecting_says_nothing(faulty: FaultyServer) -> None:
    code = (
        "import crystalviz.store as cz;"
        f"cz.connect({faulty.url!r}, grpc_port={faulty.grpc_port}).close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
