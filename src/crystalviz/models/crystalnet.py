"""The architecture of `crystalnet`: a small residual network for gray micrographs."""

from __future__ import annotations

from typing import Any

from crystalviz.models._keras import import_keras

INPUT_SIZE = 160
# Channels, blocks and stride of the stages conv2 to conv5; with conv1 and the pooling
# the map of the last stage is 10 x 10.
STAGES = ((16, 1, 1), (32, 2, 2), (64, 2, 2), (128, 2, 1))


def build_crystalnet(seed: int = 0) -> Any:
    """Build the network with fresh weights.

    Parameters
    ----------
    seed : int
        Of the weights.

    Returns
    -------
    keras.Model
        (batch, 160, 160, 1) gray 0..255 -> (batch, 1) P(PG). Layers are named as in Keras'
        ResNet; `conv5_block2_out` is followed by global average pooling and one
        unit, so the map that explains the logit is a weighted sum of its channels.

    Notes
    -----
    Basic blocks of He et al. 2016 (arXiv:1512.03385). The first layer brings each
    picture to mean 0 and variance 1: exposure differs more between microscopes
    than anything that matters.
    """
    _, keras = import_keras()
    layers, seeds = keras.layers, iter(range(seed * 1000, seed * 1000 + 100))

    def convolution(x: Any, channels: int, size: int, stride: int, name: str) -> Any:
        start = keras.initializers.HeNormal(seed=next(seeds))
        x = layers.Conv2D(
            channels,
            size,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer=start,
            name=f"{name}_conv",
        )(x)
        return layers.BatchNormalization(momentum=0.95, name=f"{name}_bn")(x)

    def block(x: Any, channels: int, stride: int, name: str) -> Any:
        shortcut = x
        if stride != 1 or x.shape[-1] != channels:
            shortcut = convolution(x, channels, 1, stride, f"{name}_0")
        x = convolution(x, channels, 3, stride, f"{name}_1")
        x = layers.Activation("relu", name=f"{name}_1_relu")(x)
        x = convolution(x, channels, 3, 1, f"{name}_2")
        x = layers.Add(name=f"{name}_add")([shortcut, x])
        return layers.Activation("relu", name=f"{name}_out")(x)

    image = keras.Input((INPUT_SIZE, INPUT_SIZE, 1), name="gray")
    x = layers.LayerNormalization(
        axis=(1, 2, 3), center=False, scale=False, epsilon=1.0, name="contrast"
    )(image)
    x = convolution(x, 16, 5, 2, "conv1")
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1_pool")(x)
    for stage, (channels, blocks, stride) in enumerate(STAGES, start=2):
        for index in range(1, blocks + 1):
            name = f"conv{stage}_block{index}"
            x = block(x, channels, stride if index == 1 else 1, name)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(0.2, seed=next(seeds), name="dropout")(x)
    start = keras.initializers.GlorotUniform(seed=next(seeds))
    x = layers.Dense(1, activation="sigmoid", kernel_initializer=start, name="predictions")(x)
    return keras.Model(image, x, name="crystalnet")
