from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalviz.cam._ranking import strongest


def by_sorting(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rank every pixel: the plain way."""
    order = np.argsort(-values.ravel(), kind="stable")[:count]
    pixels = np.zeros(values.size, bool)
    pixels[order] = True
    rank = np.arange(count) < (count + 1) // 2
    return pixels, rank[np.argsort(order)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.integers(0, 2**31))
def test_equals_sorting_all_pixels_with_ties_in_reading_order(height, width, share, seed) -> None:
    rng = np.random.default_rng(seed)
    values = rng.random((height, width), np.float32) + np.float32(0.1)
    if seed % 3 == 0:
        values = np.ceil(values * 4)
    count = max(1, round(share * values.size))
    for got, expected in zip(strongest(values, count), by_sorting(values, count), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("count", [1, 7, 9_000, 40_000 - 61, 39_999, 40_000])
def test_a_sample_that_misleads_costs_time_only(count) -> None:
    # Every value that the sample looks at is high, all others are low: its bracket is wrong.
    values = np.full(40_000, 0.25, np.float32)
    values[::61] = 5
    values[7::61] = 0.125
    values = values.reshape(200, 200)
    for got, expected in zip(strongest(values, count), by_sorting(values, count), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_pixels_nearest_to_evidence_complete_the_share() -> None:
    values = np.zeros((5, 5), np.float32)
    values[2, 1] = 1
    pixels, strong = strongest(values, 5)
    assert np.flatnonzero(pixels).tolist() == [6, 10, 11, 12, 16]
    # The peak, then its neighbours in reading order.
    assert strong.tolist() == [True, True, True, False, False]
