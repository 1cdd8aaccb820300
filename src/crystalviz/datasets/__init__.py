"""Data sets: synthetic crystals, the sample made of them, and what they leave to guess."""

from crystalviz.datasets.baselines import shortcut_baselines
from crystalviz.datasets.sample import sample_path
from crystalviz.datasets.synthetic import SyntheticCrystals, synthetic_crystals

__all__ = ["SyntheticCrystals", "sample_path", "shortcut_baselines", "synthetic_crystals"]
