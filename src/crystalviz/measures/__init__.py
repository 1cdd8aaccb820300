"""Measures of images: histogram, entropy, texture, focus, gray levels, thresholds."""

from crystalviz.measures.entropy import (
    entropy_from_histogram,
    shannon_entropies,
    shannon_entropy,
)
from crystalviz.measures.focus import FOCUS_MEASURES, focus
from crystalviz.measures.gray_levels import GrayLevels, gray_levels, gray_quantiles
from crystalviz.measures.histogram import histogram
from crystalviz.measures.local_entropy import local_entropy
from crystalviz.measures.measure_images import MEASURES, Measure, measure_images
from crystalviz.measures.otsu import Otsu, otsu
from crystalviz.measures.range_filter import range_filter
from crystalviz.measures.texture import Texture, texture

__all__ = [
    "FOCUS_MEASURES",
    "MEASURES",
    "GrayLevels",
    "Measure",
    "Otsu",
    "Texture",
    "entropy_from_histogram",
    "focus",
    "gray_levels",
    "gray_quantiles",
    "histogram",
    "local_entropy",
    "measure_images",
    "otsu",
    "range_filter",
    "shannon_entropies",
    "shannon_entropy",
    "texture",
]
