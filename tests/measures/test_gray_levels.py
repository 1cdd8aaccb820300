"""Moments and quantiles of gray values: known answers and NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crystalviz.measures import gray_levels, gray_quantiles

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)))


@given(PICTURES)
def test_equals_numpy(pixels: np.ndarray):
    found = gray_levels(pixels)
    assert found.mean == pytest.approx(pixels.mean())
    assert found.deviation == pytest.approx(pixels.std())
    if pixels.any():
        assert found.dispersion == pytest.approx(pixels.var() / pixels.mean())
    percent = [0, 10, 33.3, 50, 90, 100]
    np.testing.assert_allclose(
        gray_quantiles(pixels, percent), np.percentile(pixels, percent), atol=1e-9
    )


def test_known_answers():
    assert gray_levels(np.zeros((3, 3), np.uint8)) == (0, 0, 0)
    assert gray_levels(np.array([[10, 30]], np.uint8)) == (20, 10, 5)
    # Counts of a Poisson process have variance = mean: the index of dispersion is 1.
    photons = np.random.default_rng(0).poisson(90, (400, 400)).astype(np.uint8)
    assert gray_levels(photons).dispersion == pytest.approx(1, abs=0.02)
    ramp = np.arange(101, dtype=np.uint8)[None]
    np.testing.assert_allclose(gray_quantiles(ramp), [10, 20, 30, 40, 50, 60, 70, 80, 90])


@pytest.mark.parametrize("percent", [[-1], [50, 101], [float("nan")]])
def test_percentages_out_of_range(percent: list[float]):
    with pytest.raises(ValueError, match="0 to 100"):
        gray_quantiles(np.zeros((2, 2), np.uint8), percent)
