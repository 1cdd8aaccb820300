"""Clustering methods against known answers."""

from __future__ import annotations

import types

import numpy as np
import pytest

from crystalviz.clustering import (
    CLUSTER_METHODS,
    agglomerative,
    cluster,
    gaussian_mixture,
    hdbscan,
    k_means,
    principal_components,
)
from crystalviz.clustering.numbering import number_by_size

SIZES = (60, 40, 25, 15)


def blobs(seed: int = 0, spread: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Four clouds 10 apart, the largest first in number, mixed in order."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(4), SIZES))
    centres = np.array([[0, 0], [10, 0], [0, 10], [10, 10]])
    return centres[truth] + rng.normal(0, spread, (len(truth), 2)), truth


@pytest.mark.parametrize("method", CLUSTER_METHODS)
def test_well_separated_clouds_are_found_and_numbered_by_size(method: str):
    points, truth = blobs()
    labels = cluster(points, method, None if method == "hdbscan" else 4)
    np.testing.assert_array_equal(labels, truth)
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, cluster(points, method))
    # The order of the images does not change the groups' numbers.
    order = np.random.default_rng(1).permutation(len(points))
    np.testing.assert_array_equal(cluster(points[order], method), labels[order])


def test_number_by_size():
    labels = [7, 3, 3, -1, 9, 9, 3, 5]
    np.testing.assert_array_equal(number_by_size(labels), [2, 0, 0, -1, 1, 1, 0, 3])
    np.testing.assert_array_equal(number_by_size([4, 2, 4, 2]), [0, 1, 0, 1])
    assert number_by_size([]).tolist() == []
    assert number_by_size([-1, -2]).tolist() == [-1, -1]


def test_projections_and_analyses_are_taken_as_they_are():
    rng = np.random.default_rng(3)
    points, truth = blobs()
    vectors = np.hstack([points, 0.01 * rng.standard_normal((len(points), 30))])
    projection = principal_components(vectors, 2)
    np.testing.assert_array_equal(k_means(projection), k_means(projection.coordinates))
    analysis = types.SimpleNamespace(vectors=vectors)
    for data in (vectors, projection, analysis):
        np.testing.assert_array_equal(cluster(data, n_clusters=4), truth)
    np.testing.assert_array_equal(cluster(analysis, components=2), truth)
    with pytest.raises(ValueError, match="n must be at least 1"):
        cluster(vectors, components=0)


def test_hdbscan_calls_what_lies_apart_noise():
    points, truth = blobs()
    points = np.vstack([points, [[-9, 25], [-20, 30], [40, -3]]])
    found = hdbscan(points)
    np.testing.assert_array_equal(found.labels, [*truth, -1, -1, -1])
    assert (found.strength[-3:] == 0).all()
    assert (found.strength[:-3] > 0).all()
    assert found.strength.max() == 1
    assert hdbscan(points[:3]).labels.tolist() == [-1, -1, -1]
    assert cluster(points, "hdbscan", min_cluster_size=20).max() == 2


def test_single_linkage_follows_a_chain_and_ward_does_not():
    chain = np.column_stack([np.arange(0, 30, 0.5), np.zeros(60)])
    points = np.vstack([chain, [[0, 5]] * 2])
    assert agglomerative(points, 2, "single").tolist() == [0] * 60 + [1, 1]
    assert np.bincount(agglomerative(points, 2)).min() > 10


def test_gaussian_mixture_tells_how_sure_it_is():
    points, truth = blobs(spread=0.2)
    points = np.vstack([points, [[5, 0]]])
    found = gaussian_mixture(points, 4)
    np.testing.assert_array_equal(found.labels[:-1], truth)
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)
    np.testing.assert_array_equal(found.probability.argmax(axis=1), found.labels)
    assert found.probability[:-1].max(axis=1).min() > 0.999
    better = [gaussian_mixture(blobs()[0], k).bic for k in (2, 3, 4)]
    assert better == sorted(better, reverse=True)
    # Units do not matter.
    tiny = gaussian_mixture(points * 1e-9, 4)
    np.testing.assert_array_equal(tiny.labels, found.labels)
    assert tiny.bic == pytest.approx(found.bic)


def test_gaussian_mixture_of_an_ellipsoid_that_kmeans_cuts():
    rng = np.random.default_rng(0)
    long = rng.normal(0, 1, (200, 2)) * [20, 0.3]
    short = rng.normal(0, 1, (80, 2)) * [2, 0.3] + [0, 5]
    truth = np.repeat([0, 1], [200, 80])
    points = np.vstack([long, short])
    np.testing.assert_array_equal(gaussian_mixture(points, 2).labels, truth)
    assert (cluster(points, n_clusters=2) != truth).mean() > 0.2


@pytest.mark.parametrize("method", CLUSTER_METHODS)
def test_few_and_equal_points(method: str):
    assert cluster(np.zeros((0, 2)), method).shape == (0,)
    expected = -1 if method == "hdbscan" else 0
    assert cluster([[3.0, 4.0]], method).tolist() == [expected]
    same = cluster([[1.0, 1.0]] * 3, method)
    assert same.tolist() == [expected] * 3
    two = cluster([[0.0, 0.0], [9.0, 9.0]], method)
    assert two.tolist() == ([-1, -1] if method == "hdbscan" else [0, 1])


def test_refuses_nonsense():
    points, _ = blobs()
    with pytest.raises(ValueError, match="no clustering method 'dbscan'; there are kmeans"):
        cluster(points, "dbscan")
    with pytest.raises(ValueError, match="hdbscan finds the number of groups itself"):
        cluster(points, "hdbscan", 4)
    with pytest.raises(ValueError, match="n_clusters must be at least 1"):
        cluster(points, "agglomerative", 0)
    with pytest.raises(ValueError, match="no linkage 'wards'"):
        agglomerative(points, 2, "wards")
    with pytest.raises(ValueError, match="no covariance 'round'"):
        gaussian_mixture(points, 2, "round")
    with pytest.raises(ValueError, match="min_cluster_size"):
        hdbscan(points, 1)
    with pytest.raises(ValueError, match="min_samples"):
        hdbscan(points, 5, 0)
    points[3] = np.nan
    for method in CLUSTER_METHODS:
        with pytest.raises(ValueError, match="row 3"):
            cluster(points, method)
