"""The gradient in forward operators against the tape, folding, flattening."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.models import Model
from crystalviz.models.graph.affine import BatchNorm
from crystalviz.models.graph.backward import score_gradient, without_rule
from crystalviz.models.graph.flatten import flatten
from crystalviz.models.graph.fold import fold
from crystalviz.models.graph.head import read_head
from crystalviz.models.load import CRYSTALNET_FILE
from crystalviz.models.load_keras import read_network


@pytest.fixture(scope="module")
def keras():
    from crystalviz.models._keras import import_keras

    return import_keras()[1]


def unsettle(network, seed: int = 0) -> None:
    """Give normalisations statistics, and biases values, as training would."""
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        if weight.name in ("gamma", "beta", "bias", "moving_mean"):
            weight.assign(weight.numpy() + rng.normal(0, 0.2, weight.shape))
        elif weight.name == "moving_variance":
            weight.assign(rng.uniform(0.5, 2.0, weight.shape))


def gradients(network, layer: str, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient by our rules, on the folded graph, and by TensorFlow's tape."""
    import tensorflow as tf

    graph = flatten(network)
    head = read_head(graph)
    assert head is not None
    place = graph.find(layer)
    assert without_rule(graph, place, head) == []
    images = np.random.default_rng(3).normal(0, 1, (3, *shape)).astype(np.float32)
    folded = fold(graph, {place, head.value})
    ours = score_gradient(folded, head, place, folded.run(tf.constant(images)))
    with tf.GradientTape() as tape:
        values = graph.run(tf.constant(images), lambda i, x: tape.watch(x) if i == place else None)
        scores = head.scores(values)
        best = tf.reduce_max(scores, axis=1)
    return np.asarray(ours), np.asarray(tape.gradient(best, values[place]))


def agree(network, layer: str, shape: tuple[int, ...]) -> None:
    ours, tape = gradients(network, layer, shape)
    assert np.abs(tape).max() > 0
    np.testing.assert_allclose(ours, tape, atol=1e-5 * np.abs(tape).max())


def tail(keras, build, classes: int = 3):
    """A network whose layers under test lie between the map "start" and the head."""
    layers = keras.layers
    image = keras.Input((14, 11, 3))
    x = layers.Conv2D(6, 3, padding="same", activation="tanh", name="start")(image)
    x = build(layers, x)
    if len(x.shape) == 4:
        x = layers.GlobalAveragePooling2D()(x)
    end = layers.Dense(1, activation="sigmoid") if classes == 1 else layers.Dense(classes)
    network = keras.Model(image, end(x))
    unsettle(network)
    return network


def _excited(layers, x):
    weight = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weight = layers.Conv2D(6, 1, activation="sigmoid")(
        layers.Conv2D(2, 1, activation="silu")(weight)
    )
    return layers.Multiply()([x, weight])


def _residual(layers, x):
    y = layers.BatchNormalization()(layers.Conv2D(6, 3, padding="same", use_bias=False)(x))
    y = layers.Dropout(0.5)(layers.Activation("relu")(y))
    return layers.ReLU()(layers.Add()([x, layers.SpatialDropout2D(0.2)(y)]))


def _branches(layers, x):
    parts = [
        layers.Conv2D(4, 1, activation="relu")(x),
        layers.AveragePooling2D(3, strides=1, padding="same")(x),
        layers.SeparableConv2D(5, 3, padding="same", activation="elu")(x),
        layers.Average()([x, layers.Subtract()([x, layers.LeakyReLU()(x)])]),
    ]
    return layers.Concatenate()(parts)


def _flattened(layers, x):
    x = layers.Dense(5, activation="gelu")(layers.Flatten()(x))
    return layers.BatchNormalization()(layers.Reshape((5,))(x))


def _padded(layers, x):
    x = layers.Cropping2D(((1, 2), (0, 1)))(layers.ZeroPadding2D(((2, 1), (1, 3)))(x))
    return layers.PReLU(shared_axes=(1, 2))(layers.UpSampling2D((2, 3))(x))


TAILS = {
    "convolution": lambda k, x: k.Conv2D(5, (3, 2), padding="same", activation="relu")(x),
    "strides, same": lambda k, x: k.Conv2D(5, 3, strides=2, padding="same")(x),
    "strides, valid": lambda k, x: k.Conv2D(5, (2, 3), strides=(3, 2))(x),
    "dilation": lambda k, x: k.Conv2D(5, 3, dilation_rate=2, padding="same")(x),
    "depthwise": lambda k, x: k.DepthwiseConv2D(3, strides=2, padding="same")(x),
    "depthwise, multiplier": lambda k, x: k.DepthwiseConv2D(3, depth_multiplier=2)(x),
    "maximum": lambda k, x: k.MaxPooling2D(3, strides=2, padding="same")(x),
    "maximum, ties": lambda k, x: k.MaxPooling2D((2, 3))(k.ReLU()(x)),
    "average, same": lambda k, x: k.AveragePooling2D(3, strides=2, padding="same")(x),
    "average, valid": lambda k, x: k.AveragePooling2D((2, 3))(x),
    "global maximum": lambda k, x: k.GlobalMaxPooling2D()(x),
    "relu6": lambda k, x: k.ReLU(6, 0.1, 0.2)(k.Rescaling(9.0, 1.0)(x)),
    "hard": lambda k, x: k.Activation("hard_silu")(k.Rescaling(5.0)(x)),
    "hard sigmoid by hand": lambda k, x: k.ReLU(6)(x * 4.0 + 3.0) / 6.0 - 2.0 + (1.0 - x),
    "others": lambda k, x: k.Activation("softplus")(k.Activation("exponential")(x)),
    "residual": _residual,
    "squeeze and excitation": _excited,
    "branches": _branches,
    "flattened": _flattened,
    "padded": _padded,
}


@pytest.mark.parametrize("kind", TAILS)
def test_every_rule_equals_the_tape(keras, kind) -> None:
    keras.utils.set_random_seed(1)
    agree(tail(keras, TAILS[kind]), "start", (14, 11, 3))


@pytest.mark.parametrize("classes", [1, 2, 4])
def test_the_gradient_is_that_of_the_predicted_class(keras, classes) -> None:
    keras.utils.set_random_seed(2)
    agree(tail(keras, _residual, classes), "start", (14, 11, 3))


@pytest.mark.parametrize("layer", ["conv5_block2_out", "conv4_block1_out", "conv2_block1_out"])
def test_crystalnet(layer) -> None:
    agree(read_network(CRYSTALNET_FILE), layer, (160, 160, 1))


def test_resnet50_in_the_published_layout(keras) -> None:
    """GAP, Dense 512, BN, Dropout, Dense 256, Dropout, Dense 1, maps at conv5_block2_out."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    base = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(64, 64, 3))
    x = layers.Dense(512, activation="relu")(layers.GlobalAveragePooling2D()(base.output))
    x = layers.Dropout(0.4)(layers.BatchNormalization()(x))
    x = layers.Dropout(0.3)(layers.Dense(256, activation="relu")(x))
    network = keras.Model(base.input, layers.Dense(1, activation="sigmoid")(x))
    unsettle(network)
    agree(network, "conv5_block2_out", (64, 64, 3))
    graph = flatten(network)
    folded = fold(graph, {graph.find("conv5_block2_out")})
    normalisations = [s for s in graph.steps if isinstance(s.operation, BatchNorm)]
    assert len(normalisations) == 54
    # All but the one behind a ReLU went into the layer before.
    assert len(graph.steps) - len(folded.steps) == 53


@pytest.mark.parametrize(
    ("build", "layer"),
    [
        ("MobileNetV2", "block_13_expand_relu"),
        ("MobileNetV3Small", "expanded_conv_9_project_bn"),
        ("EfficientNetB0", "block7a_project_bn"),
    ],
)
def test_networks_of_keras_have_all_the_rules(keras, build, layer) -> None:
    keras.utils.set_random_seed(4)
    make = getattr(keras.applications, build)
    network = make(weights=None, classes=3, input_shape=(32, 32, 3))
    unsettle(network)
    agree(network, layer, (32, 32, 3))


def test_folding_leaves_the_output_alone(keras) -> None:
    network = tail(keras, _residual)
    graph = flatten(network)
    image = np.random.default_rng(0).normal(0, 1, (2, 14, 11, 3)).astype(np.float32)
    folded = fold(graph, set())
    assert not any(isinstance(step.operation, BatchNorm) for step in folded.steps)
    expected = network.predict_on_batch(image)
    np.testing.assert_allclose(folded.run(image)[graph.output], expected, rtol=1e-4, atol=1e-6)


def test_a_value_that_is_shown_is_not_folded_away(keras) -> None:
    network = tail(keras, _residual)
    convolution = next(x.name for x in network.layers[2:] if "conv2d" in x.name)
    model = Model(network, "m", cam_layer=convolution)
    image = [np.random.default_rng(0).integers(0, 256, (14, 11)).astype(np.uint8)]
    evidence = model.layer_evidence(image, convolution)
    raw = np.maximum(evidence.gradients[convolution], 0) * evidence.activations[convolution]
    raw = np.maximum(raw.sum(-1), 0)
    np.testing.assert_allclose(model.one_pass(image).maps, raw / raw.max(), atol=1e-5)


def test_nested_models_are_inlined_each_time_they_are_called(keras) -> None:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(2, 3, padding="same")])
    image = keras.Input((8, 8, 1))
    x = layers.Concatenate()([image, image])
    x = inner(layers.ReLU()(inner(x)))
    network = keras.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    data = np.random.default_rng(0).normal(0, 1, (2, 8, 8, 1)).astype(np.float32)
    graph = flatten(network)
    np.testing.assert_allclose(
        graph.run(data)[graph.output], network.predict_on_batch(data), rtol=1e-5, atol=1e-6
    )
    assert graph.layers[inner.name] == graph.layers[inner.layers[-1].name]


def test_random_layers_are_still_when_nothing_is_trained(keras, noise) -> None:
    layers = keras.layers
    image = keras.Input((32, 32, 1))
    x = layers.RandomFlip()(layers.RandomRotation(0.3)(image))
    x = layers.GaussianNoise(1.0)(layers.Conv2D(4, 3, name="map")(x))
    network = keras.Model(image, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))
    model = Model(network, "m")
    first, second = model.one_pass(noise), model.one_pass(noise)
    np.testing.assert_array_equal(first.vectors, second.vectors)
    expected = network.predict_on_batch(model.prepare(noise))[:, 0]
    np.testing.assert_allclose(model.class_scores(model.prepare(noise))[:, 1], expected, rtol=1e-4)


def test_a_layer_without_a_rule_falls_back_to_the_tape(keras, noise, tmp_path) -> None:
    """The map is there and right; the export names the layer."""
    from crystalviz.models.errors import ModelFileError

    layers = keras.layers
    image = keras.Input((32, 32, 1))
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="map")(image)
    x = layers.LayerNormalization(name="unusual")(layers.GlobalAveragePooling2D()(x))
    model = Model(keras.Model(image, layers.Dense(1, activation="sigmoid")(x)), "m")
    evidence = model.layer_evidence(noise, "map")
    raw = (np.maximum(evidence.gradients["map"], 0) * evidence.activations["map"]).sum(-1)
    peak = raw.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(model.one_pass(noise).maps, raw / peak, atol=1e-5)
    with pytest.raises(ModelFileError, match="unusual"):
        model.export_onnx(tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
