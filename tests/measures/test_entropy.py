"""Shannon entropy: known answers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

import crystalviz as cz
from crystalviz.measures import entropy_from_histogram


def test_known_answers():
    assert cz.shannon_entropy(np.full((7, 9), 200, np.uint8)) == 0
    assert math.copysign(1, cz.shannon_entropy(np.zeros((3, 3), np.uint8))) == 1
    assert cz.shannon_entropy(np.arange(256, dtype=np.uint8).reshape(16, 16)) == 8
    assert cz.shannon_entropy(np.array([[0, 255]], np.uint8)) == 1
    assert cz.shannon_entropy(np.array([[1, 1, 1, 2]], np.uint8)) == pytest.approx(
        2 - 0.75 * math.log2(3)
    )


@given(arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_within_bounds_and_equal_to_the_independent_reference(pixels: np.ndarray):
    entropy = cz.shannon_entropy(pixels)
    assert 0 <= entropy <= min(8, math.log2(pixels.size)) + 1e-12
    assert entropy == pytest.approx(Image.fromarray(pixels).entropy(), abs=1e-9)
    assert cz.shannon_entropy(pixels.T) == entropy


def test_from_a_file_at_native_size(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (301, 97), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert cz.shannon_entropy(tmp_path / "a.png") == cz.shannon_entropy(pixels)


@pytest.mark.parametrize("counts", [[], [0, 0], [1, -1, 3]])
def test_what_is_no_histogram(counts: list[int]):
    with pytest.raises(ValueError, match="histogram"):
        entropy_from_histogram(counts)


def test_counts_beyond_what_float32_holds():
    assert entropy_from_histogram([2**40, 2**40, 0]) == 1
