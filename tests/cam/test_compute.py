"""Maps of real models, against Keras' own gradients and against theory."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import CAM_METHODS, compute_cam
from crystalviz.datasets import synthetic_crystals
from crystalviz.models import Model, load_model
from crystalviz.models.errors import LayerNotFoundError, NoClassHeadError
from crystalviz.models.preprocess import prepare


@pytest.fixture(scope="module")
def crystals():
    return synthetic_crystals(10, seed=77)


@pytest.fixture(scope="module")
def crystalnet() -> Model:
    return load_model("crystalnet")


@pytest.fixture(scope="module")
def nested_model():
    """A backbone nested two models deep under a head of three dense layers."""
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    keras.utils.set_random_seed(5)
    layers = keras.layers
    x = image = keras.Input((32, 32, 1))
    x = layers.Conv2D(8, 3, strides=2, activation="relu", name="stem")(x)
    x = layers.Conv2D(12, 3, activation="relu", name="conv5_block2_out")(x)
    backbone = keras.Model(image, x, name="backbone")
    outer_image = keras.Input((32, 32, 1))
    x = keras.Sequential([layers.Rescaling(1 / 255), backbone], name="inner")(outer_image)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(16, activation="relu")(x)
    x = layers.Dense(1, activation="sigmoid")(layers.BatchNormalization()(x))
    return keras.Model(outer_image, x, name="outer"), backbone


def test_default_equals_the_maps_of_the_one_pass(crystalnet, crystals) -> None:
    maps = compute_cam(crystals.images, crystalnet)
    assert maps.shape == (10, 10, 10)
    np.testing.assert_allclose(maps, crystalnet.one_pass(crystals.images).maps, atol=1e-5)


@pytest.mark.parametrize("layer", ["conv5_block2_out", "conv3_block1_out"])
@pytest.mark.parametrize("method", CAM_METHODS)
def test_every_method_on_every_stage(crystalnet, crystals, method, layer) -> None:
    images = crystals.images[:4]
    if method == "cam" and layer == "conv3_block1_out":
        with pytest.raises(ValueError, match="use layer='conv5_block2_out'"):
            compute_cam(images, crystalnet, layer=layer, method=method)
        return
    maps = compute_cam(images, crystalnet, layer=layer, method=method, channels=8)
    side = {"conv5_block2_out": 10, "conv3_block1_out": 20}[layer]
    assert maps.shape == (4, side, side)
    assert maps.dtype == np.float32
    assert np.isfinite(maps).all()
    assert maps.min() >= 0
    assert maps.max() <= 1


def test_before_pooling_and_one_unit_gradcam_hirescam_and_xgradcam_are_one(
    crystalnet, crystals
) -> None:
    """Draelos and Carin 2020: they coincide on the last map under GAP and one unit."""
    images = crystals.images[:4]
    grad = compute_cam(images, crystalnet, method="gradcam")
    np.testing.assert_allclose(compute_cam(images, crystalnet, method="hirescam"), grad, atol=1e-5)
    np.testing.assert_allclose(compute_cam(images, crystalnet, method="xgradcam"), grad, atol=1e-5)


def test_gradients_through_nested_models_equal_a_flat_computation(nested_model) -> None:
    """The gradient of the logit, taken by hand on the pieces of the nested model."""
    import tensorflow as tf

    network, backbone = nested_model
    images = synthetic_crystals(3, seed=1, size=(40, 44)).images
    model = Model(network, "nested")
    evidence = model.layer_evidence(images, "conv5_block2_out", targets=[1, 1, 1])

    batch = np.stack([prepare(i, (32, 32), 1, "none") for i in images])
    _, _, pool, dense, norm, last = network.layers
    with tf.GradientTape() as tape:
        activation = tf.convert_to_tensor(backbone(batch / 255))
        tape.watch(activation)
        x = norm(dense(pool(activation)), training=False)
        logit = (x @ last.kernel + last.bias)[:, 0]
    np.testing.assert_allclose(
        evidence.activations["conv5_block2_out"], activation, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(evidence.scores[:, 1], logit, rtol=1e-4, atol=1e-5)
    expected = tape.gradient(logit, activation)
    np.testing.assert_allclose(
        evidence.gradients["conv5_block2_out"], expected, rtol=1e-4, atol=1e-7
    )


def test_sign_follows_the_predicted_class_and_target_overrides(crystalnet, crystals) -> None:
    images = crystals.images
    logits = crystalnet.layer_evidence(images, "conv5_block2_out").scores[:, 1]
    predicted = compute_cam(images, crystalnet, method="gradcam")
    each = {
        name: compute_cam(images, crystalnet, method="gradcam", target=name)
        for name in crystalnet.class_names
    }
    for i, logit in enumerate(logits):
        np.testing.assert_array_equal(predicted[i], each["PG" if logit >= 0 else "CEX"][i])
    # What speaks for one class speaks against the other: no pixel does both.
    assert not ((each["PG"] > 0) & (each["CEX"] > 0)).any()


def test_a_saturated_probability_still_has_a_map(nested_model) -> None:
    """The sigmoid's own gradient is 0 at p = 1; the logit's is not."""
    network, _ = nested_model
    last = network.layers[-1]
    kernel, bias = last.get_weights()
    try:
        last.set_weights([kernel, bias + 500])
        images = synthetic_crystals(2, seed=2, size=(40, 40)).images
        model = Model(network, "saturated")
        assert (model.one_pass(images).probability == 1).all()
        assert compute_cam(images, model, method="layercam").max(axis=(1, 2)).min() == 1
    finally:
        last.set_weights([kernel, bias])


def test_agglomerate_is_where_the_evidence_lies(crystalnet) -> None:
    """On pictures with one centred agglomerate the map is stronger inside than at the rim."""
    images = [i for i, label in zip(*_labelled(40), strict=True) if label == "PG"]
    maps = compute_cam(images, crystalnet, target="PG")
    inside = maps[:, 3:7, 3:7].mean()
    rim = np.concatenate([maps[:, 0].ravel(), maps[:, -1].ravel(), maps[:, :, 0].ravel()]).mean()
    assert inside > 1.5 * rim


def _labelled(n):
    crystals = synthetic_crystals(n, seed=31)
    return crystals.images, crystals.labels


def test_unknown_names_are_answered_with_near_ones(crystalnet, crystals) -> None:
    images = crystals.images[:1]
    with pytest.raises(ValueError, match="did you mean 'gradcam'"):
        compute_cam(images, crystalnet, method="grad-cam")
    with pytest.raises(LayerNotFoundError, match="conv5_block2_out"):
        compute_cam(images, crystalnet, layer="conv5_block3_out")
    with pytest.raises(ValueError, match="knows CEX, PG"):
        compute_cam(images, crystalnet, target="pg")
    with pytest.raises(ValueError, match="map"):
        compute_cam(images, crystalnet, layer="avg_pool")


def test_without_a_class_head_only_class_free_methods_run(nested_model, crystals) -> None:
    model = Model(nested_model[1], "backbone")
    with pytest.raises(NoClassHeadError, match="gradcam"):
        compute_cam(crystals.images[:1], model, method="gradcam")
    assert compute_cam(crystals.images[:1], model, method="eigencam").max() == 1


def test_images_as_a_folder_and_none_at_all(crystalnet, crystals, tmp_path) -> None:
    paths = crystals.write(tmp_path)
    whole = compute_cam(crystals.images, crystalnet)
    np.testing.assert_array_equal(compute_cam(paths, crystalnet), whole)
    np.testing.assert_array_equal(compute_cam(str(paths[0]), "crystalnet")[0], whole[0])
    assert compute_cam([], crystalnet).shape == (0, 10, 10)
