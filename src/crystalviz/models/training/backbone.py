"""The network that is trained: a pretrained backbone with a fresh head."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz.models._keras import import_keras
from crystalviz.models.crystalnet import build_crystalnet
from crystalviz.models.errors import ModelFileError
from crystalviz.models.load import RESNETS, load_model
from crystalviz.models.model import Model
from crystalviz.models.training.recipe import Recipe

HEAD = (("head_dense_1", 512), ("head_dense_2", 256))
DROPOUT = (0.4, 0.3)
# Momentum of the running means of batch normalisation in Keras, and the most used here.
_SLOWEST_MOMENTUM = 0.99


@dataclass(frozen=True, eq=False)
class Backbone:
    """What turns a picture into a map of features.

    Attributes
    ----------
    network : keras.Model
        (batch, h, w, 1 or 3) -> (batch, rows, columns, d); a copy that training may change.
    name : str
    preprocessing : str
        A key of `crystalviz.models.preprocess.PREPROCESSING`.
    origin : str
        Where its weights come from, in words.
    random : bool
        Whether they are random.
    """

    network: Any
    name: str
    preprocessing: str
    origin: str
    random: bool = False


def make_backbone(
    backbone: str | os.PathLike[str] | Model,
    weights: str | os.PathLike[str] | None,
    image_size: tuple[int, int] | None,
    seed: int,
) -> Backbone:
    """Load a backbone, or build one with random weights.

    Parameters
    ----------
    backbone : str, path or Model
        "resnet50", "resnet101", "crystalnet", a model file, or a loaded model. A head that
        it has is cut off at its global average pooling.
    weights : "imagenet", path or None
        For the ResNets: ImageNet weights of Keras, a file of weights without the top layer, or
        None for random ones; None also builds a crystalnet with random weights.
    image_size : (height, width) or None
        Pixels that pictures are brought to; None for the size that the backbone is made for.
    seed : int
        Of random weights.

    Raises
    ------
    ModelFileError
        If the weights or the file cannot be had, or the model has no global average pooling.
    ValueError
        If weights are given for a backbone that has its own.
    """
    _, keras = import_keras()
    name = backbone.name if isinstance(backbone, Model) else os.fspath(backbone)
    given = weights is not None and os.fspath(weights) != "imagenet"
    if name in RESNETS and not isinstance(backbone, Model):
        if weights is None:
            build = getattr(keras.applications, RESNETS[name])
            shape = (*(image_size or (224, 224)), 3)
            network = build(include_top=False, weights=None, input_shape=shape)
            _randomise(network, seed)
            return Backbone(network, name, "caffe", "random weights", random=True)
        loaded = load_model(name, weights=os.fspath(weights) if given else None)
        origin = f"weights of {weights}" if given else "ImageNet weights"
        return Backbone(_cut(loaded, image_size), name, loaded.preprocessing, origin)
    if given:
        raise ValueError(
            f"weights= goes with {' or '.join(RESNETS)}; {name!r} comes with its own weights"
        )
    if weights is None:
        if name != "crystalnet":
            raise ValueError(
                f"weights=None (random) goes with crystalnet, {' or '.join(RESNETS)}; "
                f"{name!r} is taken with the weights that it has"
            )
        network = _cut_network(build_crystalnet(seed), image_size, "crystalnet")
        return Backbone(network, name, "none", "random weights", random=True)
    loaded = backbone if isinstance(backbone, Model) else load_model(name)
    return Backbone(_cut(loaded, image_size), loaded.name, loaded.preprocessing, "its own weights")


def build_classifier(backbone: Backbone, classes: int, recipe: Recipe, steps: int) -> Any:
    """Put the head on, and free the last layers of the backbone.

    Parameters
    ----------
    backbone : Backbone
    classes : int
        Two: one sigmoid unit, P(second class). More: as many softmax units.
    recipe : Recipe
    steps : int
        Batches in an epoch.

    Returns
    -------
    keras.Model
        Backbone, global average pooling, Dense 512 relu, batch normalisation, dropout 0.4, Dense
        256 relu, dropout 0.3, output: the head of The Georgia Project.

    Notes
    -----
    Running means of batch normalisation forget over at most one epoch. With the 0.99 of Keras
    they would still be near their start after the few steps that a small folder has, and the
    trained network would be judged with them.
    """
    _, keras = import_keras()
    layers = keras.layers
    seeds = iter(np.random.SeedSequence([recipe.seed, 1]).generate_state(8).tolist())
    learning = round(recipe.unfrozen * len(backbone.network.layers))
    for index, layer in enumerate(backbone.network.layers):
        layer.trainable = index >= len(backbone.network.layers) - learning

    def dense(x: Any, units: int, activation: str, name: str) -> Any:
        start = keras.initializers.GlorotUniform(seed=next(seeds))
        layer = layers.Dense(units, activation=activation, kernel_initializer=start, name=name)
        return layer(x)

    x = layers.GlobalAveragePooling2D(name="avg_pool")(backbone.network.output)
    x = dense(x, HEAD[0][1], "relu", HEAD[0][0])
    x = layers.BatchNormalization(name="head_bn")(x)
    x = layers.Dropout(DROPOUT[0], seed=next(seeds), name="head_dropout_1")(x)
    x = dense(x, HEAD[1][1], "relu", HEAD[1][0])
    x = layers.Dropout(DROPOUT[1], seed=next(seeds), name="head_dropout_2")(x)
    if classes == 2:
        x = dense(x, 1, "sigmoid", "predictions")
    else:
        x = dense(x, classes, "softmax", "predictions")
    network = keras.Model(backbone.network.input, x, name="classifier")
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization) and layer.trainable:
            layer.momentum = min(_SLOWEST_MOMENTUM, 1 - 1 / steps)
    return network


def _cut(model: Model, image_size: tuple[int, int] | None) -> Any:
    size = image_size or (model.input_shape[0], model.input_shape[1])
    return _cut_network(model.network, size, model.name)


def _cut_network(network: Any, image_size: tuple[int, int] | None, name: str) -> Any:
    """Copy a network up to what its global average pooling averages."""
    _, keras = import_keras()
    inner = network
    while True:
        pooling = [x for x in inner.layers if type(x).__name__ == "GlobalAveragePooling2D"]
        nested = [x for x in inner.layers if hasattr(x, "layers")]
        if pooling or len(nested) != 1:
            break
        inner = nested[0]
    if not pooling:
        raise ModelFileError(
            f"{name}: has no global average pooling that its features could be taken from; "
            "give a convolutional network that ends in one"
        )
    base = keras.Model(inner.inputs[0], pooling[-1].input, name="backbone")
    shape = inner.input_shape
    size = image_size or (shape[1] or 224, shape[2] or 224)
    copy = keras.models.clone_model(base, input_tensors=keras.Input((*size, shape[3])))
    copy.set_weights(base.get_weights())
    return copy


def _randomise(network: Any, seed: int) -> None:
    """Draw all kernels anew: those of Keras' applications follow no seed of ours."""
    _, keras = import_keras()
    seeds = np.random.SeedSequence([seed, 2]).generate_state(len(network.layers)).tolist()
    for layer, own in zip(network.layers, seeds, strict=True):
        if hasattr(layer, "kernel"):
            draw = keras.initializers.HeNormal(seed=own)
            layer.kernel.assign(draw(layer.kernel.shape))
