"""Range filter: known answers and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.filters import rank

from crystalviz.measures import range_filter


@pytest.mark.parametrize("window", [1, 7, 39, 71])
def test_equals_scikit_image(window: int):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 64), np.uint8)
    expected = rank.gradient(pixels, np.ones((window, window), np.uint8))
    np.testing.assert_array_equal(range_filter(pixels, window), expected)


def test_one_bright_pixel_lights_its_window():
    pixels = np.full((9, 9), 40, np.uint8)
    pixels[4, 4] = 240
    expected = np.zeros((9, 9), np.uint8)
    expected[3:6, 3:6] = 200
    np.testing.assert_array_equal(range_filter(pixels, 3), expected)


def test_windows_without_a_middle():
    with pytest.raises(ValueError, match="odd number of pixels"):
        range_filter(np.zeros((5, 5), np.uint8), 6)
