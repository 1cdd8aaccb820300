"""UMAP keeps groups together, repeats, and is named when it is missing."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from crystalviz.clustering import k_means, umap_projection


def directions() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 25)
    return np.eye(12)[truth] * 3 + rng.normal(0, 0.2, (75, 12)), truth


def test_groups_stay_together_and_the_map_repeats():
    vectors, truth = directions()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = umap_projection(vectors, n_neighbors=8)
    assert found.shape == (75, 2)
    assert found.dtype == np.float32
    labels = k_means(found, 3)
    assert all(len(set(labels[truth == group])) == 1 for group in range(3))
    assert len(set(labels)) == 3
    assert umap_projection(vectors, n_neighbors=8).tobytes() == found.tobytes()


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_few_images(count: int):
    found = umap_projection(np.eye(8)[:count], n=3)
    assert found.shape == (count, 3)
    assert np.isfinite(found).all()


def test_nonsense_and_missing_package(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match="n_neighbors"):
        umap_projection(np.eye(8), n_neighbors=1)
    with pytest.raises(ValueError, match="row 0"):
        umap_projection(np.full((5, 2), np.nan))
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError, match=r'pip install "crystalviz\[umap\]"'):
        umap_projection(np.eye(8))
