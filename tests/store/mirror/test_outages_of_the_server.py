"""The server dies and comes back, empty or whole; real processes, killed for real."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from crystalviz.store import Client, connect
from crystalviz.store.mirror import Mirror
from crystalviz.store.server import serve
from crystalviz.store.server.serving import StoreServer
from tests.store.mirror.serving import ServerProcess, contents, mirrored, wait_for


def fill(client: Client, numbers: range) -> None:
    client.collections.use("Things").data.insert_many([{"n": n} for n in numbers])


def contents_of(process: ServerProcess) -> dict[str, Any]:
    with connect(process.url, grpc_port=process.ports[1]) as remote:
        return contents(remote, "Things")


def texts(mirror: Mirror) -> list[str]:
    return [event["text"] for event in mirror.status()["events"]]


def test_killed_and_started_again(local: Client, process: ServerProcess) -> None:
    mirror = mirrored(local, process)
    things = local.collections.create("Things")
    fill(local, range(50))
    assert mirror.flush()
    process.kill()
    wait_for(lambda: mirror.status()["state"] == "away")
    # The store goes on as before: writes return at once, and nothing waits for the server.
    started = time.monotonic()
    fill(local, range(50, 80))
    things.data.delete_by_id(next(uuid for uuid in contents(local, "Things")))
    assert time.monotonic() - started < 1.0
    status = mirror.status()
    assert status["pending"] in (30, 31)
    assert status["last_error"]
    assert status["away_since"]
    assert "The local store answers alone" in texts(mirror)[-1]
    started = time.monotonic()
    assert not mirror.flush(10)
    assert time.monotonic() - started < 2.5

    process.start()
    wait_for(lambda: mirror.status()["state"] == "in step")
    assert [text.split(" ", 3)[3] for text in texts(mirror)[-2:]] == [
        "answers again",
        "has everything again, in step",
    ]
    assert mirror.status()["last_error"] == ""
    assert json.dumps(mirror.status())
    assert contents_of(process) == contents(local, "Things")


def test_killed_in_the_middle_of_a_push(local: Client, process: ServerProcess) -> None:
    """Killed while thousands of objects are on their way: none lost, none doubled."""
    local.collections.create("Things")
    fill(local, range(4000))
    mirror = mirrored(local, process)
    for done in (500, 2000):
        wait_for(lambda done=done: mirror.status()["pushed"] >= done)
        process.kill()
        process.start()
    wait_for(lambda: mirror.status()["state"] == "in step", 30)
    assert contents_of(process) == contents(local, "Things")


@pytest.mark.parametrize("loss", ["everything", "an object", "an update"])
def test_a_server_that_lost_something_gets_it_again(
    local: Client, tmp_path: Path, loss: str
) -> None:
    """It starts with an empty disk, or with a backup of before."""
    folder, backup = tmp_path / "server", tmp_path / "backup"
    things = local.collections.create("Things")
    fill(local, range(300))
    with serve(folder, http_port=0, grpc_port=0) as server:
        ports = {"http_port": server.http_port, "grpc_port": server.grpc_port}
        mirror = mirrored(local, server)
        assert mirror.flush()
    shutil.copytree(folder, backup)
    with serve(folder, **ports):
        if loss == "an object":
            things.data.insert({"n": 300})
        if loss == "an update":
            things.data.update(next(iter(contents(local, "Things"))), {"n": -1})
        wait_for(lambda: mirror.status()["state"] == "in step")
    wait_for(lambda: mirror.status()["state"] == "away")
    shutil.rmtree(folder)
    if loss != "everything":
        shutil.copytree(backup, folder)
    with serve(folder, **ports) as server:
        wait_for(lambda: any("is pushed again" in text for text in texts(mirror)))
        wait_for(lambda: mirror.status()["state"] == "in step")
        assert contents(server.client, "Things") == contents(local, "Things")


def test_a_server_that_was_never_there(local: Client, server: StoreServer) -> None:
    server.stop()
    mirror = mirrored(local, server)
    started = time.monotonic()
    local.collections.create("Things").data.insert({"n": 1})
    assert time.monotonic() - started < 0.5
    assert not mirror.flush(5)
    status = mirror.status()
    assert (status["state"], status["pending"], status["last_success"]) == ("away", 2, None)
    started = time.monotonic()
    local.close()
    assert time.monotonic() - started < 2.0


def test_while_it_is_away_it_is_asked_less_and_less(local: Client, server: StoreServer) -> None:
    server.stop()
    mirror = mirrored(local, server)
    wait_for(lambda: mirror.status()["state"] == "away")
    breaker = mirror._worker._target._server.breaker
    wait_for(lambda: breaker.retry_in > 1.0)
