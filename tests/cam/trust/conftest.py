"""Small networks whose evidence is known, and pictures to show them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from crystalviz.models import Model

SIDE = 34
CELL = 4
GRAY = 100
# The score of a picture is SLOPE times the mean roughness of its 8 x 8 cells, minus OFFSET.
SLOPE = 1.0
OFFSET = 6.0


def symmetric_filter() -> np.ndarray:
    """The same in all eight poses; whole numbers, so that plain gray gives exactly 0."""
    return np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])


def vertical_filter() -> np.ndarray:
    """Sees vertical edges only."""
    return np.array([[-8.0, 0, 8], [-8, 0, 8], [-8, 0, 8]])


def build_model(kernel: np.ndarray, padding: str = "valid", name: str = "rough") -> Model:
    """P(there) rises with |kernel * picture|; the mean over 8 x 8 cells is the evidence."""
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    side = SIDE if padding == "valid" else SIDE - 2
    layers = keras.layers
    image = keras.Input((side, side, 1))
    x = layers.Conv2D(2, 3, padding=padding, use_bias=False, activation="relu", name="edges")(image)
    x = layers.AveragePooling2D(CELL, name="cells")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dense(1, activation="sigmoid", name="predictions")(x)
    network = keras.Model(image, x)
    network.get_layer("edges").set_weights([np.stack([kernel, -kernel], -1)[:, :, None]])
    network.get_layer("predictions").set_weights([np.full((2, 1), SLOPE), np.array([-OFFSET])])
    return Model(network, name, class_names=("absent", "there"), cam_layer="cells")


@pytest.fixture(scope="session")
def rough_model() -> Model:
    """Equivariant: turns with the picture in all eight poses."""
    return build_model(symmetric_filter())


@pytest.fixture(scope="session")
def vertical_model() -> Model:
    return build_model(vertical_filter())


@pytest.fixture(scope="session")
def framed_model() -> Model:
    """Pads with black, so that an empty gray picture has a bright frame in its map."""
    return build_model(symmetric_filter(), padding="same", name="framed")


@pytest.fixture(scope="session")
def deep_model() -> Model:
    """Two convolutions with random weights under a head: something to randomize."""
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    keras.utils.set_random_seed(3)
    layers = keras.layers
    image = keras.Input((32, 32, 1))
    x = layers.Rescaling(1 / 64, offset=-2)(image)
    x = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="low")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="high")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(1, activation="sigmoid", name="predictions")(x)
    return Model(keras.Model(image, x), "deep", cam_layer="high")


@pytest.fixture(scope="session")
def spot() -> Callable[..., np.ndarray]:
    """Make a gray picture with a checkered square on cells [row, column] of the 8 x 8 map."""

    def make(*cells: tuple[int, int], side: int = SIDE) -> np.ndarray:
        picture = np.full((side, side), GRAY, np.uint8)
        checks = (np.indices((CELL, CELL)).sum(axis=0) % 2 * 2 - 1) * 80
        border = (side - 32) // 2
        for row, column in cells:
            top, left = border + CELL * row, border + CELL * column
            picture[top : top + CELL, left : left + CELL] = GRAY + checks
        return picture

    return make


@pytest.fixture(scope="session")
def crystals() -> list[np.ndarray]:
    from crystalviz.datasets import synthetic_crystals

    return list(synthetic_crystals(4, seed=9, size=(40, 48)).images)
