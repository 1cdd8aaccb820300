"""Orbits: which pose each image of a scene is in, and what was recompressed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pictures import crystal, encoded, jpeg_copy, write
from PIL import Image

import crystalviz as cz
from crystalviz.images import (
    POSE_NAMES,
    POSES,
    Orbits,
    apply_pose,
    compose_poses,
    find_orbits,
    find_scenes,
    inverse_pose,
)


@pytest.mark.parametrize("first", POSES)
@pytest.mark.parametrize("then", POSES)
def test_poses_compose_as_pictures_do(first: int, then: int):
    picture = crystal(1, (5, 7))
    expected = apply_pose(apply_pose(picture, first), then)
    np.testing.assert_array_equal(apply_pose(picture, compose_poses(first, then)), expected)
    undone = apply_pose(apply_pose(picture, first), inverse_pose(first))
    np.testing.assert_array_equal(undone, picture)


def test_pose_names_say_what_apply_pose_does():
    assert POSE_NAMES[0] == "as it is"
    assert POSE_NAMES[1] == "turned 90° left"
    assert apply_pose(np.array([[1, 2]]), 1).tolist() == [[2], [1]]
    assert POSE_NAMES[3] == "turned 90° right"
    assert apply_pose(np.array([[1, 2]]), 3).tolist() == [[1], [2]]
    assert POSE_NAMES[4] == "mirrored"
    assert apply_pose(np.array([[1, 2]]), 4).tolist() == [[2, 1]]
    assert POSE_NAMES[7] == "mirrored, turned 90° right"
    assert apply_pose(np.array([[1, 2]]), 7).tolist() == [[2], [1]]


@pytest.mark.parametrize("start", POSES)
@pytest.mark.parametrize("shape", [(60, 80), (64, 64)])
def test_eight_exact_poses_are_named_relative_to_the_first(start: int, shape: tuple[int, int]):
    picture = crystal(2, shape)
    order = [start, *(pose for pose in POSES if pose != start)]
    images = [np.ascontiguousarray(apply_pose(picture, pose)) for pose in order]
    orbits = find_orbits(images)
    assert orbits.scenes.tolist() == [0] * 8
    assert orbits.kinds == ["first"] + ["exact"] * 7
    assert sorted(orbits.poses.tolist()) == list(POSES)
    for image, pose in zip(images, orbits.poses, strict=True):
        np.testing.assert_array_equal(apply_pose(images[0], pose), image)


def test_symmetric_pictures_get_a_pose_that_fits():
    half = crystal(3, (40, 20))
    picture = np.hstack([half, half[:, ::-1]])
    images = [np.ascontiguousarray(apply_pose(picture, pose)) for pose in POSES]
    orbits = find_orbits(images)
    assert len(set(orbits.scenes)) == 1
    for image, pose in zip(images, orbits.poses, strict=True):
        np.testing.assert_array_equal(apply_pose(images[0], pose), image)


def test_lossy_and_exact_copies_of_one_scene_in_all_poses():
    """Links run through files of every kind: each pose is right relative to the first file."""
    rng = np.random.default_rng(0)
    base = cz.datasets.synthetic_crystals(6, seed=4).images
    images, truth, poses = [], [], []
    for number, picture in enumerate(base):
        for pose in rng.permutation(8).tolist():
            copy = np.ascontiguousarray(apply_pose(picture, pose))
            kind = rng.integers(3)
            if kind == 1:
                copy = jpeg_copy(copy, 75)
            elif kind == 2:
                size = [round(0.8 * side) for side in copy.shape[::-1]]
                resized = Image.fromarray(copy).resize(size, Image.Resampling.LANCZOS)
                copy = jpeg_copy(np.asarray(resized), 85)
            images.append(copy)
            truth.append(number)
            poses.append(pose)
    orbits = find_orbits(images)
    assert orbits.scenes.tolist() == truth
    for members in orbits.members():
        first = int(members[0])
        for index in members:
            picture = base[truth[index]]
            told = apply_pose(apply_pose(picture, poses[first]), int(orbits.poses[index]))
            np.testing.assert_array_equal(told, apply_pose(picture, poses[index]))


def test_kinds_of_files(tmp_path: Path):
    picture = crystal(5, (150, 170))
    write(tmp_path / "a.png", picture)
    write(tmp_path / "b.png", apply_pose(picture, 3))
    (tmp_path / "c.jpg").write_bytes(encoded(picture, "JPEG", quality=80))
    write(tmp_path / "d.png", crystal(6, (150, 170)))
    damaged = bytearray(encoded(crystal(7), "PNG"))
    damaged[len(damaged) // 2 : len(damaged) // 2 + 40] = bytes(40)
    (tmp_path / "e.png").write_bytes(damaged)
    orbits = find_orbits(tmp_path)
    assert orbits.kinds == ["first", "exact", "lossy", "single", "unreadable"]
    assert orbits.scenes.tolist() == [0, 0, 0, 1, 2]
    assert orbits.poses.tolist() == [0, 3, 0, 0, 0]
    assert [members.tolist() for members in orbits.members()] == [[0, 1, 2], [3], [4]]
    table = orbits.to_table()
    assert table.columns.tolist() == ["image_id", "scene", "pose", "pose_name", "kind"]
    assert table["pose_name"].tolist()[1] == "turned 90° right"
    assert len(orbits) == len(table) == 5


def test_no_images_have_no_scenes():
    orbits = Orbits([], np.empty(0, np.int64), np.empty(0, np.int8), [])
    assert orbits.members() == []
    assert find_scenes([]).tolist() == []


def test_many_recompressed_copies_of_few_pictures_hang_together():
    """More copies than the candidates that are kept of each."""
    base = cz.datasets.synthetic_crystals(3, seed=3).images
    images = [
        jpeg_copy(np.ascontiguousarray(apply_pose(picture, pose)), quality)
        for picture in base
        for pose in POSES
        for quality in (95, 85, 75, 60)
    ]
    assert find_scenes(images).tolist() == np.repeat([0, 1, 2], 32).tolist()
