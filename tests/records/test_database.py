"""The analysis file under contention, a full disk, and old connections."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crystalviz.records import AnalysisFolderError, Database, database, read_passes
from crystalviz.records.images import PassRecord, add_records, copy_records, intact_passes


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
