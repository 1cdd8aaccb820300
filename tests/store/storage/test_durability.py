"""A call that fails stores nothing, and a torn log costs no commit before it; see test_kill.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from crystalviz.store import DataObject, connect, errors


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
