"""The mean over poses does not depend on how a picture is turned, where a single pass does."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from crystalviz.datasets import synthetic_crystals
from crystalviz.images import apply_pose
from crystalviz.models import Model, load_model
from crystalviz.models.novelty import reference_of
from crystalviz.models.pose_average import PoseAverage, turned_back


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("crystalnet")


@pytest.fixture(scope="module")
def average(model: Model) -> PoseAverage:
    return PoseAverage(model)


@pytest.fixture(scope="module")
def poses() -> list[np.ndarray]:
    # Not square, and neither side divides the network's.
    picture = synthetic_crystals(2, seed=31, size=(171, 203)).images[1]
    return [np.ascontiguousarray(apply_pose(picture, pose)) for pose in range(8)]


def test_all_poses_of_a_picture_get_one_answer(
    model: Model, average: PoseAverage, poses: list[np.ndarray]
) -> None:
    seen = average.one_pass(poses)
    np.testing.assert_allclose(seen.vectors, seen.vectors[:1].repeat(8, 0), atol=1e-5)
    np.testing.assert_allclose(seen.probability, seen.probability[0], atol=1e-5)
    np.testing.assert_allclose(
        seen.class_probability, seen.class_probability[:1].repeat(8, 0), atol=1e-5
    )
    for pose in range(8):
        np.testing.assert_allclose(turned_back(seen.maps[pose], pose), seen.maps[0], atol=1e-5)
    # The single pass, which this is for, is far from that.
    single = model.one_pass(poses)
    assert np.abs(single.vectors - single.vectors[0]).max() > 0.05


def test_it_is_the_mean_of_the_eight_single_passes(
    model: Model, average: PoseAverage, poses: list[np.ndarray]
) -> None:
    single, mean = model.one_pass(poses), average.one_pass(poses[:1])
    np.testing.assert_allclose(mean.vectors[0], single.vectors.mean(0), atol=1e-6)
    np.testing.assert_allclose(mean.probability[0], single.probability.mean(), atol=1e-6)
    same = (single.probability >= 0.5) == (mean.probability[0] >= 0.5)
    turned = np.stack([turned_back(single.maps[p], p) for p in range(8) if same[p]]).mean(0)
    np.testing.assert_allclose(mean.maps[0], turned / turned.max(), atol=1e-6)
    assert mean.maps.max() == 1


@pytest.mark.parametrize("pose", range(8))
def test_turning_back_undoes_a_pose(pose: int) -> None:
    values = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    assert (turned_back(apply_pose(values, pose), pose) == values).all()


def test_its_features_are_the_mean_of_its_map(
    average: PoseAverage, poses: list[np.ndarray]
) -> None:
    seen = average.feature_pass(poses[:2])
    np.testing.assert_allclose(seen.activations.mean((1, 2)), seen.vectors, atol=1e-5)
    np.testing.assert_allclose(seen.vectors, average.one_pass(poses[:2]).vectors, atol=1e-5)


def test_poses_that_disagree_leave_the_map_to_those_with_the_mean_class() -> None:
    def one_pass(pixels: list[np.ndarray]) -> SimpleNamespace:
        # Pose 0 says positive, weakly, and points to one corner; the others to another.
        positive = np.array([0.6] + [0.1] * 7, np.float32)
        maps = np.zeros((8, 2, 2), np.float32)
        maps[0, 0, 0] = 1
        for pose in range(1, 8):
            maps[pose] = apply_pose(np.array([[0, 0], [0, 1.0]]), pose)
        return SimpleNamespace(
            vectors=np.ones((8, 3), np.float32),
            maps=maps,
            class_probability=np.stack([1 - positive, positive], axis=1),
        )

    stand_in = SimpleNamespace(
        name="x",
        class_names=("a", "b"),
        has_head=True,
        input_shape=(4, 4, 1),
        dimension=3,
        map_shape=(2, 2),
        layer_names=[],
        cam_layer="c",
        feature_layer="c",
        fingerprint="f",
        one_pass=one_pass,
    )
    seen = PoseAverage(stand_in).one_pass([np.zeros((4, 4), np.uint8)])  # type: ignore[arg-type]
    assert seen.maps[0].tolist() == [[0, 0], [0, 1]]
    assert seen.probability[0] == pytest.approx((0.6 + 0.7) / 8)
    stand_in.map_shape = (2, 3)
    with pytest.raises(ValueError, match="squares"):
        PoseAverage(stand_in)  # type: ignore[arg-type]


def test_it_shows_a_face_of_its_own(model: Model, average: PoseAverage) -> None:
    assert average.fingerprint not in ("", model.fingerprint)
    assert PoseAverage(model).fingerprint == average.fingerprint
    assert "8 poses" in average.name
    assert average.one_pass([]).maps.shape == (0, *model.map_shape)
    assert reference_of(average) is reference_of(model) is not None
    average.require_head("this test")
