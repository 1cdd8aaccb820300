"""Graphs are made in the background, added to, made anew, and come back after a restart."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from crystalviz.store.index import HNSW, VectorIndex
from crystalviz.store.index import upkeep as upkeep_module
from crystalviz.store.storage.vector_table import VectorTable
from tests.store.index.making import exact_in, followed, grouped, index_in, table_of

DIMENSION = 16


@pytest.fixture
def table() -> VectorTable:
    return table_of(grouped(1500, DIMENSION))


def _ready(folder: Path, table: VectorTable, **settings: object) -> VectorIndex:
    index = index_in(folder, **{"ef": 100, **settings})
    index.wait(table, progress=False)
    return index


def _same(index: VectorIndex, table: VectorTable, queries: np.ndarray) -> bool:
    exact = exact_in(Path("nowhere"))
    found = [index.search(table, query, 5) for query in queries]
    true = [exact.search(table, query, 5) for query in queries]
    return all(
        a.found_by == HNSW and a.rows.tolist() == b.rows.tolist()
        for a, b in zip(found, true, strict=True)
    )


def test_the_first_search_is_exact_and_starts_the_build(tmp_path: Path, table: VectorTable) -> None:
    index = index_in(tmp_path, ef=100)
    assert index.search(table, table.matrix[0], 3).found_by == "exact"
    index.wait(table, progress=False)
    assert index.search(table, table.matrix[0], 3).found_by == HNSW
    index.close()


def test_nothing_is_built_below_the_cutoff(tmp_path: Path, table: VectorTable) -> None:
    index = _ready(tmp_path, table, cutoff=1501)
    assert index.search(table, table.matrix[0], 3).found_by == "exact"
    assert index.health(table)["why"] == "exact below 1,501 vectors"
    assert not (tmp_path / "index").exists()


def test_health_tells_of_the_build(tmp_path: Path, table: VectorTable) -> None:
    index = index_in(tmp_path, ef=100)
    assert "background" in index.health(table)["why"]
    index.wait(table, progress=False)
    health = index.health(table)
    assert "building" not in health
    assert health["saved"] is True


def test_a_restart_finds_the_saved_graph(tmp_path: Path, table: VectorTable) -> None:
    first = _ready(tmp_path, table)
    before = (tmp_path / "index").stat().st_mtime_ns
    same = table_of(table.matrix)
    again = _ready(tmp_path, same, writable=False)
    assert (tmp_path / "index").stat().st_mtime_ns == before
    assert again.health(same)["saved"] is True
    queries = grouped(30, DIMENSION, seed=5)
    for query in queries:
        a, b = first.search(table, query, 10), again.search(same, query, 10)
        assert (a.rows.tolist(), a.distances.tolist()) == (b.rows.tolist(), b.distances.tolist())


def test_the_same_vectors_make_the_same_graph(tmp_path: Path, table: VectorTable) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _ready(tmp_path / name, table_of(table.matrix))
    one, other = (next((tmp_path / name / "index").glob("*.hnsw")) for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()


def test_a_saved_graph_of_an_older_moment_is_caught_up(tmp_path: Path, table: VectorTable) -> None:
    _ready(tmp_path, table).close()
    # Meanwhile: the first ten go, twenty others come, and everything is renumbered.
    new = grouped(20, DIMENSION, seed=8)
    later = table_of(np.concatenate([table.matrix[10:], new]), first_seq=5000)
    index = _ready(tmp_path, later)
    health = index.health(later)
    assert (health["nodes"], health["exact_beside"]) == (1500, 20)
    assert _same(index, later, np.concatenate([new, table.matrix[:10]]))


def test_a_saved_graph_of_other_vectors_answers_nothing_wrong(
    tmp_path: Path, table: VectorTable
) -> None:
    # As after a restore: the same objects by number, with other vectors.
    _ready(tmp_path, table).close()
    other = table_of(grouped(1500, DIMENSION, seed=33))
    index = _ready(tmp_path, other)
    assert _same(index, other, other.matrix[::100])
    assert index.health(other)["nodes"] == 1500


def test_a_long_tail_is_added_to_the_graph(
    tmp_path: Path, table: VectorTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep_module, "_LONGEST_TAIL", 50)
    index = _ready(tmp_path, table)
    old = next((tmp_path / "index").glob("*.hnsw")).name
    new = grouped(200, DIMENSION, seed=9)
    after = followed(table, new, [1, 2])
    assert index.search(after, new[0], 3).found_by == HNSW
    index.wait(after, progress=False)
    health = index.health(after)
    assert (health["nodes"], health["exact_beside"], health["saved"]) == (1700, 0, True)
    assert _same(index, after, np.concatenate([new[::10], table.matrix[:3]]))
    # A version from before is still answered rightly.
    assert _same(index, table, table.matrix[:3])
    assert [path.name for path in (tmp_path / "index").glob("*.hnsw")] != [old]
    assert len(list((tmp_path / "index").iterdir())) == 3


def test_without_a_file_to_add_to_the_graph_is_made_anew(
    tmp_path: Path, table: VectorTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep_module, "_LONGEST_TAIL", 50)
    index = _ready(tmp_path, table, writable=False)
    assert not (tmp_path / "index").exists()
    after = followed(table, grouped(200, DIMENSION, seed=9), [1, 2])
    index.search(after, table.matrix[0], 3)
    index.wait(after, progress=False)
    assert index.health(after)["nodes"] == 1698
    assert _same(index, after, after.matrix[::90][2:])


def test_a_graph_of_mostly_deleted_objects_is_made_anew(tmp_path: Path, table: VectorTable) -> None:
    index = _ready(tmp_path, table)
    # So many that the table renumbers its rows.
    after = followed(table, np.empty((0, DIMENSION), np.float32), list(range(1, 1100)))
    fewer = index_in(tmp_path, ef=100, cutoff=100)
    fewer.wait(after, progress=False)
    assert fewer.health(after)["nodes"] == len(after) == 401
    assert _same(fewer, after, after.matrix[::40])
    index.close()


def test_renumbered_rows_are_found_again(tmp_path: Path, table: VectorTable) -> None:
    index = _ready(tmp_path, table)
    shuffled = np.random.default_rng(2).permutation(1500)
    later = table_of(table.matrix[shuffled])
    assert later.generation > table.generation
    index.search(later, later.matrix[0], 3)
    index.wait(later, progress=False)
    assert index.health(later)["nodes"] == 1500
    assert _same(index, later, later.matrix[::90])
    # The older version is searched exactly from now on.
    assert index.search(table, table.matrix[0], 3).found_by == "exact"


def test_another_ef_makes_another_graph(tmp_path: Path, table: VectorTable) -> None:
    index = _ready(tmp_path, table)
    assert index.health(table)["ef"] == 100
    index._upkeep.forget()
    other = _ready(tmp_path, table, ef=150)
    assert other.health(table)["ef"] == 150


def test_without_hnswlib_search_is_exact_and_says_what_to_install(
    tmp_path: Path, table: VectorTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    index = _ready(tmp_path, table)
    health = index.health(table)
    assert (health["search"], health["recall"]) == ("exact", 1.0)
    assert 'pip install "crystalviz[hnsw]"' in health["why"]
    assert index.search(table, table.matrix[4], 1).rows.tolist() == [4]


def test_close_stops_a_build(tmp_path: Path) -> None:
    table = table_of(np.random.default_rng(0).random((30_000, 64), np.float32))
    index = index_in(tmp_path, ef=100)
    index.search(table, table.matrix[0], 1)
    index.close()
    assert not any(one.name == "crystalviz-index" for one in threading.enumerate())
    assert not (tmp_path / "index").exists()


def test_vectors_of_zeros_only(tmp_path: Path) -> None:
    table = table_of(np.zeros((600, DIMENSION), np.float32))
    index = _ready(tmp_path, table)
    assert index.search(table, np.ones(DIMENSION, np.float32), 3).rows.tolist() == [0, 1, 2]
    assert "zero" in index.health(table)["why"]


def test_many_threads_search_while_the_collection_grows(
    tmp_path: Path, table: VectorTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep_module, "_LONGEST_TAIL", 40)
    index, exact = index_in(tmp_path, ef=200), exact_in(tmp_path)
    versions = [table]
    wrong: list[str] = []
    done = threading.Event()

    def ask(seed: int) -> None:
        rng = np.random.default_rng(seed)
        while not done.is_set():
            version = versions[rng.integers(len(versions))]
            row = int(rng.choice(np.flatnonzero(version.alive)))
            query = version.matrix[row]
            found = index.search(version, query, 3)
            true = exact.search(version, query, 3)
            if found.rows.tolist() != true.rows.tolist():
                wrong.append(f"{found} is not {true}")

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    try:
        for step in range(6):
            new = grouped(60, DIMENSION, seed=100 + step)
            latest = followed(versions[-1], new, [5 * step + 1, 5 * step + 2])
            versions.append(latest)
            index.search(latest, new[0], 1)
            index.wait(latest, progress=False)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert index.search(versions[-1], table.matrix[700], 1).found_by == HNSW
    index.close()
