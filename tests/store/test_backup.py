"""Backups are whole, of one commit, and vouch for every byte; Weaviate's calls do what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import Client, Collection, DataObject, Filter, connect, errors
from crystalviz.store.backup import BackupStatus, copying, restore
from crystalviz.store.storage.opening import DATABASE_NAME


@pytest.fixture
def filled(client: Client) -> Client:
    for name, count in (("Article", 25), ("Paragraph", 5)):
        client.collections.create(name).data.insert_many(
            [
                DataObject({"n": n, "of": name}, UUID(int=n + 1), [float(n), 1.0])
                for n in range(count)
            ]
        )
    return client


def _everything(client: Client) -> dict[str, list[Any]]:
    return {
        name: [
            (o.uuid, o.properties, o.vector, o.metadata.creation_time)
            for o in client.collections.use(name).iterator(
                include_vector=True, return_metadata=["creation_time"]
            )
        ]
        for name in sorted(client.collections.list_all())
    }


def test_a_restored_store_is_the_one_that_was_backed_up(filled: Client, tmp_path: Path) -> None:
    before = _everything(filled)
    path = filled.backup(tmp_path / "saved")
    filled.collections.use("Article").data.delete_many(Filter.by_property("n").less_than(20))
    description = json.loads((path / "backup.json").read_text())
    assert description["collections"] == {"Article": 25, "Paragraph": 5}
    folder = restore(path, tmp_path / "again")
    with connect(folder) as other:
        assert _everything(other) == before
        assert other.verify() == []
        near = other.collections.use("Article").query.near_vector([3.0, 1.0], limit=1)
        assert near.objects[0].properties["n"] == 3
        # It goes on as any store does.
        other.collections.use("Article").data.insert({"n": 99})
        assert len(other.collections.use("Article")) == 26
        # Its numbers may go on otherwise than the first one's: it is another store.
        identities = []
        for one in (filled, other):
            with one._database.reading() as connection:
                row = connection.execute("SELECT value FROM state WHERE key='identity'")
                identities.append(row.fetchone()[0])
        assert len(set(identities)) == 2
    assert sorted(p.name for p in path.iterdir()) == ["backup.json", DATABASE_NAME]


def test_a_backup_can_be_looked_at_where_it_is(filled: Client, tmp_path: Path) -> None:
    path = filled.backup(tmp_path / "saved")
    with connect(path, read_only=True) as saved:
        assert _everything(saved) == _everything(filled)
    assert sorted(p.name for p in path.iterdir()) == ["backup.json", DATABASE_NAME]


def test_a_backup_is_of_one_commit_while_others_write(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        things = client.collections.create("Things")
        stop, turns = threading.Event(), [0]

        def write() -> None:
            while not stop.is_set():
                turns[0] += 1
                things.data.insert_many(
                    [DataObject({"turn": turns[0]}, UUID(int=n + 1), [1.0, n]) for n in range(50)]
                )

        thread = threading.Thread(target=write)
        thread.start()
        try:
            paths = [client.backup(tmp_path / f"saved{n}") for n in range(5)]
        finally:
            stop.set()
            thread.join()
        seen = []
        for path in paths:
            with connect(restore(path, tmp_path / f"again{path.name}")) as other:
                saved = (
                    list(other.collections.use("Things").iterator())
                    if len(other.collections.list_all())
                    else []
                )
                assert len(saved) in (0, 50)
                assert len({o.properties["turn"] for o in saved}) <= 1
                seen += [o.properties["turn"] for o in saved[:1]]
                assert other.verify() == []
        assert seen == sorted(seen)
        assert seen[-1] > seen[0]


def test_nothing_is_overwritten(filled: Client, tmp_path: Path) -> None:
    path = filled.backup(tmp_path / "saved")
    with pytest.raises(errors.BackupFailedError, match="something already"):
        filled.backup(path)
    with pytest.raises(errors.BackupFailedError, match="a store already"):
        restore(path, filled.folder)
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / f"{DATABASE_NAME}-wal").write_bytes(b"x")
    with pytest.raises(errors.BackupFailedError, match="a store already"):
        restore(path, tmp_path / "left")
    (tmp_path / "file").write_text("x")
    with pytest.raises(errors.BackupFailedError, match="this is a file"):
        restore(path, tmp_path / "file")


@pytest.mark.parametrize("damage", ["flip", "cut", "longer", "gone", "description", "nothing"])
def test_a_damaged_backup_is_refused(filled: Client, tmp_path: Path, damage: str) -> None:
    path = filled.backup(tmp_path / "saved")
    file = path / DATABASE_NAME
    data = bytearray(file.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    file.write_bytes({"cut": data[:-1], "longer": data + b"\0"}.get(damage, data))
    if damage == "gone":
        file.unlink()
    if damage == "description":
        (path / "backup.json").write_text('{"kind": "something"}')
    if damage == "nothing":
        (path / "backup.json").unlink()
    with pytest.raises(errors.BackupFailedError, match=str(path)):
        restore(path, tmp_path / "again")
    assert list((tmp_path / "again").glob("*.sqlite3*")) == []


def test_a_damaged_store_makes_no_backup(tmp_path: Path) -> None:
    with connect(tmp_path / "store") as client:
        client.collections.create("Things").data.insert({"word": "needle" * 20})
    file = tmp_path / "store" / DATABASE_NAME
    data = file.read_bytes().replace(b"needleneedle", b"needleNeedle", 1)
    file.write_bytes(data)
    with (
        connect(tmp_path / "store") as client,
        pytest.raises(errors.BackupFailedError, match="verify"),
    ):
        client.backup(tmp_path / "saved")
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_a_killed_backup_leaves_no_backup(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from crystalviz.store import connect
        from crystalviz.store.backup import whole
        client = connect(sys.argv[1])
        client.collections.create("Things").data.insert({"n": 1})
        real = whole.describe
        whole.describe = lambda *_: os.kill(os.getpid(), 9)
        client.backup(sys.argv[2])
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "store"), str(tmp_path / "saved")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "saved").exists()
    with connect(tmp_path / "store") as client:
        assert client.verify() == []
        client.backup(tmp_path / "saved")
    with connect(restore(tmp_path / "saved", tmp_path / "again")) as again:
        assert len(again.collections.use("Things")) == 1


# -- Weaviate's calls --------------------------------------------------------------


def test_collections_come_back_by_id(filled: Client) -> None:
    before = _everything(filled)
    made = filled.backup.create("First_One", "filesystem", wait_for_completion=True)
    assert (made.status, made.backup_id) == (BackupStatus.SUCCESS, "first_one")
    assert made.collections == ["Article", "Paragraph"]
    assert filled.backup.get_create_status("FIRST_one", "filesystem").status == "SUCCESS"
    filled.collections.delete(["Article", "Paragraph"])
    filled.collections.create("Other").data.insert({"n": 1})
    back = filled.backup.restore("first_one", "filesystem", wait_for_completion=True)
    assert (back.status, back.collections) == (BackupStatus.SUCCESS, ["Article", "Paragraph"])
    assert filled.backup.get_restore_status("first_one").status is BackupStatus.SUCCESS
    after = _everything(filled)
    assert after.pop("Other")
    assert after == before
    articles = filled.collections.use("Article")
    assert articles.query.near_vector([3.0, 1.0], limit=1).objects[0].properties["n"] == 3
    articles.data.insert({"n": 50}, vector=[50.0, 1.0])
    assert articles.query.near_vector([1.0, 0.001], limit=1).objects[0].properties["n"] == 50
    assert filled.verify() == []


def test_some_of_the_collections(filled: Client, tmp_path: Path) -> None:
    place = SimpleNamespace(path=str(tmp_path / "elsewhere"))
    made = filled.backup.create(
        "one", include_collections="article", wait_for_completion=True, backup_location=place
    )
    assert made.collections == ["Article"]
    assert Path(made.path) == tmp_path / "elsewhere" / "one"
    rest = filled.backup.create("rest", exclude_collections=["Article"], wait_for_completion=True)
    assert rest.collections == ["Paragraph"]
    filled.collections.delete(["Article", "Paragraph"])
    filled.backup.restore("one", wait_for_completion=True, backup_location=place)
    assert sorted(filled.collections.list_all()) == ["Article"]
    assert len(filled.collections.use("Article")) == 25


def test_aliases_and_tenants_come_along(client: Client) -> None:
    client.collections.create("Things").data.insert({"n": 1}, vector=[1.0])
    with client._database.writing() as connection:
        connection.execute(
            "INSERT INTO tenants SELECT id, 'lab', 'ACTIVE' FROM collections WHERE name='Things'"
        )
        connection.execute("INSERT INTO aliases VALUES ('Nick', 'Things')")
    client.backup.create("b", wait_for_completion=True)
    client.collections.delete("Things")
    client.collections.create("Else")
    with client._database.writing() as connection:
        connection.execute("DELETE FROM aliases")
        connection.execute("INSERT INTO aliases VALUES ('Nick', 'Else')")

    def nick() -> list[tuple[str, str]]:
        with client._database.reading() as connection:
            return connection.execute("SELECT * FROM aliases").fetchall()

    client.backup.restore("b", wait_for_completion=True)
    assert nick() == [("Nick", "Else")]
    client.collections.delete("Things")
    with client._database.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO aliases VALUES ('Nick', 'Else')")
    client.backup.restore("b", wait_for_completion=True, overwrite_alias=True)
    assert nick() == [("Nick", "Things")]
    with client._database.reading() as connection:
        rows = connection.execute(
            "SELECT tenants.name, status FROM tenants JOIN collections ON id=collection"
            " WHERE collections.name='Things'"
        ).fetchall()
    assert rows == [("lab", "ACTIVE")]


def test_what_is_refused(filled: Client) -> None:
    calls = filled.backup
    calls.create("there", wait_for_completion=True)

    def status(call: Any, *arguments: Any, **named: Any) -> int:
        with pytest.raises(errors.UnexpectedStatusCodeError) as told:
            call(*arguments, **named)
        return told.value.status_code

    assert status(calls.create, "there") == 422
    assert status(calls.create, "THERE") == 422
    assert status(calls.create, "no spaces") == 422
    assert status(calls.create, "../up") == 422
    assert status(calls.create, "x", include_collections="Nothing") == 422
    assert status(calls.create, "x", exclude_collections=["Article", "Paragraph"]) == 422
    assert status(calls.create, "x", "s3") == 422
    assert status(calls.create, "x", incremental_base_backup_id="none") == 422
    assert status(calls.restore, "none") == 404
    assert status(calls.restore, "there", include_collections="Nothing") == 422
    assert status(calls.get_create_status, "none") == 404
    assert status(calls.get_restore_status, "there") == 404
    assert calls.cancel("none") is False
    for call in (calls.create, calls.restore):
        with pytest.raises(TypeError):
            call("there", include_collections="Article", exclude_collections="Paragraph")
    with pytest.raises(errors.BackupFailedError, match=r"Article.*already exists"):
        calls.restore("there", wait_for_completion=True)
    assert calls.get_restore_status("there").status is BackupStatus.FAILED
    assert "already exists" in str(calls.get_restore_status("there").error)


def test_a_failed_restore_changes_nothing(filled: Client) -> None:
    filled.backup.create("b", wait_for_completion=True)
    filled.collections.delete("Paragraph")
    before = _everything(filled)
    with pytest.raises(errors.BackupFailedError):
        filled.backup.restore("b", wait_for_completion=True)
    assert _everything(filled) == before


def test_jobs_in_the_background_can_be_canceled(
    filled: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = copying.read_row

    def slow(row: Any) -> Any:
        begun.set()
        go_on.wait(5)
        return real(row)

    monkeypatch.setattr(copying, "read_row", slow)
    monkeypatch.setattr(copying, "_ROWS", 5)
    assert filled.backup.create("b").status is BackupStatus.STARTED
    assert begun.wait(5)
    assert filled.backup.get_create_status("b").status is BackupStatus.TRANSFERRING
    assert [b.backup_id for b in filled.backup.list_backups("filesystem")] == ["b"]
    with pytest.raises(errors.UnexpectedStatusCodeError, match="already exists"):
        filled.backup.create("b")
    # The writer goes on meanwhile.
    filled.collections.use("Article").data.insert({"n": 1})
    assert filled.backup.cancel("b")
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "backup b":
            thread.join(5)
    assert filled.backup.get_create_status("b").status is BackupStatus.CANCELED
    monkeypatch.setattr(copying, "read_row", real)
    assert filled.backup.create("b", wait_for_completion=True).status is BackupStatus.SUCCESS
    filled.backup.create("a", wait_for_completion=True)
    newest_first = [b.backup_id for b in filled.backup.list_backups("filesystem")]
    assert newest_first == ["a", "b"]
    oldest_first = filled.backup.list_backups("filesystem", sort_by_starting_time_asc=True)
    assert [b.backup_id for b in oldest_first] == ["b", "a"]
    assert oldest_first[0].collections == ["Article", "Paragraph"]


def test_closing_the_client_stops_its_jobs(filled: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_ROWS", 1)
    filled.backup.create("b")
    filled.close()
    assert not [t for t in threading.enumerate() if t.name == "backup b"]
    folder = filled.folder / "backups"
    assert [p.name for p in folder.glob("*")] in ([], ["b"])


def test_one_collection(filled: Client) -> None:
    from crystalviz.store.backup import BackupCollection

    calls = BackupCollection(filled._database, "Article")
    assert calls.create("b", wait_for_completion=True).status is BackupStatus.SUCCESS
    assert calls.get_create_status("b").status is BackupStatus.SUCCESS
    filled.collections.delete("Article")
    assert calls.restore("b", wait_for_completion=True).status is BackupStatus.SUCCESS
    assert calls.get_restore_status("b").status is BackupStatus.SUCCESS
    articles: Collection = filled.collections.use("Article")
    assert len(articles) == 25
