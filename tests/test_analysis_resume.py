"""A second run does only what is new; an interrupted or killed one goes on where it stopped."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz.images import ImageSet
from crystalviz.records import FILE_NAME, passes
from tests.analysis_folders import CountingModel, crystal_folder
from tests.test_analysis_store import assert_equal

# A real run in small batches, with a pause after each so that the signal lands between two.
_SLOW_RUN = """
import sys, time
from crystalviz import cli
from crystalviz.models import Model
from crystalviz.records import passes
passes.BATCH_SIZE = 3
real = Model.one_pass
def slow(self, pixels):
    time.sleep(0.4)
    return real(self, pixels)
Model.one_pass = slow
sys.exit(cli.main(["analyze", sys.argv[1], "--out", sys.argv[2], "--no-progress"]))
"""


def test_only_new_and_changed_images_are_computed(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 6)
    store = tmp_path / "store"
    model = CountingModel()
    first = cz.analyze(folder, model, store=store, progress=False)
    assert model.pictures == first.computed == 6

    again = cz.analyze(folder, model, store=store, progress=False)
    assert (model.pictures, again.computed) == (6, 0)
    assert_equal(again, first)

    # Renamed, touched and copied files have the bytes they had.
    (folder / "cex" / "CEX (1).png").rename(folder / "cex" / "renamed.png")
    os.utime(folder / "cex" / "CEX (2).png")
    (folder / "copy.png").write_bytes((folder / "cex" / "CEX (2).png").read_bytes())
    renamed = cz.analyze(folder, model, store=store, progress=False)
    assert model.pictures == 6
    assert len(renamed) == 7
    assert renamed.vectors[renamed.row("cex/renamed.png")].tobytes() == first.vectors[0].tobytes()

    changed = folder / "pg" / "PG (1).png"
    Image.open(changed).point(lambda value: 255 - value).save(changed)
    (folder / "copy.png").unlink()
    after = cz.analyze(folder, model, store=store, progress=False)
    assert model.pictures == 7
    assert "copy.png" not in set(after.table["image_id"])
    assert not np.array_equal(
        after.vectors[after.row("pg/PG (1).png")], first.vectors[first.row("pg/PG (1).png")]
    )
    # What was removed is remembered when it comes back.
    cz.analyze(folder, model, store=store, progress=False)
    (folder / "copy.png").write_bytes((folder / "cex" / "CEX (2).png").read_bytes())
    cz.analyze(folder, model, store=store, progress=False)
    assert model.pictures == 7


def test_another_model_looks_at_every_image_again(tmp_path: Path) -> None:
    folder = crystal_folder(tmp_path / "images", 3)
    other = CountingModel()
    cz.analyze(folder, store=tmp_path / "store", progress=False)
    other.fingerprint = "another"
    cz.analyze(folder, other, store=tmp_path / "store", progress=False)
    assert other.pictures == 3


def test_without_a_store_the_session_remembers(tmp_path: Path) -> None:
    model = CountingModel()
    folder = crystal_folder(tmp_path, 3, seed=77)
    cz.analyze(folder, model, progress=False)
    cz.analyze(folder, model, progress=False)
    assert model.pictures == 3


def test_interrupt_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "BATCH_SIZE", 2)
    folder = crystal_folder(tmp_path / "images", 8)
    model = CountingModel()
    real = CountingModel.one_pass

    def stop_in_the_third(self: CountingModel, pixels: list[np.ndarray]) -> object:
        if self.pictures == 4:
            signal.raise_signal(signal.SIGINT)
        return real(self, pixels)

    monkeypatch.setattr(CountingModel, "one_pass", stop_in_the_third)
    with pytest.raises(KeyboardInterrupt, match="4 of 8 images are done"):
        cz.analyze(folder, model, store=tmp_path / "store", progress=False)
    monkeypatch.setattr(CountingModel, "one_pass", real)
    part = cz.load_analysis(tmp_path / "store")
    assert len(part) == 4
    assert part.neighbors(part.table["image_id"][0], k=3)
    resumed = cz.analyze(folder, model, store=tmp_path / "store", progress=False)
    assert (model.pictures, resumed.computed) == (8, 4)
    assert_equal(resumed, cz.analyze(folder, store=tmp_path / "clean", progress=False))


def test_an_interrupted_run_does_not_replace_a_finished_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "BATCH_SIZE", 2)
    folder = crystal_folder(tmp_path / "images", 6)
    finished = cz.analyze(folder, store=tmp_path / "store", progress=False)
    other = CountingModel()
    other.fingerprint = "another"
    real = CountingModel.one_pass

    def stop_in_the_second(self: CountingModel, pixels: list[np.ndarray]) -> object:
        if self.pictures == 2:
            signal.raise_signal(signal.SIGINT)
        return real(self, pixels)

    monkeypatch.setattr(CountingModel, "one_pass", stop_in_the_second)
    with pytest.raises(KeyboardInterrupt, match="2 of 6 images are done"):
        cz.analyze(folder, other, store=tmp_path / "store", progress=False)
    assert_equal(cz.load_analysis(tmp_path / "store"), finished)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_process_is_continued(tmp_path: Path, how: signal.Signals) -> None:
    folder = crystal_folder(tmp_path / "images", 18)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW_RUN, str(folder), str(out)],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    file = out / "store" / FILE_NAME
    deadline = time.monotonic() + 120
    while _done(file) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    done = _done(file)
    assert 6 <= done < 18
    assert done % 3 == 0
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert f"{done} of 18 images are done" in said
        assert "Traceback" not in said
    else:
        assert process.returncode == -signal.SIGKILL

    model = CountingModel()
    resumed = cz.analyze(folder, model, store=out / "store", progress=False)
    assert model.pictures == 18 - done
    assert_equal(resumed, cz.analyze(folder, progress=False))


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = crystal_folder(tmp_path / "images", 3)
    real = ImageSet.pixels

    def grow(self: ImageSet, index: int) -> np.ndarray:
        pixels = real(self, index)
        if self.ids[index] == "pg/PG (1).png":
            with open(self.paths[index], "ab") as file:
                file.write(b"more")
        return pixels

    monkeypatch.setattr(ImageSet, "pixels", grow)
    analysis = cz.analyze(folder, store=tmp_path / "store", progress=False)
    assert analysis.table["image_id"].tolist() == ["cex/CEX (1).png", "cex/CEX (2).png"]
    assert "changed while it was read" in dict(analysis.problems)["pg/PG (1).png"]


def _done(file: Path) -> int:
    try:
        connection = sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=10)
        try:
            return int(connection.execute("SELECT count(*) FROM passes").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        return 0
