"""The analysis file under contention, a full disk, and old connections."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from crystalviz.records import FILE_NAME, AnalysisFolderError, Database, database, read_passes
from crystalviz.records.images import (
    PassRecord,
    add_records,
    copy_records,
    intact_passes,
    intact_pictures,
    read_appearances,
    read_picture,
)
from crystalviz.records.pictures import describe_picture


def records(count: int) -> list[tuple[str, PassRecord]]:
    rng = np.random.default_rng(0)
    return [
        (f"key {i}", PassRecord(0.5, rng.random(64).astype("f4"), rng.random((3, 5)).astype("f4")))
        for i in range(count)
    ]


def test_records_come_back_to_the_last_bit(tmp_path: Path) -> None:
    file = Database(tmp_path, create=True)
    # More than SQLite takes in one query.
    written = dict(records(1201))
    add_records(file, "model", [], list(written.items()))
    for opened in (file, Database(tmp_path)):
        got = dict(read_passes(opened, "model", [*written, "unknown"]))
        assert got.keys() == written.keys()
        for key, record in got.items():
            assert record.vector.tobytes() == written[key].vector.tobytes()
            assert record.map.tobytes() == written[key].map.tobytes()
            assert record.map.shape == (3, 5)
        assert intact_passes(opened, "other model", written) == set()
    target = Database(tmp_path / "deep" / "er", create=True)
    copy_records(file, target, ["key 3", "key 1200"])
    assert intact_passes(target, "model", written) == {"key 3", "key 1200"}


def test_no_head_is_kept_as_no_probability(tmp_path: Path) -> None:
    file = Database(tmp_path, create=True)
    record = PassRecord(None, np.ones(2, "f4"), np.zeros((1, 1), "f4"))
    add_records(file, "model", [], [("key", record)])
    assert dict(read_passes(file, "model", ["key"]))["key"].probability is None


def test_probabilities_of_all_classes_are_kept_and_checked(tmp_path: Path) -> None:
    file = Database(tmp_path, create=True)
    shares = np.array([0.1, 0.2, 0.7], "f4")
    record = PassRecord(0.7, np.ones(2, "f4"), np.zeros((1, 1), "f4"), shares)
    add_records(file, "model", [], [("key", record), ("other", record)])
    got = dict(read_passes(file, "model", ["key"]))["key"].class_probability
    assert got is not None
    assert got.tobytes() == shares.tobytes()
    with file.transaction() as connection:
        connection.execute(
            "UPDATE passes SET class_probability = ? WHERE content = 'key'",
            (shares[::-1].tobytes(),),
        )
    assert intact_passes(file, "model", ["key", "other"]) == {"other"}


def old_file(folder: Path) -> tuple[Path, list[float]]:
    """Write an analysis file as crystalviz 0.1.0 did (format 1), with one pass in it."""
    vector, cam = np.arange(3, dtype="<f4"), np.eye(2, dtype="<f4")
    checksum = 0
    for part in (b"0.25 (2, 2)", vector.tobytes(), cam.tobytes()):
        checksum = zlib.crc32(part, checksum)
    connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    connection.executescript(
        """
        CREATE TABLE pictures (content TEXT PRIMARY KEY, checksum INTEGER NOT NULL,
          width INTEGER NOT NULL, height INTEGER NOT NULL, entropy REAL NOT NULL,
          tile_width INTEGER NOT NULL, tile_height INTEGER NOT NULL, signature BLOB NOT NULL,
          histogram BLOB NOT NULL, tile BLOB NOT NULL, picture BLOB NOT NULL);
        CREATE TABLE passes (content TEXT NOT NULL, fingerprint TEXT NOT NULL,
          checksum INTEGER NOT NULL, probability REAL, map_height INTEGER NOT NULL,
          map_width INTEGER NOT NULL, vector BLOB NOT NULL, map BLOB NOT NULL,
          PRIMARY KEY (content, fingerprint));
        CREATE TABLE analysis (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE arrays (name TEXT NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
          PRIMARY KEY (name, part));
        PRAGMA application_id = 0x43525641;
        PRAGMA user_version = 1;
        """
    )
    connection.execute(
        "INSERT INTO passes VALUES ('old', 'model', ?, 0.25, 2, 2, ?, ?)",
        (checksum, vector.tobytes(), cam.tobytes()),
    )
    connection.close()
    return folder / FILE_NAME, vector.tolist()


def test_a_file_of_the_old_format_is_read_and_brought_up_to_date(tmp_path: Path) -> None:
    path, vector = old_file(tmp_path)
    before = path.read_bytes()
    reader = Database(tmp_path)
    record = dict(read_passes(reader, "model", ["old"]))["old"]
    assert record.vector.tolist() == vector
    assert record.class_probability is None
    copy = Database(tmp_path / "copy", create=True)
    copy_records(reader, copy, ["old"])
    assert intact_passes(copy, "model", ["old"]) == {"old"}
    assert path.read_bytes() == before

    writer = Database(tmp_path, create=True)
    shares = np.array([0.75, 0.25], "f4")
    new = PassRecord(0.25, np.ones(3, "f4"), np.zeros((2, 2), "f4"), shares)
    add_records(writer, "model", [], [("new", new)])
    # The reader was opened before the file changed its format.
    for file in (writer, reader, Database(tmp_path)):
        assert intact_passes(file, "model", ["old", "new"]) == {"old", "new"}
        assert file.format() == 2
    Database(tmp_path, create=True)
    assert intact_passes(reader, "model", ["old", "new"]) == {"old", "new"}


def test_a_picture_of_the_old_format_is_read_and_asked_for_again(tmp_path: Path) -> None:
    path, _ = old_file(tmp_path)
    parts = (b"20 10 7.5 20 10", b"signature", b"histogram", b"tile", b"picture")
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO pictures VALUES ('old', ?, 20, 10, 7.5, 20, 10, ?, ?, ?, ?)",
        (checksum, *parts[1:]),
    )
    connection.commit()
    connection.close()
    for create in (False, True):
        file = Database(tmp_path, create=create)
        assert read_picture(file, "old").tile == b"tile"
        assert list(read_appearances(file, ["old"])) == []
        assert intact_pictures(file, ["old"]) == set()
    record = describe_picture(np.arange(200, dtype=np.uint8).reshape(10, 20))
    add_records(file, "model", [("old", record)], [])
    assert intact_pictures(file, ["old"]) == {"old"}
    assert read_picture(file, "old") == record
    ((_, numbers),) = read_appearances(file, ["old"])
    assert numbers.shape == (46,)


def test_a_file_of_a_newer_format_or_another_program_is_left_alone(tmp_path: Path) -> None:
    path, _ = old_file(tmp_path)
    connection = sqlite3.connect(path)
    for pragma, message in (("user_version = 3", "newer"), ("application_id = 7", "not an anal")):
        connection.execute(f"PRAGMA {pragma}")
        connection.commit()
        before = path.read_bytes()
        for create in (True, False):
            with pytest.raises(AnalysisFolderError, match=message):
                Database(tmp_path, create=create)
        assert path.read_bytes() == before
    connection.close()


def test_another_process_is_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.1)
    file = Database(tmp_path, create=True)
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(AnalysisFolderError, match="another process"):
        add_records(file, "model", [], records(1))
    other.execute("ROLLBACK")
    other.close()
    add_records(file, "model", [], records(1))
    assert intact_passes(file, "model", ["key 0"])


def test_a_full_disk_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    file = Database(tmp_path, create=True)
    add_records(file, "model", [], records(5))
    with file.reading() as connection:
        connection.execute("PRAGMA max_page_count = 30")
    with pytest.raises(AnalysisFolderError, match="full; free some space"):
        add_records(file, "model", [], records(1000))
    assert len(intact_passes(file, "model", [key for key, _ in records(1000)])) == 5
    with file.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    add_records(file, "model", [], records(1000))
    assert len(intact_passes(file, "model", [key for key, _ in records(1000)])) == 1000


def test_opened_for_reading_nothing_is_written(tmp_path: Path) -> None:
    Database(tmp_path, create=True)
    file = Database(tmp_path)
    before = file.path.read_bytes()
    with pytest.raises(AnalysisFolderError, match="permissions"):
        add_records(file, "model", [], records(1))
    assert file.path.read_bytes() == before


def test_reading_an_analysis_loads_no_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys, crystalviz.analysis, crystalviz.records, crystalviz.collection;"
        "sys.exit(bool({'tensorflow', 'keras', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
