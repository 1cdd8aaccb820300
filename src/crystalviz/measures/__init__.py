"""Measures of one image: histogram and Shannon entropy."""

from crystalviz.measures.entropy import entropy_from_histogram, shannon_entropy
from crystalviz.measures.histogram import histogram

__all__ = ["entropy_from_histogram", "histogram", "shannon_entropy"]
