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


def test_missing_tensorflow_is_named_with_its_install_line() -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "import crystalviz as cz\n"
        "try: cz.load_model('crystalnet')\n"
        "except ImportError as e: print(e)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "crystalviz[models]"' in out.stdout


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
    return {
        "sigmoid": layers.Dense(1, activation="sigmoid"),
        "linear": layers.Dense(1),
        "softmax": layers.Dense(2, activation="softmax"),
        "separate sigmoid": keras.Sequential([layers.Dense(1), layers.Activation("sigmoid")]),
        "separate softmax": keras.Sequential([layers.Dense(2), layers.Softmax()]),
    }


@pytest.mark.parametrize(
    "kind", ["sigmoid", "linear", "softmax", "separate sigmoid", "separate softmax"]
)
def test_every_head_gives_the_networks_own_probability(keras, noise, kind) -> None:
    network = nested(keras, heads(keras)[kind])
    model = Model(network, "m")
    from crystalviz.models.preprocess import prepare

    batch = np.stack([prepare(i, (32, 32), 3, "none") for i in noise])
    output = network.predict_on_batch(batch)
    expected = output[:, -1] if kind != "linear" else 1 / (1 + np.exp(-output[:, 0]))
    np.testing.assert_allclose(model.one_pass(noise).probability, expected, rtol=1e-4, atol=1e-7)


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
