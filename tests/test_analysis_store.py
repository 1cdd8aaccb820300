"""What a store folder keeps: equal to the last bit, replaced as a whole, checked when read."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crystalviz as cz
from crystalviz.analysis import Analysis
from crystalviz.records import FILE_NAME, AnalysisFolderError
from tests.analysis_folders import crystal_folder, shared

ARRAYS = ("vectors", "cams", "neighbor_indices", "neighbor_similarity", "explained_variance")


def assert_equal(one: Analysis, other: Analysis) -> None:
    assert one.table.equals(other.table)
    assert one.table.dtypes.equals(other.table.dtypes)
    for name in ARRAYS:
        a, b = getattr(one, name), getattr(other, name)
        assert a.dtype == b.dtype, name
        assert a.shape == b.shape, name
        assert a.tobytes() == b.tobytes(), name
    for name in ("title", "model_name", "model_fingerprint", "cam_layer", "class_names"):
        assert getattr(one, name) == getattr(other, name)
    assert one.problems == other.problems
    for row in range(len(one)):
        assert one.pictures.tile(row) == other.pictures.tile(row)
        assert one.pictures.picture(row) == other.pictures.picture(row)
        assert (one.pictures.histogram(row) == other.pictures.histogram(row)).all()


def test_loaded_is_equal_to_the_last_bit() -> None:
    _, store, analysis = shared()
    assert_equal(cz.load_analysis(store), analysis)
    assert_equal(cz.load_analysis(store.parent), analysis)


def test_a_temporary_analysis_can_be_saved_and_saved_again(tmp_path: Path) -> None:
    analysis = cz.analyze(crystal_folder(tmp_path / "images", 4), progress=False)
    assert analysis.folder is None
    analysis.save(tmp_path / "one")
    loaded = cz.load_analysis(tmp_path / "one")
    assert_equal(loaded, analysis)
    loaded.table["note"] = ["ä", None, "", "d"]
    loaded.table["weight"] = np.array([0.1, np.nan, np.inf, -0.0])
    loaded.table["seen"] = [True, False, True, True]
    loaded.table["rated by"] = "me"
    loaded.table["mixed"] = pd.Series([1, "one", None, True], dtype=object)
    loaded.save(tmp_path / "one")
    loaded.save(tmp_path / "two")
    with cz.connect(tmp_path / "two") as client:
        items = {
            i.properties["image_id"]: i.properties
            for i in client.collections.use("CrystalImage").iterator()
        }
    assert [items[name].get("mixed") for name in loaded.table["image_id"]] == [
        "1",
        "one",
        None,
        "True",
    ]
    assert [items[name].get("weight") for name in loaded.table["image_id"]] == [0.1, None, None, 0]
    assert_equal(cz.load_analysis(tmp_path / "one"), loaded)
    assert_equal(cz.load_analysis(tmp_path / "two"), loaded)
    loaded.table["what"] = [object()] * 4
    with pytest.raises(TypeError, match="what"):
        loaded.save(tmp_path / "one")
    assert "weight" in cz.load_analysis(tmp_path / "one").table


def test_objects_of_the_collection(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 5)
    store = tmp_path / "store"
    analysis = cz.analyze(folder, store=store, progress=False)
    from crystalviz.store import generate_uuid5

    with cz.connect(store) as client:
        collection = client.collections.use("CrystalImage")
        assert len(collection) == 5
        for row, record in enumerate(analysis.table.to_dict("records")):
            item = collection.query.fetch_object_by_id(
                generate_uuid5(record["image_id"]), include_vector=True
            )
            assert item.properties == record
            np.testing.assert_array_equal(
                np.array(item.vector["default"], np.float32), analysis.vectors[row]
            )
        first = analysis.table["image_id"][0]
        near = collection.query.near_object(generate_uuid5(first), limit=4).objects
        assert [item.properties["image_id"] for item in near[1:]] == [
            item.image_id for item in analysis.neighbors(first, k=3)
        ]
        collection.data.update(uuid=generate_uuid5(first), properties={"remark": "look again"})

    # Analyzed again without one image and with a new one: no doubles, none left over.
    (folder / "pg" / "PG (2).png").rename(folder / "pg" / "PG (7).png")
    again = cz.analyze(folder, store=store, progress=False)
    with cz.connect(store) as client:
        collection = client.collections.use("CrystalImage")
        stored = {item.properties["image_id"]: item.properties for item in collection.iterator()}
        assert len(collection) == len(stored) == 5
        assert sorted(stored) == sorted(again.table["image_id"])
        assert stored[first]["remark"] == "look again"


def test_vectors_of_another_model_replace_the_collection(tmp_path: Path) -> None:
    store = shutil.copytree(shared()[1], tmp_path / "store")
    analysis = cz.load_analysis(store)
    analysis.vectors = analysis.vectors[:, :7].copy()
    analysis.save(store)
    with cz.connect(store) as client:
        items = list(client.collections.use("CrystalImage").iterator(include_vector=True))
    assert {len(item.vector["default"]) for item in items} == {7}
    assert len(items) == len(analysis)


def test_pictures_are_read_from_many_threads() -> None:
    _, store, analysis = shared()
    pictures = cz.load_analysis(store).pictures
    expected = [analysis.pictures.picture(row) for row in range(len(analysis))]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda i: pictures.picture(i % len(expected)), range(400)))
    assert all(item == expected[i % len(expected)] for i, item in enumerate(got))


def test_no_analysis(tmp_path: Path) -> None:
    with pytest.raises(AnalysisFolderError, match="no analysis in"):
        cz.load_analysis(tmp_path)
    with pytest.raises(AnalysisFolderError, match="no folder"):
        cz.load_analysis(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(AnalysisFolderError, match="cannot be made"):
        shared()[2].save(tmp_path / "file")


def test_of_another_program_or_a_newer_version(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("CREATE TABLE mine (a)")
    other.commit()
    other.close()
    with pytest.raises(AnalysisFolderError, match="not an analysis file"):
        cz.load_analysis(tmp_path)
    with pytest.raises(AnalysisFolderError, match="not an analysis file"):
        shared()[2].save(tmp_path)
    store = shutil.copytree(shared()[1], tmp_path / "store")
    newer = sqlite3.connect(store / FILE_NAME)
    newer.execute("PRAGMA user_version = 99")
    newer.commit()
    newer.close()
    with pytest.raises(AnalysisFolderError, match="newer crystalviz"):
        cz.load_analysis(store)


def test_loads_after_a_run_was_killed_while_it_wrote(tmp_path: Path) -> None:
    _, source, analysis = shared()
    store = shutil.copytree(source, tmp_path / "store")
    killed = """
import os, sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA cache_size = 1")
file.execute("BEGIN")
file.execute("DELETE FROM arrays")
file.execute("UPDATE analysis SET value = 'half'")
file.executemany("INSERT INTO arrays VALUES ('x', ?, zeroblob(9000))", [(i,) for i in range(99)])
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", killed, str(store / FILE_NAME)])
    assert (store / f"{FILE_NAME}-journal").stat().st_size > 0
    assert_equal(cz.load_analysis(store), analysis)


def test_no_damage_goes_unseen(tmp_path: Path) -> None:
    """Any cut or flipped byte: a clear error, or the same answer; never another one."""
    _, source, analysis = shared()
    whole = (source / FILE_NAME).read_bytes()
    store = tmp_path / "store"
    store.mkdir()
    rng = np.random.default_rng(0)
    said = []
    for trial in range(60):
        damaged = bytearray(whole)
        if trial % 6 == 0:
            del damaged[int(rng.integers(0, len(whole))) :]
        else:
            place = int(rng.integers(0, len(whole)))
            damaged[place] ^= int(rng.integers(1, 256))
        (store / FILE_NAME).write_bytes(damaged)
        try:
            assert_equal(cz.load_analysis(store), analysis)
        except AnalysisFolderError as error:
            said.append(str(error))
    assert len(said) > 10
    assert all(str(store) in text for text in said)


def test_damaged_records_are_made_again(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 4)
    store = tmp_path / "store"
    before = cz.analyze(folder, store=store, progress=False)
    file = sqlite3.connect(store / FILE_NAME)
    file.execute("UPDATE pictures SET tile = x'00' WHERE rowid = 1")
    file.execute("UPDATE passes SET vector = zeroblob(length(vector)) WHERE rowid = 2")
    file.commit()
    file.close()
    with pytest.raises(AnalysisFolderError, match="damaged"):
        [cz.load_analysis(store).pictures.tile(row) for row in range(4)]
    after = cz.analyze(folder, store=store, progress=False)
    assert after.computed == 2
    assert_equal(after, before)
