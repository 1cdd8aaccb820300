"""Histograms of gray values."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

import crystalviz as cz
from crystalviz.images import ImageReadError


@given(arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_equals_counting(pixels: np.ndarray):
    counts = cz.histogram(pixels)
    assert counts.dtype == np.int64
    assert counts.shape == (256,)
    np.testing.assert_array_equal(counts, np.bincount(pixels.ravel(), minlength=256))


def test_views_and_blocks(monkeypatch: pytest.MonkeyPatch):
    # The function hides its module of the same name.
    module = importlib.import_module("crystalviz.measures.histogram")
    monkeypatch.setattr(module, "_BLOCK_PIXELS", 100)
    pixels = np.random.default_rng(0).integers(0, 256, (90, 70), np.uint8)
    expected = np.bincount(pixels[::3, ::-2].ravel(), minlength=256)
    np.testing.assert_array_equal(cz.histogram(pixels[::3, ::-2]), expected)
    np.testing.assert_array_equal(cz.histogram(pixels.T), cz.histogram(pixels))


def test_files_and_colour(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7), np.uint8)
    Image.fromarray(np.repeat(pixels[:, :, None], 3, axis=2)).save(tmp_path / "a.png")
    for image in (tmp_path / "a.png", str(tmp_path / "a.png"), np.dstack([pixels] * 3)):
        np.testing.assert_array_equal(cz.histogram(image), cz.histogram(pixels))
    with pytest.raises(ImageReadError, match=r"none\.png: the file does not exist"):
        cz.histogram(tmp_path / "none.png")
