"""Nothing of an index is believed that is not as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crystalviz.store.index import HNSW, check_indexes, purge_indexes
from crystalviz.store.index.files import IndexFiles, UnusableError
from crystalviz.store.index.settings import Settings
from tests.store.index.making import grouped, index_in, table_of

DIMENSION = 8
SETTINGS = Settings(cutoff=500, ef=100)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of an index of 600 vectors, by name."""
    folder = tmp_path_factory.mktemp("store")
    index_in(folder, ef=100).wait(table_of(grouped(600, DIMENSION)), progress=False)
    return {path.name: path.read_bytes() for path in (folder / "index").iterdir()}


@pytest.fixture
def folder(tmp_path: Path, built: dict[str, bytes]) -> Path:
    (tmp_path / "index").mkdir()
    for name, content in built.items():
        (tmp_path / "index" / name).write_bytes(content)
    return tmp_path


def _files(folder: Path) -> IndexFiles:
    return IndexFiles(folder, 1, "", "default")


def _one(folder: Path, ending: str) -> Path:
    (path,) = (folder / "index").glob(f"*{ending}")
    return path


def test_a_sound_index_is_loaded(folder: Path) -> None:
    base = _files(folder).load(SETTINGS, DIMENSION)
    assert len(base.graph) == 600
    assert base.graph.found.all()
    assert check_indexes(folder) == []
    assert len(list((folder / "index").iterdir())) == 3


def test_the_manifest_says_what_it_is(folder: Path) -> None:
    told = json.loads(_one(folder, ".json").read_text())
    assert told["space"] == "l2"
    assert told["distance"] == "cosine"
    assert told["dimension"] == DIMENSION
    assert told["parameters"] == {"m": 32, "ef_construction": 128}
    assert told["nodes"] == 600
    assert told["position"] == {"store": "store", "seq": 601, "removal": 0}
    assert told["graph_file"]["bytes"] == _one(folder, ".hnsw").stat().st_size


@pytest.mark.parametrize("ending", [".json", ".hnsw", ".nodes"])
def test_no_flipped_byte_is_believed(folder: Path, ending: str) -> None:
    path = _one(folder, ending)
    sound = path.read_bytes()
    places = np.random.default_rng(0).integers(0, len(sound), 60).tolist()
    for place in [0, len(sound) - 1, *places]:
        damaged = bytearray(sound)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with pytest.raises(UnusableError, match=r"index"):
            _files(folder).load(SETTINGS, DIMENSION)
        assert len(check_indexes(folder)) == 1
    path.write_bytes(sound)
    assert len(_files(folder).load(SETTINGS, DIMENSION).graph) == 600


@pytest.mark.parametrize("ending", [".json", ".hnsw", ".nodes"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"\0",
        lambda content: bytes(len(content)),
    ],
    ids=["empty", "one byte short", "half", "one byte more", "zeros"],
)
def test_torn_files_are_not_believed(
    folder: Path, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    path = _one(folder, ending)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UnusableError):
        _files(folder).load(SETTINGS, DIMENSION)


@pytest.mark.parametrize("ending", [".json", ".hnsw", ".nodes"])
def test_missing_files(folder: Path, ending: str) -> None:
    _one(folder, ending).unlink()
    with pytest.raises(UnusableError):
        _files(folder).load(SETTINGS, DIMENSION)


@pytest.mark.parametrize("ending", [".json", ".hnsw", ".nodes"])
def test_a_damaged_index_is_made_again_and_answers(folder: Path, ending: str) -> None:
    path = _one(folder, ending)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    table = table_of(grouped(600, DIMENSION))
    index = index_in(folder, ef=100)
    index.wait(table, progress=False)
    found = index.search(table, table.matrix[4], 1)
    assert (found.rows.tolist(), found.found_by) == ([4], HNSW)
    assert check_indexes(folder) == []
    assert len(list((folder / "index").iterdir())) == 3


@pytest.mark.parametrize(
    ("settings", "dimension"),
    [
        (Settings("l2-squared", cutoff=500, ef=100), DIMENSION),
        (Settings(cutoff=500, ef=101), DIMENSION),
        (SETTINGS, DIMENSION + 1),
    ],
)
def test_an_index_for_something_else_is_not_used(
    folder: Path, settings: Settings, dimension: int
) -> None:
    with pytest.raises(UnusableError, match="other settings"):
        _files(folder).load(settings, dimension)


def test_a_manifest_cannot_name_a_file_elsewhere(folder: Path) -> None:
    outside = folder / "outside.hnsw"
    outside.write_bytes(_one(folder, ".hnsw").read_bytes())
    manifest = _one(folder, ".json")
    told = json.loads(manifest.read_text())
    told.pop("checksum")
    told["graph_file"]["name"] = "../outside.hnsw"
    _files(folder)._write_manifest(told)
    with pytest.raises(UnusableError):
        _files(folder).load(SETTINGS, DIMENSION)


def test_a_full_disk_leaves_the_old_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in (folder / "index").iterdir()}
    base = _files(folder).load(SETTINGS, DIMENSION)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="No space"):
        _files(folder).save(base.graph, SETTINGS, DIMENSION, {})
    assert {path.name: path.read_bytes() for path in (folder / "index").iterdir()} == before


def test_an_index_that_cannot_be_saved_answers_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    table = table_of(grouped(600, DIMENSION))
    index = index_in(tmp_path, ef=100)
    index.wait(table, progress=False)
    assert index.search(table, table.matrix[4], 1).found_by == HNSW
    health = index.health(table)
    assert health["saved"] is False
    assert "not saved" in health["note"]


def test_purge_removes_only_what_is_gone(folder: Path) -> None:
    IndexFiles(folder, 2, "a", "default").save(
        _files(folder).load(SETTINGS, DIMENSION).graph, SETTINGS, DIMENSION, {}
    )
    assert len(list((folder / "index").iterdir())) == 6
    purge_indexes(folder, [2, 3])
    assert len(list((folder / "index").iterdir())) == 3
    assert len(_files(folder).load(SETTINGS, DIMENSION).graph) == 600
    purge_indexes(folder, [1])
    assert list((folder / "index").iterdir()) == []
    purge_indexes(folder / "nowhere", [1])
