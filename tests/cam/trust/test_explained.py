"""The probability and the maps of the class that is explained."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam import compute_cam
from crystalviz.cam.trust.explained import explained_classes, maps_of, probability_of
from crystalviz.models import Model


@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (2, "softmax"), (3, "softmax")])
def test_probability_is_what_the_network_puts_out(units, activation, crystals) -> None:
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    keras.utils.set_random_seed(units)
    layers = keras.layers
    image = keras.Input((32, 32, 1))
    x = layers.Conv2D(4, 3, activation="relu", name="map")(layers.Rescaling(1 / 64)(image))
    x = layers.GlobalAveragePooling2D()(x)
    network = keras.Model(image, layers.Dense(units, activation=activation)(x))
    model = Model(network, "head")
    prepared = model.prepare(crystals)
    expected = network.predict(prepared, verbose=0)
    if units == 1:
        expected = np.concatenate([1 - expected, expected], axis=1)
    assert np.ptp(expected, axis=0).min() > 1e-4
    for target in range(expected.shape[1]):
        found = probability_of(model, prepared, np.full(len(crystals), target))
        np.testing.assert_allclose(found, expected[:, target], rtol=1e-4)
    np.testing.assert_array_equal(explained_classes(crystals, model), expected.argmax(axis=1))


def test_each_image_gets_the_map_of_its_own_class(deep_model, crystals) -> None:
    classes = np.array([1, 0, 1, 0])
    maps = maps_of(crystals, deep_model, "high", "gradcam", classes)
    for target, name in enumerate(deep_model.class_names):
        alone = compute_cam(crystals, deep_model, layer="high", method="gradcam", target=name)
        np.testing.assert_allclose(maps[classes == target], alone[classes == target], atol=1e-6)
    with pytest.raises(ValueError, match="no image to make a map of"):
        maps_of([], deep_model, "high", "gradcam", np.array([], int))
