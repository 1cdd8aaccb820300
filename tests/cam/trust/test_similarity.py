"""Likeness of maps, against scikit-image and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from skimage.metrics import structural_similarity

from crystalviz.cam.trust.similarity import pearson, spearman, ssim


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    one = rng.random((5, 10, 12))
    return one, np.clip(one + rng.normal(0, 0.3, one.shape), 0, 1)


def test_pearson_and_spearman_are_scipys(pairs) -> None:
    one, two = pairs
    for i in range(len(one)):
        a, b = one[i].ravel(), two[i].ravel()
        assert pearson(one, two)[i] == pytest.approx(stats.pearsonr(a, b).statistic)
        assert spearman(one, two)[i] == pytest.approx(stats.spearmanr(a, b).statistic)


def test_ranks_do_not_see_a_monotonous_change(pairs) -> None:
    one, _ = pairs
    np.testing.assert_allclose(spearman(one, one**3), 1)
    assert (pearson(one, one**3) < 0.99).all()


@pytest.mark.parametrize("shape", [(10, 12), (7, 7), (20, 5)])
def test_ssim_is_scikit_images(shape) -> None:
    rng = np.random.default_rng(1)
    one, two = rng.random((2, 3, *shape))
    window = min(7, *(side - (side + 1) % 2 for side in shape))
    if min(shape) >= 7:
        expected = [
            structural_similarity(a, b, win_size=window, data_range=1.0)
            for a, b in zip(one, two, strict=True)
        ]
        np.testing.assert_allclose(ssim(one, two), expected, atol=1e-12)
    np.testing.assert_allclose(ssim(one, one), 1)


def test_flat_maps_have_no_correlation(pairs) -> None:
    one, _ = pairs
    flat = np.full_like(one, 0.3) + np.random.default_rng(0).normal(0, 1e-9, one.shape)
    assert np.isnan(pearson(one, flat)).all()
    assert np.isnan(spearman(flat, one)).all()
