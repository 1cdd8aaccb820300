"""A training that was killed goes on and ends with the network it would have had."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.models.training.conftest import SETTINGS

from crystalviz.models._keras import import_keras
from crystalviz.models.training import TrainingResult, train
from crystalviz.models.training.checkpoint import Checkpoint
from crystalviz.models.training.loop import epochs_without_gain

_TRAIN = "import json, sys; from crystalviz.models.training import train; \
train(sys.argv[1], sys.argv[2], **json.loads(sys.argv[3]))"

# Pressed when the third epoch begins.
_CTRL_C = """
import json, os, signal, sys, time
from crystalviz.models.training import train
from crystalviz.models.training.loop import Training

epoch = Training._epoch

def interrupted(self, number, progress):
    if number == 3:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
    return epoch(self, number, progress)

Training._epoch = interrupted
try:
    train(sys.argv[1], sys.argv[2], **json.loads(sys.argv[3]))
except KeyboardInterrupt as stop:
    print(stop)
"""


def weights(result: TrainingResult) -> list[np.ndarray]:
    _, keras = import_keras()
    return keras.models.load_model(result.model_path, compile=False).get_weights()


def same(one: TrainingResult, other: TrainingResult) -> None:
    assert one.history.equals(other.history)
    # Only the shared training wrote an ONNX file.
    reports = [{**x.report, "facts": {**x.report["facts"], "ONNX": ""}} for x in (one, other)]
    assert reports[0] == reports[1]
    for a, b in zip(weights(one), weights(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_kill_9_costs_nothing_but_the_epoch(
    crystal_folder: Path, trained: TrainingResult, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-c", _TRAIN, str(crystal_folder), str(out), json.dumps(SETTINGS)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.npz").exists() and process.poll() is None:
        assert time.monotonic() < deadline, "no epoch in two minutes"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    errors = process.communicate()[1].decode()
    assert process.returncode == -signal.SIGKILL, errors
    kept = Checkpoint.load(out)
    assert kept is not None
    assert 1 <= len(kept.history) < SETTINGS["epochs"]
    assert not (out / "model.keras").exists()
    same(train(crystal_folder, out, **SETTINGS), trained)


def test_ctrl_c_says_what_is_kept(
    crystal_folder: Path, trained: TrainingResult, tmp_path: Path
) -> None:
    # In a process of its own, as Ctrl-C hits one: signals concern all threads of a process.
    command = [sys.executable, "-c", _CTRL_C]
    arguments = [str(crystal_folder), str(tmp_path), json.dumps(SETTINGS)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=300)
    assert "in epoch 3; 2 epochs kept in" in done.stdout, done.stderr
    assert "goes on" in done.stdout
    kept = Checkpoint.load(tmp_path)
    assert kept is not None
    assert kept.history == trained.history[:2].to_dict("records")


def test_more_epochs_go_on_from_a_finished_training(
    crystal_folder: Path, trained: TrainingResult, tmp_path: Path
) -> None:
    fewer = train(crystal_folder, tmp_path, **{**SETTINGS, "epochs": 2})
    assert len(fewer.history) == 2
    same(train(crystal_folder, tmp_path, **SETTINGS), trained)


def test_another_training_is_refused_and_named(
    crystal_folder: Path, trained: TrainingResult
) -> None:
    before = (trained.folder / "checkpoint.npz").read_bytes()
    with pytest.raises(ValueError, match=r"another training \(batch size 8, now 16\).*--restart"):
        train(crystal_folder, trained.folder, **{**SETTINGS, "batch_size": 16})
    with pytest.raises(ValueError, match=r"another training \(other split\)"):
        train(crystal_folder, trained.folder, **{**SETTINGS, "split": "sorted"})
    assert (trained.folder / "checkpoint.npz").read_bytes() == before


def test_damaged_checkpoint_and_foreign_folder(crystal_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"checkpoint.npz: not a checkpoint"):
        train(crystal_folder, tmp_path, **SETTINGS)
    (tmp_path / "checkpoint.npz").rename(tmp_path / "model.keras")
    with pytest.raises(ValueError, match=r"already holds model.keras of something else"):
        train(crystal_folder, tmp_path, **SETTINGS)


def test_patience_counts_from_the_last_real_gain() -> None:
    assert epochs_without_gain([], 0.001) == 0
    assert epochs_without_gain([0.5, 0.4, 0.3], 0.001) == 0
    # A loss that creeps down by less than min_delta in all has not gained.
    assert epochs_without_gain([0.5, 0.4, 0.3999, 0.3998, 0.4100], 0.001) == 3
    # Nor by less in one step, but two such steps together count.
    assert epochs_without_gain([0.5, 0.4994, 0.4988], 0.001) == 0
