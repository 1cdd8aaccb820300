"""Helpers of the analysis tests: folders of synthetic crystals, and a model that counts."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz.analysis import Analysis, analyze
from crystalviz.datasets import synthetic_crystals
from crystalviz.models import load_model


def crystal_folder(folder: Path, count: int = 14, seed: int = 5) -> Path:
    """Write synthetic crystals (poses of one scene among them) with fixed file times."""
    for path in synthetic_crystals(count, seed=seed, poses=0.5).write(folder):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


class CountingModel:
    """The real embedded model; counts the pictures that go through it."""

    def __init__(self) -> None:
        self.model = load_model("crystalnet")
        self.pictures = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def one_pass(self, pixels: list[np.ndarray]) -> Any:
        self.pictures += len(pixels)
        return self.model.one_pass(pixels)


@cache
def shared() -> tuple[Path, Path, Analysis]:
    """One folder, its store and its analysis for all tests that only read."""
    base = Path(_directory().name)
    folder = crystal_folder(base / "my crystals")
    store = base / "store"
    return folder, store, analyze(folder, store=store, progress=False)


@cache
def _directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
