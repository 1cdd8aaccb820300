"""The training command: it runs, and the same seeds give the same weights."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from crystalviz.models import load_model
from crystalviz.models._augment import augment


def test_command_is_reproducible_and_writes_a_small_loadable_file(tmp_path) -> None:
    """Twice in fresh processes, with two steps on a handful of pictures."""
    reports = []
    for name in ("first", "second"):
        command = [sys.executable, "-m", "crystalviz.models.train_crystalnet"]
        command += ["--images", "12", "--steps", "2", "--test-images", "12"]
        command += ["--out", str(tmp_path / f"{name}.keras")]
        command += ["--report", str(tmp_path / f"{name}.json")]
        subprocess.run(command, check=True, capture_output=True)
        reports.append(json.loads((tmp_path / f"{name}.json").read_text()))
    assert reports[0] == reports[1]
    assert set(reports[0]["baselines"]) == {"size", "mean_gray", "entropy"}
    assert reports[0]["synthetic_test"]["images"] == 12
    model = load_model(tmp_path / "first.keras", class_names=("CEX", "PG"))
    # What is loaded is the ONNX file beside, written with the same weights.
    assert model.engine == "openvino"
    keras = load_model(tmp_path / "first.keras", class_names=("CEX", "PG"), engine="keras")
    assert keras.fingerprint == reports[0]["fingerprint"]
    image = [np.random.default_rng(0).integers(0, 256, (60, 80)).astype(np.uint8)]
    np.testing.assert_allclose(
        model.one_pass(image).probability, keras.one_pass(image).probability, atol=1e-4
    )
    assert (tmp_path / "first.keras").stat().st_size < 6e6


def test_augmentation_follows_its_seed_and_keeps_its_range() -> None:
    image = np.random.default_rng(0).integers(0, 256, (150, 190)).astype(np.uint8)
    views = [augment(image, np.random.default_rng(seed), 160) for seed in range(30)]
    for view in views:
        assert view.shape == (160, 160)
        assert view.dtype == np.float32
        assert view.min() >= 0
        assert view.max() <= 255
    assert np.array_equal(views[3], augment(image, np.random.default_rng(3), 160))
    assert len({view.tobytes() for view in views}) == 30
