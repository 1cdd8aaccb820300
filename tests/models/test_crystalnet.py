"""The embedded model: what it is, what it gives, how it scores."""

from __future__ import annotations

import numpy as np
import pytest
from tests.real_images import HAVE_REAL_IMAGES, REAL_IMAGES

from crystalviz.datasets import synthetic_crystals
from crystalviz.images import POSES, apply_pose
from crystalviz.models import extract_features, load_model
from crystalviz.models.load import CRYSTALNET_FILE
from crystalviz.models.model import BATCH
from crystalviz.models.score import score_folder

CARD = CRYSTALNET_FILE.with_name("CRYSTALNET.md")


def test_file_is_small_and_carries_its_card() -> None:
    assert CRYSTALNET_FILE.stat().st_size < 6e6
    assert CARD.is_file()


def test_stages_are_named_as_in_keras_resnet(crystalnet) -> None:
    names = crystalnet.layer_names
    stages = ["conv1_conv", "conv2_block1_out", "conv3_block2_out", "conv4_block2_out"]
    for name in [*stages, "conv5_block1_out", "conv5_block2_out"]:
        assert name in names
    assert crystalnet.cam_layer == "conv5_block2_out"
    assert names.index("avg_pool") == names.index("conv5_block2_out") + 1
    assert crystalnet.class_names == ("CEX", "PG")
    assert crystalnet.has_head
    assert crystalnet.map_shape == (10, 10)
    assert crystalnet.dimension == 128


def test_one_pass_gives_vectors_probability_and_maps(crystalnet, crystals) -> None:
    result = crystalnet.one_pass(crystals.images)
    n = len(crystals)
    assert result.vectors.shape == (n, 128)
    assert result.probability.shape == (n,)
    assert result.maps.shape == (n, 10, 10)
    for array in result:
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
    assert result.maps.min() >= 0
    np.testing.assert_allclose(result.maps.max(axis=(1, 2)), 1)
    assert ((result.probability >= 0) & (result.probability <= 1)).all()


def test_vector_is_the_mean_of_the_layer_and_the_head_reads_it(crystalnet, crystals) -> None:
    """GAP then one unit: vector, logit and LayerCAM follow from the activation alone."""
    images = crystals.images[:6]
    result = crystalnet.one_pass(images)
    evidence = crystalnet.layer_evidence(images, "conv5_block2_out")
    np.testing.assert_allclose(
        result.vectors,
        evidence.activations["conv5_block2_out"].mean(axis=(1, 2)),
        rtol=1e-5,
        atol=1e-6,
    )
    head = crystalnet.network.get_layer("predictions")
    weights, bias = head.kernel.numpy()[:, 0], head.bias.numpy()[0]
    np.testing.assert_allclose(evidence.scores[:, 1], result.vectors @ weights + bias, atol=1e-4)
    sign = np.where(evidence.scores[:, 1] >= 0, 1, -1)[:, None]
    raw = np.einsum(
        "nhwc,nc->nhw", evidence.activations["conv5_block2_out"], np.maximum(sign * weights, 0)
    )
    np.testing.assert_allclose(result.maps, raw / raw.max(axis=(1, 2), keepdims=True), atol=1e-5)


def test_an_image_gives_the_same_bytes_in_any_company(crystalnet, crystals) -> None:
    images = crystals.images[: BATCH + 3]
    together = crystalnet.one_pass(images)
    for i in (0, 4, BATCH, BATCH + 2):
        alone = crystalnet.one_pass([images[i]])
        for part, whole in zip(alone, together, strict=True):
            assert part[0].tobytes() == whole[i].tobytes()


def test_no_images_no_rows(crystalnet) -> None:
    result = crystalnet.one_pass([])
    assert [part.shape for part in result] == [(0, 128), (0,), (0, 10, 10), (0, 2)]


def test_flat_picture_gives_finite_numbers(crystalnet) -> None:
    result = crystalnet.one_pass([np.full((50, 60), value, np.uint8) for value in (0, 128, 255)])
    assert all(np.isfinite(part).all() for part in result)


def test_fingerprint_is_stable(crystalnet) -> None:
    again = load_model(CRYSTALNET_FILE, class_names=("CEX", "PG"))
    assert again.fingerprint == crystalnet.fingerprint
    other = load_model(CRYSTALNET_FILE, class_names=("CEX", "PG"), cam_layer="conv4_block2_out")
    assert other.fingerprint != crystalnet.fingerprint
    assert other.map_shape == (10, 10)


def test_extract_features_of_files(crystalnet, crystals, tmp_path) -> None:
    paths = crystals.write(tmp_path)
    (tmp_path / "pg" / "broken.png").write_bytes(b"not a picture")
    features = extract_features(tmp_path, crystalnet, batch_size=7)
    assert len(features) == len(paths)
    assert set(features.ids) == {p.relative_to(tmp_path).as_posix() for p in paths}
    expected = crystalnet.one_pass(crystals.images)
    order = [paths.index(tmp_path / name) for name in features.ids]
    np.testing.assert_array_equal(features.vectors, expected.vectors[order])
    np.testing.assert_array_equal(features.probability, expected.probability[order])
    with pytest.raises(ValueError, match="batch_size"):
        extract_features(tmp_path, crystalnet, batch_size=0)


def test_it_tells_fresh_synthetic_crystals_apart(crystalnet) -> None:
    fresh = synthetic_crystals(120, seed=4242)
    probability = crystalnet.one_pass(fresh.images).probability
    right = (probability >= 0.5) == (np.array(fresh.labels) == "PG")
    assert right.mean() >= 0.97


def test_answers_hold_in_all_eight_poses(crystalnet) -> None:
    """The model card says how many do not: some borderline pictures flip."""
    agree = []
    for image in synthetic_crystals(60, seed=99).images:
        poses = [np.ascontiguousarray(apply_pose(image, pose)) for pose in POSES]
        answers = crystalnet.one_pass(poses).probability >= 0.5
        agree.append(answers.all() or not answers.any())
    assert np.mean(agree) >= 0.93


def test_score_counts_files_and_scenes(crystalnet, tmp_path) -> None:
    """A scene in two poses under its class' name, and once under the wrong one."""
    from PIL import Image

    crystals = synthetic_crystals(2, seed=4242)
    for name, image in (
        ("pg/a.png", crystals.images[1]),
        ("PG /b.png", np.ascontiguousarray(apply_pose(crystals.images[1], 3))),
        ("pg/wrong.png", crystals.images[0]),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / name)
    score = score_folder(tmp_path, crystalnet)
    assert (score["files"], score["files_right"]) == (3, 2)
    assert (score["scenes"], score["scenes_right"]) == (2, 1)
    (tmp_path / "other").mkdir()
    Image.fromarray(crystals.images[0]).save(tmp_path / "other" / "x.png")
    with pytest.raises(ValueError, match="OTHER"):
        score_folder(tmp_path, crystalnet)


if HAVE_REAL_IMAGES:

    def test_real_development_images(crystalnet) -> None:
        """Never trained on; the model card states this score."""
        score = score_folder(REAL_IMAGES / "cropped", crystalnet)
        assert score["files"] == score["files_right"] == 11
        assert score["scenes"] == score["scenes_right"] == 7
