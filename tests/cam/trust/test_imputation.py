"""Noisy linear imputation, against what it must give and against the equations themselves."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam.trust import impute


def _ramp(side: int = 24) -> np.ndarray:
    rows, columns = np.indices((side, side))
    return np.stack([3.0 * rows + 2.0 * columns, 200.0 - rows], axis=-1)


def test_a_linear_ramp_comes_back_exactly() -> None:
    """Every interior pixel of a ramp is the mean of its neighbours."""
    image = _ramp()
    hole = np.zeros(image.shape[:2], bool)
    hole[3:15, 5:20] = True
    hole[18:21, 2:9] = True
    broken = np.where(hole[..., None], -999.0, image)
    np.testing.assert_allclose(impute(broken, hole, noise=0), image, atol=1e-4)


def test_each_imputed_pixel_is_the_weighted_mean_of_its_neighbours() -> None:
    """The equations of the paper, checked one by one, at the rim too."""
    rng = np.random.default_rng(2)
    image = rng.random((13, 17, 1)) * 255
    hole = rng.random((13, 17)) < 0.6
    filled = impute(image, hole, noise=0)[..., 0].astype(float)
    for row, column in zip(*np.nonzero(hole), strict=True):
        total = weights = 0.0
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                there = (row + down, column + right)
                if (down, right) == (0, 0) or not (0 <= there[0] < 13 and 0 <= there[1] < 17):
                    continue
                weight = 1 / 12 if down and right else 1 / 6
                total += weight * filled[there]
                weights += weight
        assert filled[row, column] == pytest.approx(total / weights, abs=1e-3)
    np.testing.assert_allclose(filled[~hole], image[..., 0][~hole], rtol=1e-6)


def test_noise_has_the_size_asked_for_and_leaves_channels_gray() -> None:
    image = np.repeat(np.random.default_rng(0).normal(0, 50, (60, 60, 1)), 3, axis=2)
    hole = np.zeros((60, 60), bool)
    hole[10:50, 10:50] = True
    plain = impute(image, hole, noise=0)
    noisy = impute(image, hole, noise=0.1, rng=np.random.default_rng(1))
    grain = (noisy - plain)[hole]
    assert grain.std() == pytest.approx(0.1 * image.std(), rel=0.05)
    np.testing.assert_allclose(grain[:, 0], grain[:, 2], atol=1e-4)
    np.testing.assert_array_equal(noisy[~hole], plain[~hole])
    again = impute(image, hole, noise=0.1, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(noisy, again)


def test_nothing_or_everything_missing() -> None:
    image = _ramp(8)
    np.testing.assert_array_equal(impute(image, np.zeros((8, 8), bool)), image.astype(np.float32))
    with pytest.raises(ValueError, match="nothing is left to impute from"):
        impute(image, np.ones((8, 8), bool))
    lone = np.ones((8, 8), bool)
    lone[4, 4] = False
    filled = impute(image, lone, noise=0)
    np.testing.assert_allclose(filled, np.broadcast_to(image[4, 4], image.shape), rtol=1e-4)
