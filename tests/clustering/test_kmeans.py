"""K-means against known answers."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from crystalviz.clustering import k_means


def test_four_clouds() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [10, 0], [0, 10], [10, 10]])
    truth = np.repeat(np.arange(4), 25)
    points = centres[truth] + rng.normal(0, 0.3, (100, 2))
    labels = k_means(points)
    for group in range(4):
        assert len(set(labels[truth == group])) == 1
    assert len(set(labels)) == 4
    assert labels.dtype == np.int64


def test_is_the_seeds_recipe_and_repeats() -> None:
    points = np.random.default_rng(1).standard_normal((200, 2)).astype(np.float32)
    seed = KMeans(4, random_state=42, n_init=10, max_iter=10_000).fit_predict(
        points.astype(np.float64)
    )
    np.testing.assert_array_equal(k_means(points), seed)
    np.testing.assert_array_equal(k_means(points), k_means(points))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("points", "groups"),
    [([[1, 1]], 1), ([[0, 0], [1, 1]], 2), ([[2, 2]] * 6, 1), ([[0, 0]] * 3 + [[1, 0]] * 3, 2)],
)
def test_never_more_groups_than_different_points(points: list, groups: int) -> None:
    labels = k_means(points)
    assert len(labels) == len(points)
    assert len(set(labels)) == groups


def test_refuses_nonsense() -> None:
    assert k_means(np.zeros((0, 2))).shape == (0,)
    with pytest.raises(ValueError, match="n_clusters"):
        k_means([[0, 0]], n_clusters=0)
    with pytest.raises(ValueError, match="row 1"):
        k_means([[0, 0], [np.inf, 0]])
