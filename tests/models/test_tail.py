"""The tail of a network against the whole network, run with a channel taken out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.models import Model, load_model
from crystalviz.models._keras import import_keras
from crystalviz.models._tail import class_weights, tail_of
from crystalviz.models.errors import NoClassHeadError

RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def networks():
    """One line of layers, nested; and one where shortcuts lead around the layer."""
    _, keras = import_keras()
    keras.utils.set_random_seed(11)
    layers = keras.layers
    x = image = keras.Input((12, 10, 1))
    x = layers.Conv2D(5, 3, activation="relu", name="first")(x)
    x = layers.Conv2D(6, 3, activation="relu", name="second")(x)
    backbone = keras.Model(image, x, name="backbone")
    outer = keras.Input((12, 10, 1))
    x = layers.GlobalAveragePooling2D()(backbone(outer))
    x = layers.Dense(3, activation="softmax")(layers.Dropout(0.5)(x))
    line = keras.Model(outer, x, name="line")

    x = image = keras.Input((12, 10, 1))
    stem = layers.Conv2D(6, 3, padding="same", activation="relu", name="stem")(x)
    inner = layers.Conv2D(6, 3, padding="same", activation="relu", name="inner")(stem)
    x = layers.Conv2D(6, 3, padding="same", name="next")(inner)
    x = layers.Activation("relu", name="sum")(layers.Add()([stem, x]))
    x = layers.Concatenate()([x, stem])
    x = layers.Dense(4, activation="relu")(layers.GlobalAveragePooling2D()(x))
    shortcut = keras.Model(image, layers.Dense(1, activation="sigmoid")(x), name="shortcut")
    return line, shortcut


def scores_by_hand(network, layer, image, channel):
    """Set the channel's kernel and bias to zero and run the whole network."""
    target = next(
        x
        for model in [network, *[m for m in network.layers if hasattr(m, "layers")]]
        for x in model.layers
        if x.name == layer
    )
    kernel, bias = target.get_weights()
    cut, low = kernel.copy(), bias.copy()
    cut[..., channel], low[channel] = 0, 0
    target.set_weights([cut, low])
    try:
        # The output layer's logit, by the inverse of its activation.
        out = np.asarray(network(image[None], training=False), np.float64)[0]
    finally:
        target.set_weights([kernel, bias])
    return np.log(out / (1 - out)) if out.size == 1 else np.log(out)


@pytest.mark.parametrize("layer", ["first", "second"])
def test_behind_a_cut_point_the_picture_plays_no_part(networks, layer) -> None:
    network = networks[0]
    model = Model(network, "line")
    picture = RNG.integers(0, 256, (12, 10)).astype(np.uint8)
    prepared = model.prepare([picture])[0] / 255
    activation = _activation(network, layer, prepared)
    channels = np.arange(activation.shape[2])
    got = tail_of(model, layer).scores_without(prepared, activation, channels)
    assert got.shape == (len(channels), 3)
    for channel in channels:
        expected = scores_by_hand(network, layer, prepared, channel)
        # Logits are known up to a constant.
        np.testing.assert_allclose(
            got[channel] - got[channel].mean(), expected - expected.mean(), atol=1e-4
        )
    other = tail_of(model, layer).scores_without(prepared * 0 + np.nan, activation, channels)
    np.testing.assert_array_equal(other, got)


@pytest.mark.parametrize("layer", ["stem", "inner"])
def test_where_shortcuts_lead_around_the_layer(networks, layer) -> None:
    network = networks[1]
    model = Model(network, "shortcut")
    prepared = RNG.random((12, 10, 1)).astype(np.float32)
    activation = _activation(network, layer, prepared)
    channels = np.array([3, 0, 5])
    got = tail_of(model, layer).scores_without(prepared, activation, channels)
    for row, channel in zip(got, channels, strict=True):
        expected = scores_by_hand(network, layer, prepared, channel)[0]
        np.testing.assert_allclose(row, [-expected, expected], atol=1e-4)


def test_more_channels_than_one_run_and_one_tail_a_model(networks) -> None:
    model = Model(networks[0], "line")
    tail = tail_of(model, "second")
    assert tail_of(model, "second") is tail
    activation = RNG.random((8, 6, 6)).astype(np.float32)
    prepared = np.zeros((12, 10, 1), np.float32)
    many = tail.scores_without(prepared, activation, np.arange(70) % 6)
    np.testing.assert_array_equal(many[:6], many[6:12])
    np.testing.assert_array_equal(many[:6], many[60:66])


def test_class_weights_are_those_of_the_dense_layer(networks) -> None:
    model = Model(networks[0], "line")
    dense = networks[0].layers[-1]
    np.testing.assert_array_equal(class_weights(model, "second"), dense.get_weights()[0])
    crystalnet = load_model("crystalnet")
    weights = class_weights(crystalnet, "conv5_block2_out")
    assert weights.shape == (128, 2)
    np.testing.assert_array_equal(weights[:, 0], -weights[:, 1])


def test_other_heads_and_layers_are_answered_with_what_to_use(networks) -> None:
    with pytest.raises(ValueError, match="use layer='second', or 'gradcam'"):
        class_weights(Model(networks[0], "line"), "first")
    with pytest.raises(ValueError, match="ends otherwise; use 'gradcam'"):
        class_weights(Model(networks[1], "shortcut"), "sum")
    with pytest.raises(NoClassHeadError):
        class_weights(Model(networks[0].layers[1], "backbone"), "second")


def _activation(network, layer, prepared):
    _, keras = import_keras()
    for model in [network, *[m for m in network.layers if hasattr(m, "layers")]]:
        if any(x.name == layer for x in model.layers):
            part = keras.Model(model.inputs[0], model.get_layer(layer).output)
            return np.asarray(part(prepared[None]))[0]
    raise AssertionError(layer)
