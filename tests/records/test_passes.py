"""The passes on workers: the same records, written by the caller alone, and kept when one dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from crystalviz.datasets import synthetic_crystals
from crystalviz.images import ImageSet
from crystalviz.models import load_model
from crystalviz.models.elsewhere import WorkerError
from crystalviz.records import Database, passes, read_passes, run_passes
from crystalviz.records.images import read_picture

CALLER = os.getpid()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """14 files: a copy of the first, and one that turns out to be cut off."""
    folder = tmp_path_factory.mktemp("passes")
    synthetic_crystals(13, seed=21).write(folder)
    (folder / "copy.png").write_bytes((folder / "cex" / "CEX (1).png").read_bytes())
    cut = folder / "pg" / "PG (2).png"
    cut.write_bytes(cut.read_bytes()[:-3_000])
    return folder


def records(folder: Path, place: Path, **options: Any) -> tuple[dict[str, Any], ImageSet]:
    images, model = ImageSet.from_folder(folder), load_model("crystalnet")
    database = Database(place, create=True)
    result = run_passes(images, model, database, progress=False, **options)
    kept = {key for key in result.contents if key is not None}
    assert result.computed == len(kept) == 12
    seen = dict(read_passes(database, model.fingerprint, kept))
    found = {key: (read_picture(database, key).checksum(), seen[key].checksum()) for key in kept}
    return found, images


@pytest.fixture(scope="module")
def here(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return records(folder, tmp_path_factory.mktemp("here"))[0]


def test_processes_make_the_same_records(
    folder: Path, here: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "BATCH_SIZE", 4)
    there, images = records(folder, tmp_path, n_jobs=2)
    assert there == here
    assert [name for name, _ in images.problems] == ["pg/PG (2).png"]


@pytest.fixture
def cluster() -> Iterator[None]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield


@pytest.mark.usefixtures("cluster")
def test_a_dask_cluster_makes_the_same_records(
    folder: Path, here: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "BATCH_SIZE", 4)
    with joblib.parallel_config(backend="dask"):
        there, images = records(folder, tmp_path)
    assert there == here
    assert [name for name, _ in images.problems] == ["pg/PG (2).png"]


def test_what_is_done_is_kept_when_a_worker_dies(
    folder: Path, here: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "BATCH_SIZE", 4)
    images, model = ImageSet.from_folder(folder), load_model("crystalnet")
    database = Database(tmp_path, create=True)
    with monkeypatch.context() as patch:
        patch.setattr(passes, "_made_there", die_at_the_third)
        with pytest.raises(WorkerError, match=r"Run again to go on; \d of 13 images are done"):
            run_passes(images, model, database, progress=False, n_jobs=2)
    kept = dict(read_passes(database, model.fingerprint, here))
    assert 0 < len(kept) < 12
    again = run_passes(images, model, database, progress=False)
    assert again.computed == 12 - len(kept)


MADE_THERE = passes._made_there


def die_at_the_third(sent: Any, todo: Any) -> Any:
    if "PG (1)" in " ".join(todo.images.ids):
        # The others are through by then.
        import time

        time.sleep(3)
        os._exit(9)
    return MADE_THERE(sent, todo)


def test_nothing_to_do_sends_nothing(
    folder: Path, here: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records(folder, tmp_path)

    def send(model: Any) -> Any:
        raise AssertionError("a model was sent although all records are there")

    monkeypatch.setattr(passes, "send", send)
    images, model = ImageSet.from_folder(folder), load_model("crystalnet")
    images = images.subset([i for i, name in enumerate(images.ids) if name != "pg/PG (2).png"])
    result = run_passes(images, model, Database(tmp_path, create=True), False, n_jobs=2)
    assert result.computed == 0


def test_the_database_is_written_by_the_caller_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[int] = []
    real = passes.add_records

    def add_records(*arguments: Any) -> None:
        writers.append(os.getpid())
        real(*arguments)

    monkeypatch.setattr(passes, "add_records", add_records)
    records(folder, tmp_path, n_jobs=2)
    assert writers
    assert set(writers) == {CALLER}


def test_large_images_are_described_too(tmp_path: Path) -> None:
    from PIL import Image

    wide = np.zeros((40, 3_000), np.uint8)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    database, model = Database(tmp_path / "store", create=True), load_model("crystalnet")
    result = run_passes(ImageSet.from_folder(tmp_path), model, database, progress=False)
    record = read_picture(database, str(result.contents[0]))
    assert (record.width, record.height) == (3_000, 40)
