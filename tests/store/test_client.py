from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import crystalviz as cz
from crystalviz.store import connect, errors
from crystalviz.store.client import Client


def test_connect_is_a_public_name() -> None:
    assert cz.connect is connect


def test_client_opens_closes_and_opens_again(tmp_path: Path) -> None:
    client = connect(tmp_path / "a" / "store")
    assert client.is_ready()
    assert client.is_live()
    assert client.is_connected()
    meta = client.get_meta()
    assert meta["hostname"] == str(tmp_path / "a" / "store")
    assert meta["modules"] == {}
    client.collections.create("Things").data.insert({"name": "needle"})
    client.close()
    client.close()
    assert not client.is_ready()
    with pytest.raises(errors.WeaviateClosedClientError):
        client.collections.list_all()
    with pytest.raises(errors.WeaviateClosedClientError):
        client.get_meta()
    client.connect()
    assert len(client.collections.use("Things")) == 1
    client.close()


def test_collection_outlives_the_name_of_its_client(tmp_path: Path) -> None:
    things = connect(tmp_path).collections.create("Things")
    things.data.insert({"name": "needle"})
    assert len(things) == 1


@pytest.mark.parametrize("folder", [None, 3, "", "a\x00b", b"bytes"])
def test_connect_refuses_what_is_no_folder(folder: object) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError):
        connect(folder)  # type: ignore[arg-type]


def test_a_file_is_no_store_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(errors.StoreFormatError, match="this is a file"):
        connect(tmp_path / "file")


def test_a_foreign_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_text("not a database at all")
    with pytest.raises(errors.StoreFormatError, match=r"store\.sqlite3"):
        connect(tmp_path)
    assert (tmp_path / "store.sqlite3").read_text() == "not a database at all"


def test_another_programs_sqlite_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine(x)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(errors.StoreFormatError, match="another program"):
        connect(tmp_path)
    assert path.read_bytes() == before


def test_a_newer_store_asks_for_an_upgrade(tmp_path: Path) -> None:
    connect(tmp_path).close()
    raw = sqlite3.connect(tmp_path / "store.sqlite3")
    raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(errors.StoreFormatError, match="newer crystalviz"):
        connect(tmp_path)


def test_a_truncated_store_is_reported(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        things = client.collections.create("Things")
        things.data.insert_many([{"name": "x" * 1000} for _ in range(300)])
    path = tmp_path / "store.sqlite3"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(errors.StoreCorruptError, match="damaged"), connect(tmp_path) as client:
        for _ in client.collections.use("Things").iterator():
            pass


def test_read_only_reads_and_refuses_to_write(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreFormatError, match="no store here"):
        connect(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []
    with connect(tmp_path) as client:
        client.collections.create("Things").data.insert({"name": "needle"})
    with connect(tmp_path, read_only=True) as client:
        things = client.collections.use("Things")
        assert len(things) == 1
        with pytest.raises(errors.WeaviateConnectionError, match="read-only"):
            things.data.insert({"name": "lath"})


def test_odd_folder_names_work(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c#d%20e é"
    with connect(folder) as client:
        client.collections.create("Things")
    assert (folder / "store.sqlite3").exists()


def test_verify_finds_nothing_in_a_sound_store(client: Client) -> None:
    things = client.collections.create("Things")
    things.data.insert({"name": "needle"}, vector=[1, 2])
    assert client.verify() == []


def test_a_changed_vector_is_reported_not_answered(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        client.collections.create("Things").data.insert({"name": "needle"}, vector=[1, 2])
    raw = sqlite3.connect(tmp_path / "store.sqlite3")
    (data,) = raw.execute("SELECT data FROM vectors").fetchone()
    raw.execute("UPDATE vectors SET data=?", (bytes([data[0] ^ 1]) + data[1:],))
    raw.commit()
    raw.close()
    with connect(tmp_path) as client:
        things = client.collections.use("Things")
        with pytest.raises(errors.StoreCorruptError, match="checksum"):
            things.query.near_vector([1, 2])
        with pytest.raises(errors.StoreCorruptError, match="checksum"):
            things.query.fetch_objects(include_vector=True)
        assert any("checksum" in line for line in client.verify())


def test_changed_properties_are_reported_not_answered(tmp_path: Path) -> None:
    with connect(tmp_path) as client:
        client.collections.create("Things").data.insert({"name": "needle"})
    raw = sqlite3.connect(tmp_path / "store.sqlite3")
    raw.execute("UPDATE objects SET properties=replace(properties, 'needle', 'noodle')")
    raw.commit()
    raw.close()
    with connect(tmp_path) as client:
        with pytest.raises(errors.StoreCorruptError, match="checksum"):
            client.collections.use("Things").query.fetch_objects()
        assert client.verify()
