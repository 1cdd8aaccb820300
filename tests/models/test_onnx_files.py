"""ONNX files: our own with their facts, those of other programs, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from crystalviz.models import Model, load_model
from crystalviz.models.errors import LayerNotFoundError, ModelFileError
from crystalviz.models.load_keras import file_digest


@pytest.fixture(scope="module")
def keras():
    from crystalviz.models._keras import import_keras

    return import_keras()[1]


def small_resnet(keras, classes: int = 1):
    """The published layout, small: residual backbone, GAP, dense layers, sigmoid."""
    keras.utils.set_random_seed(8)
    layers = keras.layers
    x = image = keras.Input((32, 40, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="stem")(x)
    x = start = layers.Conv2D(12, 3, activation="relu", name="conv5_block2_out")(x)
    x = layers.BatchNormalization()(layers.Conv2D(12, 3, padding="same")(x))
    x = layers.Activation("relu")(x)
    x = layers.Add()([layers.Conv2D(12, 1)(x), start])
    x = layers.Activation("relu", name="conv5_block3_out")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.BatchNormalization()(layers.Dense(16, activation="relu")(x))
    x = layers.Dropout(0.3)(layers.Dense(8, activation="relu")(layers.Dropout(0.4)(x)))
    end = layers.Dense(classes, activation="sigmoid" if classes == 1 else "softmax")
    network = keras.Model(image, end(x), name="small")
    rng = np.random.default_rng(2)
    for weight in network.weights:
        if weight.name in ("gamma", "beta", "bias", "moving_mean"):
            weight.assign(weight.numpy() + rng.normal(0, 0.1, weight.shape))
    return network


@pytest.fixture(scope="module")
def exported(keras, tmp_path_factory):
    """A `.keras` file with its ONNX form beside it."""
    path = tmp_path_factory.mktemp("exported") / "mine.keras"
    small_resnet(keras).save(path)
    model = load_model(path, class_names=("no", "yes"), preprocessing="unit", engine="keras")
    assert model.export_onnx(path.with_suffix(".onnx")) == path.with_suffix(".onnx")
    return path, model


@pytest.fixture(scope="module", params=[1, 3])
def foreign(request, keras, tmp_path_factory):
    """A classifier as tf2onnx writes it with opset 13, and the Keras model it comes from."""
    network = small_resnet(keras, request.param)
    path = tmp_path_factory.mktemp("foreign") / "GAweights.onnx"
    # Keras exports only what was called.
    network.predict_on_batch(np.zeros((1, 32, 40, 3), np.float32))
    network.export(path, format="onnx", opset_version=13, verbose=False)
    return path, Model(network, "m", preprocessing="caffe")


def close(result, expected, tolerance: float = 1e-5) -> None:
    for part, whole in zip(result, expected, strict=True):
        np.testing.assert_allclose(part, whole, atol=tolerance * max(1, np.abs(whole).max()))


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_an_exported_model_reads_back_with_its_facts(exported, noise, engine) -> None:
    path, model = exported
    loaded = load_model(path.with_suffix(".onnx"), engine=engine)
    assert loaded.name == "mine"
    for fact in ("class_names", "preprocessing", "input_shape", "cam_layer", "feature_layer"):
        assert getattr(loaded, fact) == getattr(model, fact)
    assert loaded.layer_names == model.layer_names
    close(loaded.one_pass(noise), model.one_pass(noise))
    close(loaded.feature_pass(noise), model.feature_pass(noise))
    renamed = load_model(path.with_suffix(".onnx"), class_names=("A", "B"), engine=engine)
    assert renamed.class_names == ("A", "B")
    assert renamed.fingerprint != loaded.fingerprint


def test_the_file_is_an_ordinary_onnx_model(exported) -> None:
    path, _ = exported
    model = onnx.load(path.with_suffix(".onnx"))
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.input] == ["images"]
    names = {value.name for value in model.graph.output}
    assert names == {"vectors", "scores", "maps", "activations"}
    facts = json.loads(next(x.value for x in model.metadata_props if x.key == "crystalviz"))
    assert facts["class_names"] == ["no", "yes"]
    assert not any("Grad" in node.op_type for node in model.graph.node)
    assert [x.name for x in path.parent.iterdir() if x.name.startswith(".")] == []


def test_auto_takes_the_onnx_beside_only_with_the_same_weights(exported, keras, tmp_path) -> None:
    path, _ = exported
    assert load_model(path, preprocessing="unit").engine == "openvino"
    # Its maps are of one layer; another one needs Keras.
    assert load_model(path, cam_layer="stem").engine == "keras"
    other = tmp_path / "mine.keras"
    network = small_resnet(keras)
    network.get_layer("stem").bias.assign_add([1.0] * 8)
    network.save(other)
    (tmp_path / "mine.onnx").write_bytes(path.with_suffix(".onnx").read_bytes())
    assert load_model(other).engine == "keras"
    (tmp_path / "mine.onnx").write_bytes(b"damaged")
    assert load_model(other).engine == "keras"


def test_digest_of_a_file_is_that_of_the_network(exported, keras, tmp_path) -> None:
    path, model = exported
    assert file_digest(path) == model.facts.weights
    network = model.network
    network.save(tmp_path / "mine.h5")
    assert file_digest(tmp_path / "mine.h5") == model.facts.weights
    network.compile("adam", "mse")
    network.save(tmp_path / "compiled.keras")
    assert file_digest(tmp_path / "compiled.keras") == model.facts.weights


def test_gradients_of_an_onnx_file_need_the_keras_file(exported, noise, tmp_path) -> None:
    path, model = exported
    loaded = load_model(path.with_suffix(".onnx"))
    evidence = loaded.layer_evidence(noise, "stem")
    expected = model.layer_evidence(noise, "stem")
    np.testing.assert_array_equal(evidence.gradients["stem"], expected.gradients["stem"])
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(path.with_suffix(".onnx").read_bytes())
    with pytest.raises(ModelFileError, match=r"keep it as alone\.keras"):
        load_model(alone).layer_evidence(noise, "stem")
    with pytest.raises(ModelFileError, match="export it again"):
        load_model(alone, cam_layer="stem")


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
@pytest.mark.parametrize("layer", [None, "stem", "conv5_block3_out"])
def test_a_classifier_of_another_program_gets_true_maps(foreign, noise, engine, layer) -> None:
    path, model = foreign
    expected = Model(model.network, "m", preprocessing="caffe", cam_layer=layer).one_pass(noise)
    loaded = load_model(path, engine=engine, cam_layer=layer)
    assert loaded.name == "GAweights"
    assert loaded.preprocessing == "caffe"
    assert loaded.dimension == 12
    close(loaded.one_pass(noise), expected, 2e-4)
    close(loaded.feature_pass(noise), model.feature_pass(noise), 2e-4)
    with pytest.raises(LayerNotFoundError, match="conv5_block2_out"):
        load_model(path, cam_layer="conv5_block1_out")


def channels_first(batch: int | str, flatten: bool) -> tuple[onnx.ModelProto, dict]:
    """A classifier (batch, 1, 20, 24) as torch writes it, with its weights."""
    rng = np.random.default_rng(4)
    weights = {
        "w1": rng.normal(0, 0.3, (6, 1, 3, 3)).astype(np.float32),
        "b1": rng.normal(0, 0.3, 6).astype(np.float32),
        "w2": rng.normal(0, 0.5, (3, 6)).astype(np.float32),
        "b2": rng.normal(0, 0.5, 3).astype(np.float32),
        "shape": np.array([batch, 6] if flatten else [-1, 6], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["/last/Relu_output_0"]),
        helper.make_node("GlobalAveragePool", ["/last/Relu_output_0"], ["p"]),
        helper.make_node("Reshape", ["p", "shape"], ["f"]),
        helper.make_node("Gemm", ["f", "w2", "b2"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "torch",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 1, 20, 24])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ), weights


@pytest.mark.parametrize("batch", [1, "n"])
def test_channels_first_and_a_fixed_batch(batch, tmp_path, noise) -> None:
    model, weights = channels_first(batch, flatten=batch == 1)
    path = tmp_path / "torch.onnx"
    onnx.save(model, path)
    loaded = load_model(path, engine="onnx", class_names=("a", "b", "c"))
    assert loaded.input_shape == (20, 24, 1)
    assert loaded.map_shape == (10, 12)
    features = loaded.feature_pass(noise)
    np.testing.assert_allclose(features.vectors, features.activations.mean((1, 2)), rtol=1e-5)
    scores = loaded.class_scores(loaded.prepare(noise))
    np.testing.assert_allclose(
        scores, features.vectors @ weights["w2"].T + weights["b2"], rtol=1e-4
    )
    # LayerCAM under GAP and one dense layer: the positive weights of the predicted class.
    raw = np.einsum(
        "nhwc,nc->nhw", features.activations, np.maximum(weights["w2"], 0)[scores.argmax(1)]
    )
    expected = raw / raw.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(loaded.one_pass(noise).maps, expected, atol=1e-5)


def save(tmp_path, model) -> object:
    path = tmp_path / "bad.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_files_that_cannot_be_trusted_or_used_are_refused(tmp_path) -> None:
    with pytest.raises(ModelFileError, match=r"absent\.onnx: no such model file"):
        load_model(tmp_path / "absent.onnx")
    for content in (b"nothing of the kind", b"", b"\x08\x08\x3a\xff\xff\x03half"):
        (tmp_path / "broken.onnx").write_bytes(content)
        with pytest.raises(ModelFileError, match=r"broken\.onnx: not"):
            load_model(tmp_path / "broken.onnx")
    whole, _ = channels_first("n", flatten=False)
    half = whole.SerializeToString()
    (tmp_path / "broken.onnx").write_bytes(half[: len(half) // 2])
    with pytest.raises(ModelFileError, match="not a whole"):
        load_model(tmp_path / "broken.onnx")

    model, _ = channels_first("n", flatten=False)
    model.graph.node[1].domain = "com.evil"
    with pytest.raises(ModelFileError, match=r"com\.evil\.Relu"):
        load_model(save(tmp_path, model))

    model, _ = channels_first("n", flatten=False)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    with pytest.raises(ModelFileError, match="outside of its own folder"):
        load_model(save(tmp_path, model))
    entry.value = "weights.bin"
    with pytest.raises(ModelFileError, match="copy it too"):
        load_model(save(tmp_path, model))

    model, _ = channels_first("n", flatten=False)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 5
    with pytest.raises(ModelFileError, match="1 or 3 channels"):
        load_model(save(tmp_path, model))

    model, _ = channels_first("n", flatten=False)
    with pytest.raises(ModelFileError, match="3 classes"):
        load_model(save(tmp_path, model), class_names=("a", "b"))
    with pytest.raises(ValueError, match="does not run ONNX"):
        load_model(tmp_path / "bad.onnx", engine="keras")


def test_damaged_facts_are_named(exported, tmp_path) -> None:
    path, _ = exported
    model = onnx.load(path.with_suffix(".onnx"))
    helper.set_model_props(model, {"crystalviz": '{"name": 1'})
    with pytest.raises(ModelFileError, match="facts about the model are damaged"):
        load_model(save(tmp_path, model))


def test_an_export_that_differs_is_not_kept(exported, tmp_path, monkeypatch) -> None:
    """A converter that changes a weight on the way."""
    _, model = exported

    def wrong(network, facts):
        content = onnx.load_model_from_string(real(network, facts))
        for tensor in content.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.ndim == 4:
                tensor.CopyFrom(numpy_helper.from_array(values * 1.01, tensor.name))
        return content.SerializeToString()

    from crystalviz.models import export_onnx

    real = export_onnx._convert
    monkeypatch.setattr(export_onnx, "_convert", wrong)
    with pytest.raises(ModelFileError, match="nothing was written"):
        model.export_onnx(tmp_path / "out.onnx")
    assert list(tmp_path.iterdir()) == []
