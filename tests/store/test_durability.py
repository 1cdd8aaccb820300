"""What a call acknowledged is there after `kill -9`; any other is there whole or not at all."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from uuid import UUID

import pytest

from crystalviz.store import DataObject, connect, errors

KILLS = int(os.environ.get("CRYSTALVIZ_TEST_KILLS", "20"))

# Acknowledges each call by one line only after it has returned.
WRITER = textwrap.dedent(
    """
    import os, sys, uuid
    from crystalviz.store import DataObject, connect
    with connect(sys.argv[1]) as client:
        exists = client.collections.exists("Things")
        things = client.collections.use("Things") if exists else client.collections.create("Things")
        start = int(sys.argv[2])
        for call in range(start, start + 10_000):
            identity = uuid.UUID(int=call)
            if call % 3 == 0:
                things.data.insert_many(
                    [
                        DataObject({"call": call, "part": part},
                                   uuid.UUID(int=call + (part << 64)), [float(call), part])
                        for part in range(40)
                    ]
                )
            else:
                things.data.insert({"call": call, "part": 0}, uuid=identity, vector=[call, 0])
            if call % 5 == 4:
                things.data.delete_by_id(identity)
            os.write(1, b"%d\\n" % call)
    """
)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_no_acknowledged_write_is_lost(tmp_path: Path) -> None:
    numbers = random.Random(0)
    last = -1
    for _ in range(KILLS):
        start = last + 1
        running = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert running.stdout is not None
        first = running.stdout.readline()
        time.sleep(numbers.random() * 0.05)
        os.kill(running.pid, signal.SIGKILL)
        rest = running.stdout.read()
        running.wait()
        running.stdout.close()
        lines = (first + rest).splitlines(keepends=True)
        last = int([line for line in lines if line.endswith(b"\n")][-1])
        with connect(tmp_path, read_only=True) as client:
            things = client.collections.use("Things")
            have: dict[int, set[int]] = {}
            for found in things.iterator(include_vector=True, cache_size=5000):
                call, part = found.properties["call"], found.properties["part"]
                have.setdefault(int(call), set()).add(int(part))
                assert found.vector["default"] == [call, part]
            assert client.verify() == []
        for call in range(last + 1):
            parts = set(range(40)) if call % 3 == 0 else {0}
            # The call's own last step deletes its part 0.
            assert have.get(call, set()) == (parts - {0} if call % 5 == 4 else parts), call
        # The call under way when the process died: its parts together, or none.
        under_way = {call: parts for call, parts in have.items() if call > last}
        assert len(under_way) <= 1
        for call, parts in under_way.items():
            whole = set(range(40)) if call % 3 == 0 else {0}
            assert parts in (whole, whole - {0})
            last = call
            if call % 5 == 4:
                with connect(tmp_path) as client:
                    client.collections.use("Things").data.delete_by_id(UUID(int=call))
    assert last > KILLS


def test_a_failed_call_stores_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crystalviz.store import storage

    with connect(tmp_path) as client:
        things = client.collections.create("Things")
        things.data.insert({"n": 0}, vector=[1, 2])
        real = storage.mark_changed

        def broken(*_arguments: object, **_named: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(storage, "mark_changed", broken)
        with pytest.raises(KeyboardInterrupt):
            things.data.insert_many([DataObject({"new": n}, vector=[n, n]) for n in range(100)])
        monkeypatch.setattr(storage, "mark_changed", real)
        assert len(things) == 1
        assert [p.name for p in things.config.get().properties] == ["n"]
        things.data.insert({"n": 1}, vector=[3, 4])
        assert len(things.query.near_vector([1, 2]).objects) == 2
        assert client.verify() == []


def test_a_full_disk_is_said_and_stores_nothing(tmp_path: Path) -> None:
    """SQLite's own limit of pages stands for the end of the disk."""
    with connect(tmp_path) as client:
        things = client.collections.create("Things")
        things.data.insert({"text": "first"})
        writer = client._database._writer
        assert writer is not None
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count={pages + 4}")
        with pytest.raises(errors.StoreWriteError, match="free some space"):
            things.data.insert_many([{"text": "x" * 5000} for _ in range(100)])
        assert [o.properties["text"] for o in things.iterator()] == ["first"]
        writer.execute("PRAGMA max_page_count=1000000")
        things.data.insert_many([{"text": "x" * 5000} for _ in range(100)])
        assert len(things) == 101


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 300, b"torn" * 2000])
def test_a_torn_log_costs_no_commit_before_it(tmp_path: Path, garbage: bytes) -> None:
    """A log whose tail is nonsense, as a power cut leaves it, gives the last whole commit."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    with connect(source) as client:
        things = client.collections.create("Things")
        for n in range(5):
            things.data.insert({"n": n}, vector=[n, 1])
        # Copied while open, so that the commits are in the log and not in the file.
        copy.mkdir()
        for name in ("store.sqlite3", "store.sqlite3-wal"):
            (copy / name).write_bytes((source / name).read_bytes())
    with (copy / "store.sqlite3-wal").open("ab") as log:
        log.write(garbage)
    with connect(copy) as client:
        things = client.collections.use("Things")
        assert sorted(o.properties["n"] for o in things.iterator()) == [0, 1, 2, 3, 4]
        things.data.insert({"n": 5}, vector=[5, 1])
        assert client.verify() == []
        assert len(things) == 6
