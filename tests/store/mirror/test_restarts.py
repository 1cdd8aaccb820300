"""The writer dies, restarts, or is not alone: the outbox is the store itself."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from uuid import UUID

import pytest

from crystalviz.store import Client, DataObject, connect
from crystalviz.store.backup import restore
from crystalviz.store.errors import (
    WeaviateClosedClientError,
    WeaviateInvalidInputError,
)
from crystalviz.store.mirror import forget
from crystalviz.store.mirror.ledger import Ledger
from crystalviz.store.server.serving import StoreServer
from tests.store.mirror.serving import contents, mirrored, wait_for

_WRITER = """
import sys
from crystalviz.store import connect, generate_uuid5
from crystalviz.store.mirror import Pace, attach

folder, url, port, first = sys.argv[1:5]
client = connect(folder)
attach(client, url, grpc_port=int(port), pace=Pace(look=0.001, check=0.3, retry=0.5))
things = client.collections.use("Things")
if not things.exists():
    client.collections.create("Things")
for n in range(int(first), 10**9):
    things.data.insert({"n": n}, uuid=generate_uuid5(n))
    if n % 3 == 2:
        things.data.delete_by_id(generate_uuid5(n - 1))
    print(n, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing(server: StoreServer, tmp_path: Path) -> None:
    """Killed in the middle of everything, again and again; then the server is as the store is."""
    folder, last = tmp_path / "store", -1
    for run in range(4):
        arguments = [str(folder), server.url, str(server.grpc_port), str(last + 1)]
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, *arguments], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for lines, line in enumerate(writer.stdout):
            last = int(line)
            if lines == 7 + 5 * run:
                break
        writer.kill()
        rest = writer.communicate()[0].split()
        # An insertion that was stored, but whose line was not read any more, is there too.
        with connect(folder) as client:
            last = max(int(item["n"]) for item, _ in contents(client, "Things").values())
        assert not rest or last >= int(rest[-1])
    with connect(folder) as client:
        mirror = mirrored(client, server)
        assert mirror.flush()
        assert mirror.status()["pending"] == 0
        there = contents(server.client, "Things")
        assert there == contents(client, "Things")
        assert len(there) > 35


def test_what_waited_goes_when_the_store_is_opened_again(
    server: StoreServer, tmp_path: Path
) -> None:
    with connect(tmp_path / "store") as client:
        mirror = mirrored(client, server)
        things = client.collections.create("Things")
        things.data.insert_many([{"n": n} for n in range(10)])
        assert mirror.flush()
        pushed = mirror.status()["pushed"]
        mirror.pause()
        identity = things.data.insert({"n": 10})
        assert mirror.status()["state"] == "paused"
        assert mirror.status()["pending"] == 1
    assert not server.client.collections.use("Things").data.exists(identity)
    with connect(tmp_path / "store") as client:
        mirror = mirrored(client, server)
        assert mirror.flush()
        # One object, not eleven.
        assert mirror.status()["pushed"] == pushed + 1
    assert server.client.collections.use("Things").data.exists(identity)


def test_closing_waits_a_moment_for_what_is_under_way(server: StoreServer, tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        mirrored(client, server)
        client.collections.create("Things").data.insert_many([{"n": n} for n in range(1000)])
        wait_for(lambda: client.mirror.status()["pushes_here"])
    assert len(server.client.collections.use("Things")) == 1000
    with pytest.raises(WeaviateClosedClientError):
        client.mirror.status()
    assert repr(client.mirror).endswith("closed>")
    client.mirror.close()


def test_pause_and_resume(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    mirror.pause()
    identity = local.collections.create("Things").data.insert({"n": 1})
    assert not mirror.flush(1)
    assert not server.client.collections.exists("Things")
    mirror.resume()
    wait_for(lambda: mirror.status()["state"] == "in step")
    assert server.client.collections.use("Things").data.exists(identity)


def test_one_of_two_pushes_and_the_other_takes_over(server: StoreServer, tmp_path: Path) -> None:
    first, second = connect(tmp_path / "store"), connect(tmp_path / "store")
    one = mirrored(first, server)
    first.collections.create("Things").data.insert({"n": 1})
    assert one.flush()
    two = mirrored(second, server)
    second.collections.use("Things").data.insert({"n": 2})
    # The second one's write goes through the first one's thread.
    assert two.flush()
    assert (one.status()["pushes_here"], two.status()["pushes_here"]) == (True, False)
    assert two.status()["state"] == "in step"
    assert two.status()["pushed"] == 2
    first.close()
    second.collections.use("Things").data.insert({"n": 3})
    wait_for(lambda: two.status()["pushes_here"])
    assert two.flush()
    assert len(server.client.collections.use("Things")) == 3
    second.close()


def test_the_mirror_keeps_nobody_from_writing(server: StoreServer, tmp_path: Path) -> None:
    """A notebook that only mirrors holds no writer's lock."""
    with connect(tmp_path / "store") as client:
        client.collections.create("Things").data.insert({"n": 1})
    with connect(tmp_path / "store") as reader:
        mirror = mirrored(reader, server)
        assert mirror.flush()
        code = (
            "import sys; from crystalviz.store import connect\n"
            "with connect(sys.argv[1]) as client:\n"
            "    client.collections.use('Things').data.insert({'n': 2})"
        )
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "store")], check=True)
        assert mirror.flush()
    assert len(server.client.collections.use("Things")) == 2


def test_writers_and_the_mirror_at_once(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    things = local.collections.create("Things")

    def write(worker: int) -> None:
        for n in range(60):
            identity = things.data.insert({"n": 1000 * worker + n})
            if n % 4 == 0:
                things.data.update(identity, {"seen": True})
            if n % 5 == 0:
                things.data.delete_by_id(identity)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mirror.flush()
    assert len(things) == 3 * 48
    assert contents(server.client, "Things") == contents(local, "Things")


def test_a_forgotten_client_takes_its_mirror_along(server: StoreServer, tmp_path: Path) -> None:
    client = connect(tmp_path / "store")
    mirror = mirrored(client, server)
    worker = mirror._worker
    gone = weakref.ref(mirror)
    del client, mirror
    gc.collect()
    assert gone() is None
    wait_for(lambda: not worker._thread.is_alive())
    # The lock is free again.
    ledger = Ledger(tmp_path / "store", server.url)
    assert ledger.hold()
    ledger.close()


def test_forget(local: Client, server: StoreServer) -> None:
    mirror = mirrored(local, server)
    local.collections.create("Things").data.insert({"n": 1})
    assert mirror.flush()
    assert forget(local, server.url)
    assert local.mirror is None
    assert not forget(local, server.url)
    again = mirrored(local, server)
    assert again.status()["pushed"] == 0
    assert again.flush()


def test_what_cannot_be_mirrored(local: Client, server: StoreServer, tmp_path: Path) -> None:
    mirrored(local, server)
    with pytest.raises(WeaviateInvalidInputError, match="mirrored to http"):
        mirrored(local, server)
    with (
        connect(tmp_path / "local", read_only=True) as reader,
        pytest.raises(WeaviateInvalidInputError, match="read-only"),
    ):
        mirrored(reader, server)
    with pytest.raises(WeaviateInvalidInputError, match="timeout"):
        local.mirror.flush(-1)
    for wrong in ("lab", "http://", "ftp://lab"):
        with pytest.raises(WeaviateInvalidInputError):
            connect(tmp_path / "other", mirror=wrong)
    with connect(tmp_path / "other") as client:
        # The failed one let go of the store.
        client.collections.create("Things")


def test_the_store_waits_for_no_mirror(local: Client, server: StoreServer) -> None:
    """A write while the mirror pushes costs what it costs alone."""
    things = local.collections.create("Things")
    things.data.insert_many([{"n": n} for n in range(3000)])
    mirrored(local, server)
    slowest = 0.0
    for n in range(20):
        started = time.monotonic()
        things.data.insert({"n": n})
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 1.0


def test_a_restored_store_wins(server: StoreServer, tmp_path: Path) -> None:
    """What a backup takes back is taken back on the server; what only that one has stays."""
    with connect(tmp_path / "store") as client:
        mirror = mirrored(client, server)
        things = client.collections.create("Things")
        things.data.insert_many([DataObject({"n": n}, UUID(int=n)) for n in range(5)])
        assert mirror.flush()
        client.backup(tmp_path / "backup")
        things.data.update(UUID(int=0), {"n": 100})
        things.data.insert({"n": 5}, uuid=UUID(int=5))
        assert mirror.flush()
    restore(tmp_path / "backup", tmp_path / "restored")
    with connect(tmp_path / "restored") as client:
        mirror = mirrored(client, server)
        assert mirror.flush()
        assert any("pushed again" in event["text"] for event in mirror.status()["events"])
        there = contents(server.client, "Things")
        assert there.pop(str(UUID(int=5)))[0] == {"n": 5}
        assert there == contents(client, "Things")
