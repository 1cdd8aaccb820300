"""`crystalviz train`, from the command line to a model that `analyze` takes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import crystalviz as cz
from crystalviz import cli
from crystalviz.models import load_model

QUICK = ["--backbone", "crystalnet", "--image-size", "48", "--batch-size", "8", "--no-onnx"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train command") / "crystals"
    cz.datasets.synthetic_crystals(20, seed=4, poses=0.5).write(folder)
    (folder / "cex" / "cut.png").write_bytes((folder / "cex" / "CEX (1).png").read_bytes()[:300])
    return folder


def test_trains_reports_and_goes_on_after_ctrl_c(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "crystalviz.cli", "train", str(folder), "--out", str(out)]
    command += [*QUICK, "--epochs", "5", "--target-f1", "1", "--fractions", "0.6", "0.2", "0.2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.npz").exists() and process.poll() is None:
        assert time.monotonic() < deadline, "no epoch in two minutes"
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert "kept in" in errors
    assert "the same call goes on from there" in errors
    assert "Traceback" not in errors

    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    for name in ("index.html", "model.keras"):
        assert str(out / name) in run.stdout
    assert "classes cex, pg" in run.stdout
    assert "1 file set aside" in run.stderr
    assert "cex/cut.png" in run.stderr
    # Each epoch's loss and F1 of each class.
    assert "val_loss" in run.stderr
    assert "F1 cex" in run.stderr
    assert load_model(out / "model.keras").class_names == ("cex", "pg")
    assert not (out / "model.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{folder}/cex"], "none of the 10 images has a label"),
        (["{folder}/nowhere"], "there is no folder"),
        (["{folder}", "--classes", "cex", "fog"], "no image is labelled 'fog'; there are cex, pg"),
        (["{folder}", "--learning-rate", "0"], "learning_rate must be more than 0"),
        (["{folder}", "--fractions", "0.5", "0.5", "0.5"], "add up to 1"),
        (["{folder}", "--fractions", "0.9", "0", "0.1"], "the validation part .* has no image"),
        (["{folder}", "--backbone", "vgg"], "vgg"),
        (["{folder}", "--weights", "some.h5"], "comes with its own weights"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_line(
    folder: Path,
    tmp_path: Path,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [text.format(folder=folder) for text in arguments]
    code = cli.main(["train", *QUICK, *given, "--out", str(tmp_path / "out"), "--no-progress"])
    errors = capsys.readouterr().err.strip()
    assert code == 1
    assert re.search(said, errors), errors
    assert errors.count("\n") == 0
    assert not (tmp_path / "out" / "model.keras").exists()


def test_wrong_usage(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", str(folder)]) == 2
    assert cli.main(["train", str(folder), "--out", str(tmp_path), "--split", "random"]) == 2
    assert cli.main(["train", str(folder), "--out", str(tmp_path), "--epochs", "0"]) == 2
    assert "usage" in capsys.readouterr().err


def test_random_weights_are_said_loudly(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(folder), "--out", str(tmp_path), *QUICK, "--weights", "random"]
    assert cli.main([*arguments, "--epochs", "1", "--no-progress"]) == 0
    assert "RANDOM weights" in capsys.readouterr().err
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "started with random weights: this is no result" in page
    assert os.path.getsize(tmp_path / "model.keras") > 100_000
