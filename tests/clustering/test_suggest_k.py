"""The number of groups, where it is known."""

from __future__ import annotations

import io

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from crystalviz.clustering import k_means, suggest_k
from crystalviz.clustering.gap import Gap, gap_statistic


def blobs(k: int, per: int = 40, dimensions: int = 2) -> np.ndarray:
    rng = np.random.default_rng(k)
    angle = 2 * np.pi * np.arange(k) / k
    centres = np.zeros((k, dimensions))
    centres[:, :2] = 8 * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.repeat(centres, per, axis=0) + rng.normal(0, 0.7, (k * per, dimensions))


@pytest.mark.parametrize("k", [2, 3, 5])
def test_separate_clouds_are_counted(k: int):
    found = suggest_k(blobs(k), k_max=7, n_references=8)
    assert (found.k, found.by_silhouette, found.by_gap) == (k, k, k)
    assert found.table["k"].tolist() == list(range(1, 8))
    assert found.table["within"].is_monotonic_decreasing
    assert np.isnan(found.table["silhouette"][0])


@pytest.mark.parametrize("seed", range(3))
def test_uniform_noise_has_no_groups(seed: int):
    noise = np.random.default_rng(seed).uniform(0, 1, (150, 2))
    found = suggest_k(noise, k_max=6, n_references=10)
    assert found.by_gap == 1
    assert found.k == 1
    assert found.by_silhouette >= 2


def test_repeats_and_samples_and_projects():
    points = blobs(3, per=100, dimensions=6)
    one, two = (suggest_k(points, 4, components=2, n_references=4, sample=90) for _ in range(2))
    assert one.k == 3
    assert one.table.equals(two.table)


def test_silhouette_is_scikit_learns():
    points = blobs(4)
    table = suggest_k(points, 3, n_references=2).table
    assert table["silhouette"][1] == silhouette_score(points, k_means(points, 2))


def test_gap_of_one_group_by_hand():
    # Uniform points on a line: ln(sum of squares) is known on average, so the gap is near 0.
    points = np.random.default_rng(1).uniform(0, 1, (300, 1))
    gap = gap_statistic(points, 2, 20, seed=0)
    assert gap.within[0] == pytest.approx(np.log(((points - points.mean()) ** 2).sum()))
    assert abs(gap.gap[0]) < 4 * gap.error[0]


def test_the_fewest_groups_within_one_error():
    def best(gap: list[float], error: float) -> int:
        return Gap(np.zeros(len(gap)), np.array(gap), np.full(len(gap), error)).best

    assert best([0.1, 0.5, 0.9, 0.8], 0.05) == 3
    assert best([0.1, 0.5, 0.9, 1.0], 0.2) == 3
    assert best([0.1, 0.2, 0.9], 0.2) == 1
    assert best([0.1, 0.2, 0.9], 0.01) == 3


@pytest.mark.parametrize("dark", [False, True])
def test_plot_is_a_picture(dark: bool):
    figure = suggest_k(blobs(3), 5, n_references=3).plot(dark)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["best: 3", "best: 3"]


def test_refuses_nonsense():
    with pytest.raises(ValueError, match="k_max"):
        suggest_k(blobs(2), 1)
    with pytest.raises(ValueError, match="n_references"):
        suggest_k(blobs(2), n_references=1)
    with pytest.raises(ValueError, match="2 different points"):
        suggest_k([[0, 0], [1, 1], [1, 1], [0, 0]])
    assert suggest_k(np.arange(4.0)[:, None], n_references=2).table["k"].max() == 3
