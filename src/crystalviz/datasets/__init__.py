"""Data sets: synthetic crystals and their sample, what they leave to guess, crowd marks."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Loaded on first use, so that `python -m crystalviz.datasets.sample` runs its module once.
_HOMES = {
    "SyntheticCrystals": "synthetic",
    "sample_path": "sample",
    "shortcut_baselines": "baselines",
    "SyntheticMarks": "crowd",
    "SyntheticMicrographs": "micrographs",
    "synthetic_crystals": "synthetic",
    "synthetic_marks": "crowd",
    "synthetic_micrographs": "micrographs",
}

__all__ = [
    "SyntheticCrystals",
    "SyntheticMarks",
    "SyntheticMicrographs",
    "sample_path",
    "shortcut_baselines",
    "synthetic_crystals",
    "synthetic_marks",
    "synthetic_micrographs",
]

if TYPE_CHECKING:
    from crystalviz.datasets.baselines import shortcut_baselines
    from crystalviz.datasets.crowd import SyntheticMarks, synthetic_marks
    from crystalviz.datasets.micrographs import SyntheticMicrographs, synthetic_micrographs
    from crystalviz.datasets.sample import sample_path
    from crystalviz.datasets.synthetic import SyntheticCrystals, synthetic_crystals


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
