"""Own classes without training: `analyze(..., head="probe")` from folders to table and back."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import crystalviz as cz
from crystalviz import cli
from crystalviz.analysis import Analysis
from crystalviz.datasets import synthetic_crystals
from crystalviz.images import apply_pose
from crystalviz.models.probe import LinearProbe, ProbeError
from crystalviz.records import FILE_NAME
from tests.analysis_folders import CountingModel, shared
from tests.test_analysis_store import assert_equal


def class_folder(folder: Path, each: int = 6) -> Path:
    """Write three classes, a rotated copy without label of a labelled image, and a new image."""
    crystals = synthetic_crystals(2 * each, seed=7)
    rng = np.random.default_rng(0)
    for label, image in zip(crystals.labels, crystals.images, strict=True):
        save(image, folder / label.lower() / f"{label} {len(list(folder.rglob('*.png')))}.png")
    for number in range(each):
        tone = rng.normal(60 + 15 * number, 4, (100, 120)).clip(0, 255).astype(np.uint8)
        save(tone, folder / "empty" / f"empty {number}.png")
    first = crystals.labels.index("PG")
    save(apply_pose(crystals.images[first], 3), folder / "turned.png")
    save(synthetic_crystals(2, seed=99).images[-1], folder / "new.png")
    return folder


def save(image: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(image)).save(path)


@cache
def probed() -> tuple[Path, Path, Analysis]:
    """One folder of three classes, its store and its analysis, for tests that only read."""
    base = shared()[0].parent
    folder = class_folder(base / "three classes")
    store = base / "probe store"
    return folder, store, cz.analyze(folder, head="probe", store=store, progress=False)


def test_three_classes_are_predicted_by_heads_that_saw_nothing_of_the_scene() -> None:
    _, _, analysis = probed()
    table, probe = analysis.table, analysis.probe
    assert probe is not None
    assert analysis.class_names == probe.class_names == ("cex", "empty", "pg")
    shares = table[[f"probability_{name}" for name in analysis.class_names]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(table["probability"], shares.max(axis=1))
    np.testing.assert_array_equal(table["confidence"], 100 * shares.max(axis=1))
    assert table["predicted_label"].tolist() == [
        analysis.class_names[k] for k in shares.argmax(axis=1)
    ]
    labelled = table["class_label"].notna()
    right = (table["class_label"] == table["predicted_label"])[labelled]
    assert right.sum() == probe.correct.sum()
    assert right.mean() > 0.8
    assert table["cross_validated"].tolist() == [name != "new.png" for name in table["image_id"]], (
        "only an image whose scene has no label may be judged by the head that saw all labels"
    )
    assert f"{int(right.sum())} of 18 labelled images right out of scene" in analysis.summary


def test_a_label_that_is_wrong_does_not_teach_its_own_prediction(tmp_path: Path) -> None:
    folder = shutil.copytree(probed()[0], tmp_path / "in")
    moved = next((folder / "empty").iterdir())
    moved.rename(folder / "pg" / moved.name)
    analysis = cz.analyze(folder, head="probe", progress=False)
    row = analysis.row(f"pg/{moved.name}")
    assert analysis.table["predicted_label"][row] == "empty"


def test_maps_are_exact_and_of_the_predicted_class() -> None:
    folder, _, analysis = probed()
    model = cz.load_model("crystalnet")
    images = cz.ImageSet.from_folder(folder)
    probe = analysis.probe
    assert probe is not None
    for row in (0, 8, len(images) - 1):
        head = probe.head_of(analysis.pictures.contents[row])
        attached = probe.attach(model, head)
        seen = attached.one_pass([images.pixels(row)])
        if analysis.table["image_id"][row] != "turned.png":
            np.testing.assert_allclose(analysis.cams[row], seen.maps[0], atol=1e-5)
    assert analysis.cam_layer == model.feature_layer
    assert (analysis.cams.max(axis=(1, 2)) == 1).all()


def test_a_second_run_and_a_loaded_analysis_are_the_same() -> None:
    folder, store, analysis = probed()
    model = CountingModel()
    again = cz.analyze(folder, model, head="probe", store=store, progress=False)
    assert (model.pictures, again.computed) == (0, 0)
    assert_equal(again, analysis)
    loaded = cz.load_analysis(store)
    assert_equal(loaded, analysis)
    assert loaded.summary == analysis.summary
    assert loaded.probe is not None
    assert analysis.probe is not None
    assert loaded.probe.fingerprint() == analysis.probe.fingerprint()


def test_renamed_files_keep_the_probe_and_new_ones_do_not_change_it(tmp_path: Path) -> None:
    folder = shutil.copytree(probed()[0], tmp_path / "in")
    store = shutil.copytree(probed()[1], tmp_path / "store")
    (folder / "cex").rename(folder / "zzz")
    (folder / "zzz").rename(folder / "cex")
    (folder / "new.png").rename(folder / "a first.png")
    save(synthetic_crystals(1, seed=123).images[0], folder / "second.png")
    after = cz.analyze(folder, head="probe", store=store, progress=False)
    assert after.computed == 1
    assert after.probe is not None
    assert after.probe.digest == LinearProbe.load(probed()[1] / "probe").digest


def test_other_labels_make_another_probe(tmp_path: Path) -> None:
    folder = shutil.copytree(probed()[0], tmp_path / "in")
    store = shutil.copytree(probed()[1], tmp_path / "store")
    (folder / "empty").rename(folder / "blank")
    after = cz.analyze(folder, head="probe", store=store, progress=False)
    assert after.class_names == ("blank", "cex", "pg")
    assert after.table["predicted_label"][after.row("blank/empty 0.png")] == "blank"


def test_a_saved_probe_judges_other_folders_and_copies_of_what_it_learned(tmp_path: Path) -> None:
    folder, store, analysis = probed()
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "new.png", other / "x.png")
    shutil.copy(folder / "empty" / "empty 0.png", other / "y.png")
    for head in (store / "probe", analysis.probe):
        found = cz.analyze(other, head=head, progress=False)
        for name, source in (("x.png", "new.png"), ("y.png", "empty/empty 0.png")):
            got, want = found.table.iloc[found.row(name)], analysis.table.iloc[analysis.row(source)]
            for column in ("predicted_label", "probability", "cross_validated"):
                assert got[column] == want[column]
        assert found.table["class_label"].tolist() == [None, None]
    saved = found.save(tmp_path / "saved")
    assert cz.load_analysis(saved).probe is not None


def test_a_probe_of_another_model_is_refused_before_any_image_is_read(tmp_path: Path) -> None:
    folder, store, _ = probed()
    other = CountingModel()
    other.facts = dataclasses.replace(other.model.facts, weights="another")
    with pytest.raises(ProbeError, match="crystalnet"):
        cz.analyze(folder, other, head=store / "probe", store=tmp_path / "s", progress=False)
    assert other.pictures == 0
    assert not (tmp_path / "s").exists()


def test_two_classes_give_the_share_of_the_positive_one(tmp_path: Path) -> None:
    folder = shutil.copytree(probed()[0], tmp_path / "in")
    shutil.rmtree(folder / "cex")
    analysis = cz.analyze(folder, head="probe", progress=False)
    assert analysis.class_names == ("empty", "pg")
    table = analysis.table
    assert not [name for name in table if name.startswith("probability_")]
    positive = table["predicted_label"] == "pg"
    np.testing.assert_array_equal(table["probability"] >= 0.5, positive)
    share = table["probability"]
    np.testing.assert_array_equal(table["confidence"], 100 * np.maximum(share, 1 - share))


def test_without_labels_no_class_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number, image in enumerate(synthetic_crystals(4, seed=1).images):
        save(image, folder / f"{number}.png")
    analysis = cz.analyze(folder, head="probe", store=tmp_path / "store", progress=False)
    for found in (analysis, cz.load_analysis(tmp_path / "store")):
        table = found.table
        assert table["predicted_label"].tolist() == [None] * 4
        assert table[["probability", "confidence"]].isna().all(axis=None)
        assert not found.cams.any()
        assert np.abs(found.vectors).sum() > 0
        assert "without labels a probe has nothing to learn from" in found.summary
        assert found.probe is None
    assert "predicted" not in " ".join(analysis.table.columns.drop("predicted_label"))
    # The classes of the model are one argument away, and nothing is computed again.
    own = cz.analyze(folder, store=tmp_path / "store", progress=False)
    assert own.computed == 0
    assert own.table["predicted_label"].notna().all()


def test_one_class_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number, image in enumerate(synthetic_crystals(4, seed=1).images):
        save(image, folder / "all" / f"{number}.png")
    with pytest.raises(ProbeError, match=r"all labelled images are 'all'; put the images of each"):
        cz.analyze(folder, head="probe", progress=False)


def test_the_command_writes_probe_and_report_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, store, analysis = probed()
    out = tmp_path / "out"
    shutil.copytree(store, out / "store")
    command = ["analyze", str(folder), "--out", str(out), "--no-progress", "--no-overlays"]
    assert cli.main([*command, "--head", "probe"]) == 0
    said = capsys.readouterr().out
    assert "0 computed, 20 known" in said
    assert str(out / "probe") in said
    report = json.loads((out / "probe" / "report.json").read_text("utf-8"))
    assert report["judged_on"] == "out-of-scene"
    assert report["class_names"] == ["cex", "empty", "pg"]
    assert len(report["mistakes"]) == int((~analysis.probe.correct).sum())
    predictions = pd.read_csv(out / "probe" / "predictions.csv")
    assert len(predictions) == 20
    assert "out-of-scene" in (out / "probe" / "index.html").read_text("utf-8")
    table = pd.read_csv(out / "analysis.csv")
    assert table["cross_validated"].tolist() == analysis.table["cross_validated"].tolist()
    with cz.connect(out / "store") as client:
        first = client.collections.use("CrystalImage").query.fetch_objects(limit=1).objects[0]
        assert first.properties["cross_validated"] is True
        assert 0 <= first.properties["probability_empty"] <= 1

    before = (out / "probe" / "index.html").stat().st_mtime_ns
    assert cli.main([*command, "--head", "probe", "--no-explorer"]) == 0
    assert (out / "probe" / "index.html").stat().st_mtime_ns == before
    again = ["analyze", str(folder), "--out", str(tmp_path / "again"), "--no-progress"]
    capsys.readouterr()
    assert cli.main([*again, "--head", str(out / "probe"), "--no-explorer"]) == 0
    assert "right out of scene" in capsys.readouterr().out
    assert not (tmp_path / "again" / "probe").exists()
    other = cz.load_analysis(tmp_path / "again")
    assert other.table["probability"].tolist() == analysis.table["probability"].tolist()


# A real run whose second pass is slow, so that the signal lands between two of its batches.
_SLOW_MAPS = """
import sys, time
from crystalviz import cli
from crystalviz.models.probe.attached import ProbedModel
from crystalviz.records import passes
passes.BATCH_SIZE = 3
real = ProbedModel.one_pass
def slow(self, pixels):
    time.sleep(0.5)
    return real(self, pixels)
ProbedModel.one_pass = slow
sys.exit(cli.main(["analyze", sys.argv[1], "--out", sys.argv[2], "--no-progress", "--head",
                   "probe", "--no-overlays", "--no-explorer"]))
"""


def test_the_mean_of_the_poses_is_the_same_for_a_turned_copy(tmp_path: Path) -> None:
    folder = shutil.copytree(probed()[0], tmp_path / "in")
    analysis = cz.analyze(folder, head="probe", poses=8, progress=False)
    first = next(name for name in analysis.table["image_id"] if name.startswith("pg/"))
    original, turned = analysis.row(first), analysis.row("turned.png")
    np.testing.assert_allclose(analysis.vectors[turned], analysis.vectors[original], atol=1e-4)
    np.testing.assert_allclose(
        analysis.class_probability[turned], analysis.class_probability[original], atol=1e-4
    )
    np.testing.assert_allclose(
        apply_pose(analysis.cams[original], 3), analysis.cams[turned], atol=1e-3
    )
    once = cz.analyze(folder, progress=False)
    mean = cz.analyze(folder, poses=8, progress=False)
    assert mean.model_fingerprint != once.model_fingerprint
    np.testing.assert_allclose(mean.vectors, analysis.vectors)
    gap = np.abs(once.table["probability"][original] - once.table["probability"][turned])
    assert abs(mean.table["probability"][original] - mean.table["probability"][turned]) < gap
    with pytest.raises(ValueError, match="poses must be 1"):
        cz.analyze(folder, poses=4)


def test_engines_and_processes_give_the_same_table(tmp_path: Path) -> None:
    folder, _, analysis = probed()
    by_keras = cz.analyze(
        folder, head="probe", engine="keras", store=tmp_path / "keras", progress=False
    )
    assert by_keras.computed == 20
    np.testing.assert_allclose(by_keras.class_probability, analysis.class_probability, atol=0.01)
    shared_out = cz.analyze(folder, head="probe", n_jobs=2, store=tmp_path / "jobs", progress=False)
    assert_equal(shared_out, analysis)
    # A probe fits any engine of its model.
    again = cz.analyze(
        folder, head=probed()[1] / "probe", engine="keras", store=tmp_path / "keras", progress=False
    )
    np.testing.assert_allclose(again.class_probability, analysis.class_probability, atol=1e-3)
    with pytest.raises(ValueError, match="engine="):
        cz.analyze(folder, cz.load_model("crystalnet"), engine="keras")


def passes_in(store: Path) -> int:
    """Count the passes that a run has committed so far."""
    if not (store / FILE_NAME).is_file():
        return 0
    connection = sqlite3.connect(store / FILE_NAME, timeout=10)
    try:
        return int(connection.execute("SELECT COUNT(*) FROM passes").fetchone()[0])
    except sqlite3.OperationalError:
        # The tables are not there yet.
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_second_pass_it_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    folder = probed()[0]
    out = tmp_path / "out"
    command = [sys.executable, "-c", _SLOW_MAPS, str(folder), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    # The first pass leaves 20 records.
    while passes_in(out / "store") <= 20 and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    os.kill(process.pid, how)
    _, said = process.communicate(timeout=60)
    if how == signal.SIGINT:
        assert process.returncode == 130, said
        assert "class maps of" in said
        part = cz.load_analysis(out)
        assert 0 < len(part) < 20
        assert part.table["predicted_label"].notna().all()
    model = CountingModel()
    after = cz.analyze(folder, model, head="probe", store=out / "store", progress=False)
    assert model.pictures == 0, "the first pass was finished"
    assert 0 < after.computed < 20
    assert_equal(after, probed()[2])
