"""Stores of an older crystalviz are read as they are, and brought up to date whole or not at all.

`data/format_1.sqlite3.gz` was made by the code of the first format (commit 855262c).
"""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crystalviz.store import Client, Filter, connect, errors, generate_uuid5
from crystalviz.store.backup import restore
from crystalviz.store.storage import opening
from crystalviz.store.storage.opening import DATABASE_NAME
from crystalviz.store.storage.tables import FORMAT_VERSION

DATA = Path(__file__).parent / "data" / "format_1.sqlite3.gz"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    folder = tmp_path / "older"
    folder.mkdir()
    (folder / DATABASE_NAME).write_bytes(gzip.decompress(DATA.read_bytes()))
    return folder


def _version(folder: Path) -> int:
    connection = sqlite3.connect(folder / DATABASE_NAME)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _check_what_is_in_it(client: Client) -> None:
    assert sorted(client.collections.list_all()) == ["CrystalImage", "Pairs"]
    images = client.collections.use("CrystalImage")
    objects = {str(o.uuid): o for o in images.iterator(include_vector=True)}
    assert sorted(objects) == sorted(generate_uuid5(f"image {n}") for n in range(11))
    for n in range(11):
        found = objects[generate_uuid5(f"image {n}")]
        kind = "CEX" if n % 2 else "PG"
        assert found.properties == {
            "image_id": f"{kind}/{n:02d}.png",
            "class_label": "twin" if n == 3 else kind,
            "image_entropy": 5 + n / 8,
            "scene": n // 2,
            "image_header": datetime(2024, 5, n + 1, 10, tzinfo=UTC),
        }
        assert found.vector == {"default": [float(n), 1.0, float(n % 3)]}
    exact = images.query.fetch_objects(filters=Filter.by_property("image_id").equal("PG/04.png"))
    assert [o.properties["scene"] for o in exact.objects] == [2]
    some = images.query.near_vector(
        [7.0, 1.0, 1.0], limit=2, filters=Filter.by_property("class_label").equal("CEX")
    )
    assert [o.properties["image_id"] for o in some.objects] == ["CEX/07.png", "CEX/09.png"]
    assert images.config.get().inverted_index_config.index_null_state
    assert images.aggregate.over_all(total_count=True).total_count == 11
    pairs = client.collections.use("Pairs")
    near = pairs.query.near_vector([0.0, 1.0], target_vector="left", limit=1).objects
    assert near[0].properties == {"a": 2, "when": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)}
    right = pairs.query.near_vector(
        [1.0, 2.0, 4.0], target_vector="right", return_metadata=["distance"]
    ).objects
    assert [(o.uuid, o.metadata.distance) for o in right] == [(UUID(int=5), 1.0)]
    assert client.verify() == []


def test_the_fixture_is_of_the_first_format(older: Path) -> None:
    assert _version(older) == 1
    assert FORMAT_VERSION > 1


def test_opened_for_writing_it_is_brought_up_to_date(older: Path) -> None:
    with connect(older) as client:
        _check_what_is_in_it(client)
        images = client.collections.use("CrystalImage")
        images.data.insert({"image_id": "new.png"}, vector=[1.0, 2.0, 3.0])
        images.data.delete_by_id(generate_uuid5("image 0"))
        assert len(images) == 11
        # A row of the first format gets today's checksums with its first change.
        images.data.update(generate_uuid5("image 5"), {"scene": 55})
        near = images.query.near_vector([5.0, 1.0, 2.0], limit=1).objects
        assert near[0].properties["scene"] == 55
        client.collections.use("Pairs").data.update(UUID(int=5), {}, vector={"left": [3.0, 4.0]})
        pair = client.collections.use("Pairs").query.fetch_object_by_id(UUID(int=5), True)
        assert pair is not None
        assert pair.vector == {"left": [3.0, 4.0], "right": [1.0, 2.0, 3.0]}
        assert client.verify() == []
    assert _version(older) == FORMAT_VERSION
    with connect(older) as client:
        assert len(client.collections.use("CrystalImage")) == 11
        assert client.verify() == []


def test_opened_for_reading_not_a_byte_changes(older: Path) -> None:
    before = (older / DATABASE_NAME).read_bytes()
    for _ in range(2):
        with connect(older, read_only=True) as client:
            _check_what_is_in_it(client)
    assert (older / DATABASE_NAME).read_bytes() == before
    log = Path(f"{older / DATABASE_NAME}-wal")
    # SQLite's readers make an empty log, and nothing in it.
    assert not log.exists() or log.stat().st_size == 0


def test_a_reader_goes_on_while_another_client_brings_it_up_to_date(older: Path) -> None:
    with connect(older, read_only=True) as reader:
        _check_what_is_in_it(reader)
        with connect(older) as writer:
            images = writer.collections.use("CrystalImage")
            images.data.insert({"image_id": "new.png"}, vector=[-9.0, 1.0, 0.0])
            images.data.delete_by_id(generate_uuid5("image 0"))
            seen = reader.collections.use("CrystalImage")
            assert len(seen) == 11
            near = seen.query.near_vector([-9.0, 1.0, 0.0], limit=1).objects
            assert near[0].properties["image_id"] == "new.png"
            first = Filter.by_property("image_id").equal("PG/00.png")
            assert seen.query.fetch_objects(filters=first).objects == []


def test_its_backup_is_a_store(older: Path, tmp_path: Path) -> None:
    with connect(older, read_only=True) as client:
        client.backup(tmp_path / "saved")
    folder = restore(tmp_path / "saved", tmp_path / "again")
    with connect(folder) as client:
        _check_what_is_in_it(client)
    assert _version(folder) == FORMAT_VERSION


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
def test_killed_anywhere_in_between_the_file_is_good(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real `kill -9` before each statement of the migration, and before its commit."""
    begun = opening.sqlite3.connect

    class Counted(sqlite3.Connection):
        left = 0
        counting = False

        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            Counted.counting = Counted.counting or sql.startswith("BEGIN IMMEDIATE")
            if Counted.counting:
                if Counted.left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                Counted.left -= 1
            return super().execute(sql, *rest)

    def counted(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return begun(*arguments, factory=Counted, **named)

    kills = 0
    while True:
        child = os.fork()
        if child == 0:
            opening.sqlite3.connect = counted
            Counted.left = kills
            connect(older)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        kills += 1
        assert _version(older) == 1
        with connect(older, read_only=True) as client:
            _check_what_is_in_it(client)
    # Begin, five tables and a first row, two looks at the identity, the version, the commit.
    assert kills >= 9
    assert _version(older) == FORMAT_VERSION
    with connect(older) as client:
        _check_what_is_in_it(client)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_several_processes_bring_it_up_to_date_at_once(older: Path) -> None:
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            try:
                with connect(older) as client:
                    os._exit(0 if len(client.collections.use("CrystalImage")) == 11 else 1)
            finally:
                os._exit(2)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
    with connect(older) as client:
        _check_what_is_in_it(client)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_format_is_refused_and_left_alone(older: Path, read_only: bool) -> None:
    connection = sqlite3.connect(older / DATABASE_NAME)
    connection.execute(f"PRAGMA user_version={FORMAT_VERSION + 1}")
    connection.close()
    before = (older / DATABASE_NAME).read_bytes()
    with pytest.raises(errors.StoreFormatError, match="newer crystalviz"):
        connect(older, read_only=read_only)
    assert (older / DATABASE_NAME).read_bytes() == before
