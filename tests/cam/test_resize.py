from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from crystalviz.cam._resize import resize_map, resize_values


def test_bilinear_at_pixel_centres() -> None:
    np.testing.assert_allclose(resize_map(np.array([[0.0, 1.0]]), (1, 4)), [[0, 0.25, 0.75, 1]])
    same = np.random.default_rng(1).random((6, 5)).astype(np.float32)
    np.testing.assert_allclose(resize_map(same, (6, 5)), same, rtol=1e-6)


@pytest.mark.parametrize("shape", [(42, 50), (700, 901), (6, 1200)])
def test_equals_pillow(shape) -> None:
    small = np.random.default_rng(1).random((6, 5)).astype(np.float32)
    expected = Image.fromarray(small).resize(shape[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize_map(small, shape), np.asarray(expected), atol=1e-5)


def test_many_at_once_keep_their_signs() -> None:
    stack = np.random.default_rng(2).normal(size=(2, 3, 4, 5)).astype(np.float32)
    resized = resize_values(stack, (9, 11))
    assert resized.shape == (2, 3, 9, 11)
    assert resized.min() < 0
    np.testing.assert_allclose(
        resize_map(abs(stack[1, 2]), (9, 11)), resize_values(abs(stack), (9, 11))[1, 2], rtol=1e-6
    )


def test_negative_values_count_as_zero_and_nonsense_is_refused() -> None:
    np.testing.assert_array_equal(resize_map(np.array([[-3.0, 1.0]]), (1, 2)), [[0, 1]])
    for wrong in (np.array([[np.inf, 1]]), np.ones(3), np.ones((0, 2))):
        with pytest.raises(ValueError, match="finite"):
            resize_map(wrong, (4, 4))
