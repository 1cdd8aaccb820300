from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from crystalviz.datasets import SyntheticCrystals, shortcut_baselines, synthetic_crystals
from crystalviz.datasets.baselines import BASELINES
from crystalviz.images import POSES, apply_pose


@pytest.fixture(scope="module")
def crystals() -> SyntheticCrystals:
    return synthetic_crystals(12, seed=3)


def digest(image: np.ndarray) -> str:
    return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()


def test_classes_take_turns_and_pixels_are_gray_bytes(crystals: SyntheticCrystals) -> None:
    assert crystals.labels == ["CEX", "PG"] * 6
    for image in crystals.images:
        assert image.dtype == np.uint8
        assert image.ndim == 2
        assert all(135 <= side <= 235 for side in image.shape)
        # A picture, not a plain: dark ground and bright crystals.
        assert image.std() > 10


def test_same_seed_same_bytes_whatever_n(crystals: SyntheticCrystals) -> None:
    shorter = synthetic_crystals(5, seed=3)
    assert [digest(i) for i in shorter.images] == [digest(i) for i in crystals.images[:5]]
    other = synthetic_crystals(2, seed=4)
    assert digest(other.images[0]) != digest(crystals.images[0])


def test_size_can_be_fixed() -> None:
    assert [i.shape for i in synthetic_crystals(2, size=(100, 140)).images] == [(100, 140)] * 2


def test_poses_repeat_a_scene_turned_and_never_the_same_file() -> None:
    crystals = synthetic_crystals(24, seed=5, poses=0.6)
    scenes = np.array(crystals.scenes)
    repeated = [s for s in set(crystals.scenes) if (scenes == s).sum() > 1]
    assert repeated
    for scene in repeated:
        members = [crystals.images[i] for i in np.flatnonzero(scenes == scene)]
        assert len({digest(m) for m in members}) == len(members)
        orbit = {digest(np.ascontiguousarray(apply_pose(members[0], p))) for p in POSES}
        assert all(digest(m) in orbit for m in members)
        assert all(crystals.labels[i] == "PG" for i in np.flatnonzero(scenes == scene))


def test_write_names_files_as_the_real_data_set_does(crystals: SyntheticCrystals, tmp_path) -> None:
    paths = crystals.write(tmp_path / "out")
    assert [p.relative_to(tmp_path / "out").as_posix() for p in paths[:4]] == [
        "cex/CEX (1).png",
        "pg/PG (1).png",
        "cex/CEX (2).png",
        "pg/PG (2).png",
    ]
    assert np.array_equal(np.asarray(Image.open(paths[3])), crystals.images[3])


@pytest.mark.parametrize("arguments", [{"n": -1}, {"n": 1, "poses": 2}, {"n": 1, "size": (8, 8)}])
def test_wrong_arguments_are_refused(arguments) -> None:
    with pytest.raises(ValueError, match="must be"):
        synthetic_crystals(**arguments)


def test_size_brightness_and_entropy_do_not_tell_the_class() -> None:
    crystals = synthetic_crystals(500, seed=11)
    scores = shortcut_baselines(crystals.images, crystals.labels)
    assert set(scores) == set(BASELINES)
    assert all(score < 0.65 for score in scores.values()), scores


def test_baselines_find_what_is_there_to_find() -> None:
    rng = np.random.default_rng(0)
    dark = [rng.integers(0, 100, (40, 40)).astype(np.uint8) for _ in range(20)]
    light = [rng.integers(100, 255, (50, 40)).astype(np.uint8) for _ in range(20)]
    scores = shortcut_baselines(dark + light, ["CEX"] * 20 + ["PG"] * 20)
    assert scores["size"] == 1.0
    assert scores["mean_gray"] == 1.0
    with pytest.raises(ValueError, match="two classes"):
        shortcut_baselines(dark, ["CEX"] * 20)


def test_training_draws_the_same_pictures() -> None:
    from crystalviz.models.train_crystalnet import draw_set

    images, target = draw_set(6, seed=21, jobs=1)
    same = synthetic_crystals(6, seed=21)
    assert [digest(i) for i in images] == [digest(i) for i in same.images]
    assert target.tolist() == [label == "PG" for label in same.labels]
