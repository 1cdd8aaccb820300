"""Maps that turn with their picture, and maps that do not."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam.trust import correlation_between_scenes, pose_stability
from crystalviz.cam.trust.pose_stability import compare_poses, undo_pose
from crystalviz.images import POSES, apply_pose


def test_every_pose_is_undone() -> None:
    picture = np.arange(12).reshape(3, 4)
    for pose in POSES:
        np.testing.assert_array_equal(undo_pose(apply_pose(picture, pose), pose), picture)


def test_an_equivariant_network_is_perfectly_stable(rough_model, spot) -> None:
    found = pose_stability([spot((1, 2), (5, 6)), spot((0, 7))], rough_model, "cells", "gradcam")
    np.testing.assert_allclose(found.correlation, 1, atol=1e-5)
    np.testing.assert_array_equal(found.peak_agreement, 1)
    for maps in found.maps:
        np.testing.assert_allclose(maps, np.broadcast_to(maps[0], maps.shape), atol=1e-4)


def test_a_network_that_sees_one_direction_is_not(vertical_model) -> None:
    """Upright stripes at one end, level ones at the other: a quarter turn swaps the evidence."""
    picture = np.full((34, 34), 100, np.uint8)
    picture[2:8, 2:8:3] = 250
    picture[24:30:3, 24:30] = 250
    found = pose_stability([picture], vertical_model, "cells", "gradcam", "there")
    assert found.correlation[0] < 0.7
    # Of the 28 pairs of poses, 12 agree on which direction is upright.
    assert found.peak_agreement[0] == pytest.approx(12 / 28)


def test_empty_maps_in_some_poses_count_as_disagreement() -> None:
    maps = np.zeros((2, 8, 5, 5), np.float32)
    maps[0, :4, 1, 1] = 1
    found = compare_poses(maps)
    # 6 pairs of the four poses agree, 16 pairs have one empty map, 6 have two.
    assert found.correlation[0] == pytest.approx(6 / 22)
    assert found.peak_agreement[0] == pytest.approx(6 / 22)
    assert np.isnan(found.correlation[1])
    assert np.isnan(found.peak_agreement[1])


def test_peaks_one_cell_apart_are_the_same_place() -> None:
    maps = np.zeros((1, 8, 6, 6), np.float32)
    for pose, place in enumerate([(2, 2)] * 6 + [(3, 3), (2, 4)]):
        maps[0, pose, *place] = 1
    # 15 pairs of the first six, 6 with the seventh, and the last with the seventh.
    assert compare_poses(maps).peak_agreement[0] == pytest.approx(22 / 28)


def test_likeness_to_other_scenes_leaves_out_the_own() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 6, 6))
    found = correlation_between_scenes(np.stack([a, a, b]), [0, 0, 1])
    expected = np.corrcoef(a.ravel(), b.ravel())[0, 1]
    np.testing.assert_allclose(found, expected)
    assert np.isnan(correlation_between_scenes(np.stack([a, b]), [4, 4])).all()


def test_pictures_that_are_not_square(rough_model, spot) -> None:
    found = pose_stability([spot((2, 3))[:28]], rough_model, "cells", "gradcam")
    assert found.maps.shape == (1, 8, 8, 8)
    assert found.correlation[0] > 0.8
