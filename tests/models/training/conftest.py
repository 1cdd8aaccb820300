"""One small training that the tests look at from all sides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import crystalviz as cz

if TYPE_CHECKING:
    from crystalviz.models.training import TrainingResult

# What the tests of resuming repeat in another folder and another process.
SETTINGS: dict[str, Any] = {
    "backbone": "crystalnet",
    "epochs": 4,
    "batch_size": 8,
    "target_f1": 1.0,
    "target_epochs": 4,
    "fractions": (0.6, 0.2, 0.2),
    "image_size": 64,
    "onnx": False,
    "progress": False,
}


@pytest.fixture(scope="session")
def crystal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """28 synthetic micrographs, some of them one scene in several poses."""
    folder = tmp_path_factory.mktemp("training") / "crystals"
    cz.datasets.synthetic_crystals(28, seed=5, poses=0.6).write(folder)
    return folder


@pytest.fixture(scope="session")
def trained(crystal_folder: Path) -> TrainingResult:
    """A training that nothing interrupted. Shared: do not change its folder."""
    from crystalviz.models.training import train

    settings = {**SETTINGS, "onnx": True}
    return train(crystal_folder, crystal_folder.parent / "trained", **settings)
