"""An analysis whose store a Weaviate server follows."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import crystalviz as cz
from crystalviz.cli import main
from crystalviz.store.errors import WeaviateInvalidInputError
from crystalviz.store.server import serve
from crystalviz.store.server.serving import StoreServer
from tests.analysis_folders import crystal_folder, shared


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoreServer]:
    with serve(tmp_path / "server", http_port=0, grpc_port=0) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store folder with an analysis of 14 images."""
    return Path(shutil.copytree(shared()[1], tmp_path / "store"))


def where(server: StoreServer) -> dict[str, object]:
    return {"url": server.url, "grpc_port": server.grpc_port}


def test_an_analysis_reaches_the_server(server: StoreServer, tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 5)
    analysis = cz.analyze(folder, store=tmp_path / "store", progress=False, mirror=where(server))
    mirror = analysis.mirror
    assert mirror.flush()
    theirs = server.client.collections.use("CrystalImage")
    stored = {
        item.properties["image_id"]: np.array(item.vector["default"], np.float32)
        for item in theirs.iterator(include_vector=True)
    }
    assert sorted(stored) == sorted(analysis.table["image_id"])
    for row, name in enumerate(analysis.table["image_id"]):
        np.testing.assert_array_equal(stored[name], analysis.vectors[row])
    status = analysis.store_status()
    assert status["mirror"]["state"] == "in step"
    assert status["mirror"]["address"] == server.url
    # Saved elsewhere, it is followed there.
    analysis.save(tmp_path / "other")
    assert analysis.mirror is not mirror
    assert analysis.mirror.flush()
    analysis.close()
    assert analysis.mirror is None
    assert analysis.store_status()["mirror"] is None
    analysis.close()


def test_a_loaded_analysis_outlives_the_server(server: StoreServer, store: Path) -> None:
    analysis = cz.load_analysis(store, mirror=where(server))
    assert analysis.mirror.flush()
    image = analysis.table["image_id"][0]
    before = analysis.neighbors(image, k=5)
    server.stop()
    assert not analysis.mirror.flush(5)
    started = time.monotonic()
    status = analysis.store_status()
    assert analysis.neighbors(image, k=5) == before
    assert time.monotonic() - started < 0.5
    assert status["connected"] is True
    assert status["mirror"]["state"] == "away"
    assert (status["neighbors"], status["source"]) == ("exact", "the local store")
    assert len(before) == 5
    analysis.close()


def test_where_it_comes_from_and_how_it_searches(store: Path) -> None:
    analysis = cz.load_analysis(store)
    status = analysis.store_status()
    assert status == {
        "kind": "local",
        "connected": True,
        "version": cz.__version__,
        "objects": 14,
        "folder": str(store),
        "neighbors": "exact",
        "source": "the local store",
        "search": "exact",
        "recall": 1.0,
        "detail": "14 objects, exact search",
        "mirror": None,
    }
    shutil.rmtree(store)
    status = analysis.store_status()
    assert status["connected"] is False
    assert "cannot be read" in status["detail"]
    assert status["source"] == "the analysis in memory"
    assert len(analysis.neighbors(analysis.table["image_id"][0])) == 5


def test_without_a_folder_there_is_nothing_to_follow(store: Path, tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 3)
    with pytest.raises(ValueError, match="needs store="):
        cz.analyze(folder, progress=False, mirror="http://127.0.0.1:1")
    analysis = cz.analyze(folder, progress=False)
    assert analysis.store_status()["kind"] == "memory"
    with pytest.raises(ValueError, match="save the analysis first"):
        analysis.follow("http://127.0.0.1:1")
    with pytest.raises(ValueError, match='"url"'):
        cz.load_analysis(store, mirror={"host": "lab"})
    with pytest.raises(WeaviateInvalidInputError, match="address"):
        cz.load_analysis(store, mirror="lab:8080")


def test_more_neighbors_than_kept_are_searched_once(store: Path) -> None:
    analysis = cz.load_analysis(store)
    image = analysis.table["image_id"][3]
    first = analysis.neighbors(image, k=13)
    index = analysis._exact()
    assert analysis.neighbors(image, k=12) == first[:12]
    assert analysis._exact() is index
    analysis.vectors = analysis.vectors[:, ::-1].copy()
    assert analysis._exact() is not index
    assert [item.image_id for item in analysis.neighbors(image, k=13)] == [
        item.image_id for item in first
    ]


def test_the_command_waits_for_the_server(
    server: StoreServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = crystal_folder(tmp_path / "images", 4)
    command = ["analyze", str(folder), "--out", str(tmp_path / "out"), "--no-overlays"]
    command += ["--no-explorer", "--no-progress", "--mirror", server.url]
    assert main([*command, "--mirror-grpc-port", str(server.grpc_port)]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.split(None, 1) == [server.url, "in step, 4 changes taken in all"]
    assert len(server.client.collections.use("CrystalImage")) == 4
    server.stop()
    (folder / "pg" / "PG (2).png").unlink()
    assert main([*command, "--mirror-grpc-port", str(server.grpc_port)]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(server.url)
    assert "away" in said
    assert "kept in the store" in said
    # What waited goes with the next analysis that is mirrored.
    analysis = cz.load_analysis(tmp_path / "out")
    with serve(
        tmp_path / "server", http_port=server.http_port, grpc_port=server.grpc_port
    ) as again:
        analysis.follow(where(again))
        assert analysis.mirror.flush()
        assert len(again.client.collections.use("CrystalImage")) == 3
        analysis.close()
