"""Loading: names, files, what is refused and how the refusal reads."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from crystalviz.models import Model, load_model
from crystalviz.models.errors import LayerNotFoundError, ModelFileError, NoClassHeadError


@pytest.fixture(scope="module")
def keras():
    from crystalviz.models._keras import import_keras

    return import_keras()[1]


def small_backbone(keras, channels: int = 3):
    layers = keras.layers
    x = image = keras.Input((32, 32, channels))
    x = layers.Conv2D(8, 3, strides=2, activation="relu", name="stem")(x)
    x = layers.Conv2D(12, 3, activation="relu", name="conv5_block2_out")(x)
    return keras.Model(image, x, name="backbone")


def nested(keras, head):
    """A backbone inside a Sequential inside a model, as transfer learning makes them."""
    layers = keras.layers
    inner = keras.Sequential([small_backbone(keras)], name="wrapped")
    image = keras.Input((32, 32, 3))
    x = layers.GlobalAveragePooling2D()(inner(image))
    x = layers.BatchNormalization()(layers.Dense(16, activation="relu")(x))
    return keras.Model(image, head(x), name="outer")


def test_importing_models_does_not_import_tensorflow() -> None:
    code = "import sys, crystalviz.models, crystalviz.cam; print('tensorflow' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_loading_prints_nothing() -> None:
    code = (
        "import crystalviz as cz, numpy as np;"
        "cz.load_model('crystalnet').one_pass([np.zeros((9, 9), np.uint8)])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == ""
    assert out.stderr == ""


@pytest.mark.parametrize(
    ("call", "missing", "extra"),
    [
        ("cz.load_model('crystalnet')", "openvino onnxruntime tensorflow", "openvino"),
        ("cz.load_model('crystalnet', engine='keras')", "tensorflow", "models"),
        ("cz.load_model('crystalnet', engine='onnx')", "onnxruntime", "onnx"),
        ("cz.load_model('crystalnet', precision='bf16')", "openvino", "openvino"),
        ("cz.load_model('crystalnet').network", "tensorflow", "models"),
    ],
)
def test_missing_package_is_named_with_its_install_line(call, missing, extra) -> None:
    code = (
        f"import sys\nfor name in {missing.split()}: sys.modules[name] = None\n"
        "import crystalviz as cz\n"
        f"try: {call}\n"
        "except ImportError as e: print(e)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f'pip install "crystalviz[{extra}]"' in out.stdout


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_nested_model_from_file(keras, tmp_path, noise, suffix) -> None:
    network = nested(keras, keras.layers.Dense(1, activation="sigmoid"))
    path = tmp_path / f"mine{suffix}"
    network.save(path)
    model = load_model(path, class_names=("no", "yes"), preprocessing="unit")
    assert model.name == "mine"
    assert model.class_names == ("no", "yes")
    assert model.dimension == 12
    assert model.map_shape == (13, 13)
    assert model.cam_layer == "conv5_block2_out"
    result = model.one_pass(noise)
    from crystalviz.models.preprocess import prepare

    batch = np.stack([prepare(i, (32, 32), 3, "unit") for i in noise])
    expected = network.predict_on_batch(batch)[:, 0]
    np.testing.assert_allclose(result.probability, expected, rtol=1e-5)


def test_sidecar_states_classes_and_preprocessing(keras, tmp_path) -> None:
    path = tmp_path / "mine.keras"
    nested(keras, keras.layers.Dense(1, activation="sigmoid")).save(path)
    facts = {"class_names": ["A", "B"], "preprocessing": "tf", "cam_layer": "stem"}
    (tmp_path / "mine.keras.json").write_text(json.dumps(facts))
    model = load_model(path)
    assert (model.class_names, model.preprocessing, model.cam_layer) == (("A", "B"), "tf", "stem")
    (tmp_path / "mine.keras.json").write_text("{")
    with pytest.raises(ModelFileError, match="not valid JSON"):
        load_model(path)


def heads(keras):
    layers = keras.layers
    mixed = [layers.Dense(1, activation="sigmoid"), layers.Activation("linear", dtype="float32")]
    return {
        "linear after the sigmoid": keras.Sequential(mixed),
        "sigmoid": layers.Dense(1, activation="sigmoid"),
        "linear": layers.Dense(1),
        "softmax": layers.Dense(2, activation="softmax"),
        "separate sigmoid": keras.Sequential([layers.Dense(1), layers.Activation("sigmoid")]),
        "separate softmax": keras.Sequential([layers.Dense(2), layers.Softmax()]),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "sigmoid",
        "linear",
        "softmax",
        "separate sigmoid",
        "separate softmax",
        "linear after the sigmoid",
    ],
)
def test_every_head_gives_the_networks_own_probability(keras, noise, kind) -> None:
    network = nested(keras, heads(keras)[kind])
    model = Model(network, "m")
    from crystalviz.models.preprocess import prepare

    batch = np.stack([prepare(i, (32, 32), 3, "none") for i in noise])
    output = network.predict_on_batch(batch)
    expected = output[:, -1] if kind != "linear" else 1 / (1 + np.exp(-output[:, 0]))
    np.testing.assert_allclose(model.one_pass(noise).probability, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("activation", ["softmax", None])
def test_several_classes(keras, noise, activation) -> None:
    network = nested(keras, keras.layers.Dense(4, activation=activation, bias_initializer="normal"))
    names = ("needle", "plate", "prism", "none")
    model = Model(network, "m", names, preprocessing="unit")
    result = model.one_pass(noise)
    output = network.predict_on_batch(model.prepare(noise))
    if activation is None:
        output = np.exp(output) / np.exp(output).sum(axis=1, keepdims=True)
    assert model.class_names == names
    np.testing.assert_allclose(result.class_probability, output, rtol=1e-4)
    np.testing.assert_array_equal(result.probability, result.class_probability.max(axis=1))
    scores = model.class_scores(model.prepare(noise))
    np.testing.assert_allclose(np.diff(scores), np.diff(np.log(output)), rtol=1e-3, atol=1e-4)
    assert Model(network, "m").class_names == ("class 0", "class 1", "class 2", "class 3")
    with pytest.raises(ModelFileError, match="4 classes"):
        Model(network, "m", ("a", "b"))


def test_evidence_of_each_class_is_the_gradient_of_its_score(keras, noise) -> None:
    """Against a finite difference on a network that is linear from the map on."""
    layers = keras.layers
    image = keras.Input((32, 32, 1))
    x = layers.Conv2D(5, 5, strides=3, activation="relu", name="map")(image)
    x = layers.GlobalAveragePooling2D()(x)
    network = keras.Model(image, layers.Dense(3, activation="softmax", name="out")(x))
    model = Model(network, "m")
    kernel = network.get_layer("out").kernel.numpy()
    evidence = model.layer_evidence(noise, ["map", "map"], targets=[2, 0, 1])
    assert list(evidence.activations) == ["map"]
    assert evidence.targets.tolist() == [2, 0, 1]
    size = evidence.activations["map"].shape[1] ** 2
    for i, target in enumerate([2, 0, 1]):
        expected = np.broadcast_to(kernel[:, target] / size, evidence.gradients["map"][i].shape)
        np.testing.assert_allclose(evidence.gradients["map"][i], expected, rtol=1e-5)
    predicted = model.layer_evidence(noise, "map")
    np.testing.assert_array_equal(predicted.targets, predicted.scores.argmax(axis=1))
    for wrong in ([3, 0, 0], [0, 0], [-1, 0, 0]):
        with pytest.raises(ValueError, match="class number of 0 to 2"):
            model.layer_evidence(noise, "map", targets=wrong)


def test_two_layers_in_one_pass_are_those_of_two_passes(keras, noise) -> None:
    model = Model(nested(keras, keras.layers.Dense(1, activation="sigmoid")), "m")
    both = model.layer_evidence(noise, ("stem", "conv5_block2_out"))
    assert both.scores.shape == (3, 2)
    np.testing.assert_array_equal(both.scores[:, 0], -both.scores[:, 1])
    for name in ("stem", "conv5_block2_out"):
        alone = model.layer_evidence(noise, name)
        np.testing.assert_allclose(both.gradients[name], alone.gradients[name], atol=1e-7)
        np.testing.assert_array_equal(both.activations[name], alone.activations[name])
        assert np.abs(alone.gradients[name]).max() > 0


def test_vector_is_the_mean_of_the_map_of_the_feature_pass(keras, noise) -> None:
    model = Model(nested(keras, keras.layers.Dense(1)), "m")
    features = model.feature_pass(noise)
    assert features.activations.shape == (3, 13, 13, 12)
    np.testing.assert_allclose(features.vectors, features.activations.mean((1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(features.vectors, model.one_pass(noise).vectors)


def test_pooling_inside_a_block_is_not_the_vector(keras, noise) -> None:
    """Squeeze and excitation pools too, to weigh the channels of a map that goes on."""
    layers = keras.layers
    image = keras.Input((32, 32, 1))
    x = layers.Conv2D(6, 3, strides=2, activation="relu")(image)
    weight = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply(name="excited")([x, layers.Conv2D(6, 1, activation="sigmoid")(weight)])
    model = Model(keras.Model(image, x), "se")
    assert model.cam_layer == "excited"
    features = model.feature_pass(noise)
    np.testing.assert_allclose(features.vectors, features.activations.mean((1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(
        features.activations, model.layer_evidence(noise, "excited").activations["excited"]
    )


def test_a_network_of_plain_python_is_refused(keras) -> None:
    class Custom(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = keras.layers.Conv2D(4, 3)

        def call(self, x):
            return self.inner(x)

    network = Custom()
    network(np.zeros((1, 32, 32, 1), np.float32))
    with pytest.raises(ModelFileError):
        Model(network, "m")


def test_other_heads_are_refused(keras) -> None:
    with pytest.raises(ModelFileError, match="relu"):
        Model(nested(keras, keras.layers.Dense(1, activation="relu")), "m")


def test_without_a_head_probability_is_nan_and_maps_are_there(keras, noise) -> None:
    model = Model(small_backbone(keras, 1), "headless")
    result = model.one_pass(noise)
    assert not model.has_head
    assert np.isnan(result.probability).all()
    assert np.isfinite(result.vectors).all()
    assert result.maps.max() == 1
    with pytest.raises(NoClassHeadError, match="eigencam"):
        model.require_head("this")


def test_unknown_layer_lists_near_ones(keras) -> None:
    model = Model(small_backbone(keras), "m")
    with pytest.raises(LayerNotFoundError, match="conv5_block2_out"):
        model.layer_evidence([np.zeros((9, 9), np.uint8)], "conv5_block3_out")


def test_code_in_a_model_file_is_refused_before_it_runs(keras, tmp_path) -> None:
    image = keras.Input((32, 32, 1))
    network = keras.Model(image, keras.layers.Lambda(lambda x: x * 2, name="evil")(image))
    for suffix in (".keras", ".h5"):
        path = tmp_path / f"lambda{suffix}"
        network.save(path)
        with pytest.raises(ModelFileError, match="Lambda") as caught:
            load_model(path)
        assert str(path) in str(caught.value)


def test_bad_files_are_named_with_a_cure(tmp_path, keras) -> None:
    missing = tmp_path / "absent.keras"
    with pytest.raises(ModelFileError, match=r"absent\.keras: no such model file"):
        load_model(missing)
    for name in ("broken.keras", "broken.h5"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(ModelFileError, match="not a whole"):
            load_model(tmp_path / name)
    (tmp_path / "weights.pt").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"a \.pt file cannot be loaded"):
        load_model(tmp_path / "weights.pt")
    with pytest.raises(ModelFileError, match="neither a model's name"):
        load_model("resnet18")
    small_backbone(keras).save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(ModelFileError, match="weights without a model"):
        load_model(tmp_path / "only.weights.h5")


def test_resnet_from_a_weights_file(keras, tmp_path, noise) -> None:
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg"
    )
    weights = tmp_path / "resnet50.weights.h5"
    network.save_weights(weights)
    model = load_model("resnet50", weights=weights)
    assert model.dimension == 2048
    assert model.map_shape == (7, 7)
    result = model.one_pass(noise[:1])
    assert np.isnan(result.probability).all()
    from crystalviz.models.preprocess import prepare

    expected = network.predict_on_batch(prepare(noise[0], (224, 224), 3, "caffe")[None])
    np.testing.assert_allclose(result.vectors, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("nested_backbone", [False, True])
def test_resnet_weights_in_the_published_layout_bring_their_head(
    keras, tmp_path, noise, nested_backbone
) -> None:
    """GAP, Dense 512, BN, Dropout, Dense 256, Dropout, Dense 1, as weights of either format."""
    import h5py

    layers, shape = keras.layers, (224, 224, 3)
    base = keras.applications.ResNet50(include_top=False, weights=None, input_shape=shape)
    image = keras.Input(shape) if nested_backbone else base.input
    x = base(image) if nested_backbone else base.output
    x = layers.Dense(512, activation="relu")(layers.GlobalAveragePooling2D()(x))
    x = layers.Dropout(0.4)(layers.BatchNormalization(name="normal")(x))
    x = layers.Dropout(0.3)(layers.Dense(256, activation="relu")(x))
    network = keras.Model(image, layers.Dense(1, activation="sigmoid")(x))
    network.get_layer("normal").moving_mean.assign(np.linspace(-0.01, 0.01, 512))
    network.save_weights(tmp_path / "new.weights.h5")
    network.save(tmp_path / "whole.h5")
    with h5py.File(tmp_path / "whole.h5") as whole, h5py.File(tmp_path / "old.h5", "w") as old:
        for name, group in whole["model_weights"].items():
            whole.copy(group, old, name)
        for key, value in whole["model_weights"].attrs.items():
            old.attrs[key] = value
    expected = Model(network, "m", preprocessing="caffe").one_pass(noise[:2])
    for file in ("new.weights.h5", "old.h5"):
        model = load_model("resnet50", weights=tmp_path / file, class_names=("CEX", "PG"))
        assert (model.has_head, model.cam_layer) == (True, "conv5_block2_out")
        for part, whole in zip(model.one_pass(noise[:2]), expected, strict=True):
            np.testing.assert_allclose(part, whole, atol=1e-5)
    assert load_model(tmp_path / "whole.h5").dimension == 2048
    (tmp_path / "broken.h5").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"broken\.h5.*notop\.h5"):
        load_model("resnet50", weights=tmp_path / "broken.h5")


def test_resnet_offline_says_which_file_is_missing(monkeypatch, keras) -> None:
    def refuse(*args, **kwargs):
        raise OSError("Network is unreachable")

    # The one part that would need the network.
    monkeypatch.setattr("keras.src.applications.resnet.file_utils.get_file", refuse)
    with pytest.raises(ModelFileError) as caught:
        load_model("resnet50")
    text = str(caught.value)
    assert "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5" in text
    assert "weights=" in text
    with pytest.raises(ModelFileError, match="no such weights file"):
        load_model("resnet101", weights="/nowhere/x.h5")
    with pytest.raises(ValueError, match="weights="):
        load_model("crystal.keras", weights="x.h5")
