"""Local entropy: known answers and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.filters import rank

from crystalviz.measures import local_entropy, shannon_entropy


@pytest.mark.parametrize("window", [1, 3, 7, 71])
@pytest.mark.parametrize("shape", [(60, 83), (9, 40), (1, 12), (100, 3)])
def test_equals_scikit_image(window: int, shape: tuple[int, int]):
    pixels = np.random.default_rng(0).normal(120, 9, shape).clip(0, 255).astype(np.uint8)
    expected = rank.entropy(pixels, np.ones((window, window), np.uint8))
    np.testing.assert_allclose(local_entropy(pixels, window), expected, atol=1e-12)


def test_known_answers():
    assert not local_entropy(np.full((8, 9), 77, np.uint8), 3).any()
    halves = np.repeat(np.array([[0, 255]], np.uint8), 10, axis=1).repeat(9, axis=0)
    found = local_entropy(halves, 3)
    # Away from the edge one value; beside it 6 pixels of one value and 3 of the other.
    edge = np.log2(3) - 2 / 3
    np.testing.assert_allclose(found[4], [0] * 9 + [edge] * 2 + [0] * 9, atol=1e-12)
    everything = local_entropy(np.arange(256, dtype=np.uint8).reshape(16, 16), 31)
    np.testing.assert_allclose(everything, 8)


def test_sees_arrangement_where_the_global_entropy_does_not():
    rng = np.random.default_rng(1)
    sorted_pixels = np.sort(rng.integers(0, 256, 4096, np.uint8)).reshape(64, 64)
    shuffled = rng.permutation(sorted_pixels.ravel()).reshape(64, 64)
    assert shannon_entropy(shuffled) == shannon_entropy(sorted_pixels)
    assert local_entropy(shuffled).mean() > 1.5 * local_entropy(sorted_pixels).mean()


@pytest.mark.parametrize("window", [0, -3, 4])
def test_windows_without_a_middle(window: int):
    with pytest.raises(ValueError, match="odd number of pixels"):
        local_entropy(np.zeros((5, 5), np.uint8), window)
