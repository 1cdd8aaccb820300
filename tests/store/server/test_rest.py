"""REST as it is on the wire: statuses and bodies that clients of other languages rely on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from crystalviz.store.server.serving import StoreServer

Serving = Callable[..., StoreServer]

UUID = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def rest(server: StoreServer, stock: Any) -> Any:
    """Send a request to `/v1` of the server, whose store is empty."""
    with httpx.Client(base_url=f"{server.url}/v1") as client:
        yield client


def _message(answer: httpx.Response) -> str:
    return answer.json()["error"][0]["message"]


def test_meta_says_what_this_is(rest: httpx.Client) -> None:
    meta = rest.get("/meta").json()
    assert meta["version"].startswith("1.")
    assert "Weaviate-compatible subset" in meta["engine"]
    assert meta["modules"] == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/path", 404),
        ("GET", "/schema/Nope", 404),
        ("PATCH", "/schema", 405),
        ("DELETE", "/schema/Nope", 200),
        ("GET", f"/objects/Nope/{UUID}", 404),
        ("GET", "/aliases/Nope", 404),
    ],
)
def test_statuses(rest: httpx.Client, method: str, path: str, status: int) -> None:
    answer = rest.request(method, path)
    assert answer.status_code == status
    if status >= 400:
        assert _message(answer)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"3", b"null", b""])
def test_bodies_that_are_no_object_are_refused(rest: httpx.Client, body: bytes) -> None:
    for method, path in (
        ("POST", "/schema"),
        ("POST", "/objects"),
        ("POST", "/aliases"),
        ("PUT", f"/objects/Things/{UUID}"),
    ):
        answer = rest.request(method, path, content=body)
        assert 400 <= answer.status_code < 500, (method, path)
        assert _message(answer)


def test_an_object_there_and_back(rest: httpx.Client) -> None:
    properties = {
        "name": "äöü",
        "count": 3,
        "when": "2026-01-31T12:00:00Z",
        "place": {"latitude": 51.5, "longitude": -0.25},
        "tags": ["a", "b"],
    }
    schema = {
        "class": "Things",
        "properties": [
            {"name": "name", "dataType": ["text"]},
            {"name": "count", "dataType": ["int"]},
            {"name": "when", "dataType": ["date"]},
            {"name": "place", "dataType": ["geoCoordinates"]},
            {"name": "tags", "dataType": ["text[]"]},
        ],
    }
    assert rest.post("/schema", json=schema).status_code == 200
    made = rest.post(
        "/objects",
        json={"class": "Things", "id": UUID, "properties": properties, "vector": [1.0, 0.5]},
    )
    assert made.status_code == 200
    found = rest.get(f"/objects/Things/{UUID}").json()
    assert found["properties"] == properties
    assert found["vector"] == [1.0, 0.5]
    assert found["id"] == UUID
    again = rest.post("/objects", json={"class": "Things", "id": UUID, "properties": {}})
    assert again.status_code == 422
    assert "there already" in _message(again)
    assert rest.head(f"/objects/Things/{UUID}").status_code == 204
    assert rest.delete(f"/objects/Things/{UUID}").status_code == 204
    assert rest.delete(f"/objects/Things/{UUID}").status_code == 404
    assert rest.head(f"/objects/Things/{UUID}").status_code == 404


def test_live_is_answered_while_the_store_is_busy(serving: Serving) -> None:
    running = serving()
    things = running.client.collections.create("Things")
    url = f"{running.url}/v1"

    def insert() -> None:
        httpx.post(f"{url}/objects", json={"class": "Things", "properties": {}}, timeout=30)

    # Nobody can write while this transaction is open.
    with things._context.database.writing():
        writers = [threading.Thread(target=insert) for _ in range(40)]
        for one in writers:
            one.start()
        time.sleep(0.3)
        assert httpx.get(f"{url}/.well-known/live", timeout=10).status_code == 200
        assert len(things) == 0
    for one in writers:
        one.join()
    assert len(things) == 40


def test_ready_tells_when_the_store_is_closed(serving: Serving) -> None:
    running = serving()
    address = f"{running.url}/v1/.well-known/ready"
    assert httpx.get(address).status_code == 200
    running.client.close()
    assert httpx.get(address).status_code == 503
