"""ROAD on the same known evidence."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import compute_cam
from crystalviz.cam.trust import control_maps, road


@pytest.fixture(scope="module")
def pictures(spot) -> list[np.ndarray]:
    return [spot((1, 2)), spot((6, 3)), spot((4, 5))]


def test_the_true_map_scores_near_half_and_its_opposite_near_minus_half(
    rough_model, pictures
) -> None:
    true = compute_cam(pictures, rough_model, layer="cells", method="gradcam")
    right, wrong = (road(pictures, maps, rough_model) for maps in (true, 1 - true))
    assert (right.morf < 0.05).all()
    assert (right.lerf > 0.9).all()
    assert (right.combined > 0.43).all()
    assert (wrong.combined < -0.43).all()
    np.testing.assert_allclose(right.combined, (right.lerf - right.morf) / 2)


def test_imputing_a_plain_ground_changes_nothing(rough_model, pictures) -> None:
    """Gray filled with gray: no hole can be seen, unlike with a black patch."""
    true = compute_cam(pictures, rough_model, layer="cells", method="gradcam")
    whole = rough_model.one_pass(pictures).probability
    found = road(pictures, true, rough_model, shares=(0.3,), noise=0)
    np.testing.assert_allclose(found.least_first[:, 0], whole, rtol=1e-3)


def test_random_and_uniform_maps_are_worth_nothing(rough_model, spot) -> None:
    rng = np.random.default_rng(1)
    pictures = [spot(tuple(rng.integers(0, 8, 2))) for _ in range(40)]
    found = road(pictures, control_maps("random", 40, (8, 8), seed=3), rough_model)
    error = found.combined.std() / np.sqrt(40)
    assert abs(found.combined.mean()) < 3 * error
    flat = road(pictures[:3], control_maps("uniform", 3, (8, 8)), rough_model, noise=0)
    np.testing.assert_array_equal(flat.combined, 0)


def test_noise_follows_the_seed(rough_model, pictures) -> None:
    maps = control_maps("random", 3, (8, 8))
    one, same, other = (
        road(pictures, maps, rough_model, noise=0.2, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.most_first, same.most_first)
    assert (one.most_first != other.most_first).any()


def test_empty_maps_and_wrong_shares(rough_model, pictures) -> None:
    assert np.isnan(road(pictures[:1], np.zeros((1, 8, 8)), rough_model).combined).all()
    for shares in ((), (0.0, 0.5), (0.5, 1.0)):
        with pytest.raises(ValueError, match="shares must lie"):
            road(pictures[:1], np.ones((1, 8, 8)), rough_model, shares=shares)
