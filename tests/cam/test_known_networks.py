"""Every method on networks whose evidence is known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import CAM_METHODS, compute_cam, no_evidence
from crystalviz.cam._resize import resize_values
from crystalviz.models import Model
from crystalviz.models._keras import import_keras

SIDE = 24
BY_CLASS = [method for method in CAM_METHODS if method != "eigencam"]


def blob(row: int, column: int, value: int = 240, under: int = 0) -> np.ndarray:
    image = np.full((SIDE, SIDE), under, np.uint8)
    image[row : row + 6, column : column + 6] = value
    return image


def detector(classes: int, gain: float = 1.0, name: str = "detector"):
    """Detect dark, middle and bright places by 1 x 1 convolutions; one class or unit each.

    With one unit, bright speaks for the positive class and dark for the negative one.
    """
    _, keras = import_keras()
    layers = keras.layers
    x = image = keras.Input((SIDE, SIDE, 1))
    x = layers.Rescaling(1 / 255)(x)
    x = layers.Conv2D(3, 1, activation="relu", name="pixels")(x)
    x = layers.AveragePooling2D(2, name="conv5_block2_out")(x)
    x = layers.GlobalAveragePooling2D()(x)
    head = layers.Dense(classes, activation="softmax" if classes > 1 else "sigmoid")
    network = keras.Model(image, head(x), name=name)
    # relu(1 - 4 x), relu(x / 10), relu(4 x - 3)
    network.get_layer("pixels").set_weights(
        [np.array([[[[-4.0, 0.1, 4.0]]]]), np.array([1.0, 0.0, -3.0])]
    )
    kernel = np.eye(3)[:, :classes] if classes > 1 else np.array([[-1.0], [0.0], [1.0]])
    head.set_weights([gain * kernel, np.zeros(classes)])
    return network


@pytest.fixture(scope="module")
def binary() -> Model:
    return Model(detector(1), "binary", class_names=("dark", "bright"))


@pytest.fixture(scope="module")
def triple() -> Model:
    return Model(detector(3), "triple", class_names=("dark", "middle", "bright"))


@pytest.mark.parametrize("method", CAM_METHODS)
def test_the_blob_is_found(binary, method) -> None:
    """Only the bright blob on middle gray speaks for "bright", nothing for "dark"."""
    images = [blob(4, 10, under=120), blob(14, 2, under=120)]
    maps = compute_cam(images, binary, method=method, target="bright")
    inside = np.zeros((2, 12, 12), bool)
    inside[0, 2:5, 5:8] = True
    inside[1, 7:10, 1:4] = True
    assert maps.shape == (2, 12, 12)
    np.testing.assert_allclose(maps[inside], 1, rtol=1e-5)
    # The channel for middle gray, which no class weighs, shows in methods that know no class
    # or give every channel a positive weight.
    limit = {"eigencam": 0.3, "scorecam": 0.3}.get(method, 1e-6)
    assert maps[~inside].max() < limit


@pytest.mark.parametrize("method", [m for m in BY_CLASS if m != "scorecam"])
def test_no_evidence_is_told(binary, method) -> None:
    images = [blob(4, 10, under=120), blob(4, 10, value=0, under=120)]
    maps = compute_cam(images, binary, method=method, target="dark")
    assert no_evidence(maps).tolist() == [True, False]


@pytest.mark.parametrize("method", BY_CLASS)
def test_negative_class_is_the_positive_one_of_the_negated_network(binary, method) -> None:
    negated = Model(detector(1, gain=-1), "negated", class_names=("bright", "dark"))
    rng = np.random.default_rng(4)
    images = list(rng.integers(0, 256, (3, SIDE, SIDE)).astype(np.uint8))
    for name in ("dark", "bright"):
        np.testing.assert_allclose(
            compute_cam(images, binary, method=method, target=name),
            compute_cam(images, negated, method=method, target=name),
            rtol=1e-5,
            atol=1e-6,
        )


@pytest.mark.parametrize("method", BY_CLASS)
def test_each_of_three_classes_has_its_own_place(triple, method) -> None:
    image = np.full((SIDE, SIDE), 120, np.uint8)
    image[:, :6], image[:, 18:] = 0, 255
    left, right = np.zeros((12, 12), bool), np.zeros((12, 12), bool)
    left[:, :3], right[:, 9:] = True, True
    for name, place in (("dark", left), ("bright", right)):
        cam = compute_cam([image], triple, method=method, target=name)[0]
        if method == "scorecam":
            # All its weights are positive: the place of the class is only the stronger one.
            other = left if name == "bright" else right
            assert cam[place].min() > cam[other].max()
        else:
            np.testing.assert_array_equal(cam > 0, place)
    middle = compute_cam([image], triple, method=method, target="middle")[0]
    assert middle[:, 3:].min() > 0
    # By default the predicted class: dark and bright are even, and the first of them is taken.
    predicted = compute_cam([image], triple, method=method)[0]
    np.testing.assert_array_equal(
        predicted, compute_cam([image], triple, method=method, target="dark")[0]
    )


def test_cam_gradcam_hirescam_and_xgradcam_are_one_before_pooling(triple) -> None:
    images = list(np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE)).astype(np.uint8))
    cam = compute_cam(images, triple, method="cam", normalize=None)
    for method in ("gradcam", "hirescam", "xgradcam"):
        # The gradient to a place is the class' weight, shared by the 144 places.
        raw = compute_cam(images, triple, method=method, normalize=None)
        np.testing.assert_allclose(144 * raw, cam, rtol=1e-4, atol=1e-7)


def test_raw_hirescam_sums_up_to_the_score(binary) -> None:
    """Where all evidence is positive: amounts in units of the score (bias aside)."""
    images = [blob(3, 3, under=120), blob(3, 3, value=210, under=120)]
    raw = compute_cam(images, binary, method="hirescam", normalize=None)
    scores = binary.layer_evidence(images, "conv5_block2_out").scores[:, 1]
    np.testing.assert_allclose(raw.sum(axis=(1, 2)), scores, rtol=1e-5)


def test_ablationcam_in_closed_form(triple) -> None:
    images = list(np.random.default_rng(2).integers(0, 256, (3, SIDE, SIDE)).astype(np.uint8))
    evidence = triple.layer_evidence(images, "conv5_block2_out")
    a = evidence.activations["conv5_block2_out"]
    # Taking a channel out lowers the score of its own class by its mean, and no other.
    mean = np.take_along_axis(a.mean(axis=(1, 2)), evidence.targets[:, None], axis=1)
    own = np.take_along_axis(a, evidence.targets[:, None, None, None], axis=3)[..., 0]
    raw = compute_cam(images, triple, method="ablationcam", normalize=None)
    np.testing.assert_allclose(raw, own * mean[:, :, None], rtol=1e-4, atol=1e-7)


def test_amounts_compare_within_a_set(binary) -> None:
    images = [blob(4, 10, 255, under=120), blob(4, 10, 223, under=120)]
    each = compute_cam(images, binary, target="bright")
    together = compute_cam(images, binary, target="bright", normalize="set")
    raw = compute_cam(images, binary, target="bright", normalize=None)
    assert each.max(axis=(1, 2)).tolist() == [1, 1]
    # 4 x - 3 at x = 1 and at 223 / 255.
    half = 4 * 223 / 255 - 3
    np.testing.assert_allclose(together.max(axis=(1, 2)), [1, half], rtol=1e-5)
    np.testing.assert_allclose(raw.max(axis=(1, 2)), [1 / 144, half / 144], rtol=1e-5)
    assert raw.dtype == np.float32


def test_several_layers_by_name_and_fused(binary) -> None:
    images = list(np.random.default_rng(5).integers(0, 256, (2, SIDE, SIDE)).astype(np.uint8))
    names = ["conv5_block2_out", "pixels"]
    found = compute_cam(images, binary, names, "gradcam")
    assert list(found) == names
    for name in names:
        np.testing.assert_array_equal(found[name], compute_cam(images, binary, name, "gradcam"))
    assert list(compute_cam(images, binary, ["pixels"], "gradcam")) == ["pixels"]
    fused = compute_cam(images, binary, names, "gradcam", fuse=True)
    mean = (resize_values(found["conv5_block2_out"], (SIDE, SIDE)) + found["pixels"]) / 2
    np.testing.assert_allclose(fused, mean / mean.max(axis=(1, 2), keepdims=True), rtol=1e-6)
    with pytest.raises(ValueError, match="no common unit"):
        compute_cam(images, binary, names, "gradcam", fuse=True, normalize=None)


def test_images_come_in_batches_without_a_trace(binary) -> None:
    images = list(np.random.default_rng(6).integers(0, 256, (37, SIDE, SIDE)).astype(np.uint8))
    for method in ("cam", "ablationcam"):
        whole = compute_cam(images, binary, method=method)
        np.testing.assert_allclose(
            whole[33:], compute_cam(images[33:], binary, method=method), atol=1e-6
        )
    empty = compute_cam([], binary, ["pixels", "conv5_block2_out"])
    assert {name: maps.shape for name, maps in empty.items()} == {
        "pixels": (0, SIDE, SIDE),
        "conv5_block2_out": (0, 12, 12),
    }


def test_progress_counts_channels_where_they_take_the_time(binary, capsys) -> None:
    images = [blob(4, 10, under=120)] * 2
    compute_cam(images, binary, method="scorecam", channels=2, progress=True)
    said = capsys.readouterr().err
    assert "scorecam" in said
    assert "4/4" in said
    compute_cam(images, binary, ["pixels", "conv5_block2_out"], "ablationcam", progress=True)
    assert "12/12" in capsys.readouterr().err
    compute_cam(images, binary, progress=True)
    assert "2/2" in capsys.readouterr().err
    compute_cam(images, binary, method="scorecam")
    assert not capsys.readouterr().err


def test_broken_weights_are_said_and_give_empty_maps() -> None:
    network = detector(1)
    kernel, bias = network.get_layer("pixels").get_weights()
    network.get_layer("pixels").set_weights([kernel * np.nan, bias])
    model = Model(network, "broken")
    for method in CAM_METHODS:
        with pytest.warns(UserWarning, match="not finite for 1 of 1 images"):
            maps = compute_cam([blob(3, 3)], model, method=method, target="class 1")
        assert no_evidence(maps).all()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"layer": []}, "at least one layer"),
        ({"normalize": "peak"}, "'image', 'set' or None"),
        ({"channels": 0}, "at least 1"),
    ],
)
def test_wrong_arguments_are_named(binary, arguments, text) -> None:
    with pytest.raises(ValueError, match=text):
        compute_cam([blob(3, 3)], binary, **arguments)
