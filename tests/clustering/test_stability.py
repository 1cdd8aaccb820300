"""Bootstrap stability where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.clustering import bootstrap_stability, cluster


def two_clouds() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(0, 0.5, (30, 2)), rng.normal(0, 0.5, (20, 2)) + 20])


@pytest.mark.parametrize("method", ["kmeans", "agglomerative", "gaussian_mixture"])
def test_separate_clouds_are_perfectly_stable(method: str):
    points = two_clouds()
    found = bootstrap_stability(points, method, 2, n_resamples=12)
    np.testing.assert_array_equal(found.labels, cluster(points, method, 2))
    np.testing.assert_array_equal(found.images, 1)
    assert found.groups == {0: 1, 1: 1}


def test_an_image_between_two_groups_is_the_least_stable():
    points = np.vstack([two_clouds(), [[9.99, 9.99]]])
    found = bootstrap_stability(points, n_clusters=2, n_resamples=60)
    assert found.images.argmin() == 50
    assert found.images[50] < found.images[:50].min()
    assert bootstrap_stability(points, n_clusters=2, n_resamples=60).images.tobytes() == (
        found.images.tobytes()
    )


def test_groups_cut_out_of_noise_are_not_stable():
    noise = np.random.default_rng(1).uniform(0, 1, (120, 2))
    found = bootstrap_stability(noise, n_clusters=5, n_resamples=30)
    assert min(found.groups.values()) < 0.75
    assert ((found.images > 0) & (found.images < 0.95)).all()


def test_jaccard_by_hand():
    # All in one group in every resample; in the whole, a group of 8 and one of 2.
    points = np.arange(10.0)[:, None]
    seen: list[int] = []

    def method(part: np.ndarray) -> np.ndarray:
        seen.append(len(part))
        if len(seen) == 1:
            return (points[:, 0] >= 8).astype(int)
        return np.zeros(len(part), int)

    found = bootstrap_stability(points, method, n_resamples=1, seed=3)
    drawn = np.unique(np.random.default_rng(3).integers(0, 10, 10))
    high = (drawn >= 8).sum()
    assert seen == [10, len(drawn)]
    expected = np.full(10, np.nan)
    expected[drawn] = np.where(drawn >= 8, high, len(drawn) - high) / len(drawn)
    np.testing.assert_allclose(found.images, expected)
    assert found.groups[0] == pytest.approx((len(drawn) - high) / len(drawn))


def test_progress_and_nonsense(capsys: pytest.CaptureFixture[str]):
    bootstrap_stability(two_clouds(), n_clusters=2, n_resamples=3, progress=True)
    assert "3/3" in capsys.readouterr().err
    assert bootstrap_stability(np.zeros((0, 2))).images.shape == (0,)
    with pytest.raises(ValueError, match="n_resamples"):
        bootstrap_stability(two_clouds(), n_resamples=0)
