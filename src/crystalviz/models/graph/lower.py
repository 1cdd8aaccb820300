"""From a call of a Keras layer to the operations it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crystalviz.models.graph.affine import (
    BatchNorm,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Scale,
)
from crystalviz.models.graph.merging import Concatenation, Product, Sum
from crystalviz.models.graph.operation import KerasCall, Operation
from crystalviz.models.graph.pointwise import Activation, Leaky, Rectifier
from crystalviz.models.graph.pooling import AveragePooling, GlobalAverage, GlobalMax, MaxPooling
from crystalviz.models.graph.shaping import Crop, Pad, RepeatPixels, Reshape


def lower(node: Any) -> list[Operation]:
    """Return the operations that one call of a layer runs, one after the other.

    An activation that is part of a layer becomes an operation of its own: the score of a
    class is read before it. What only acts in training becomes nothing. A layer that is
    not known here, or is not used in the usual way, is called as it is.
    """
    import keras

    layer = node.operation
    kind = type(layer).__name__
    if isinstance(layer, keras.Layer):
        known = type(layer) is getattr(keras.layers, kind, None)
        usual = known and _usual(layer, node)
        found = _LAYERS[kind](layer, node) if usual and kind in _LAYERS else None
        # Keras records that augmentation trains, whatever it was called with.
        if (usual and kind in _ONLY_IN_TRAINING) or (known and kind.startswith("Random")):
            found = []
    else:
        found = _arithmetic(kind, layer, node)
    return [KerasCall(layer, node.arguments)] if found is None else found


def _usual(layer: Any, node: Any) -> bool:
    """Whether a layer is called on tensors alone, channels last, with plain weights."""
    keywords = node.arguments.kwargs
    return (
        not any(value for value in keywords.values() if value is not None)
        and getattr(layer, "data_format", "channels_last") == "channels_last"
        and getattr(layer, "quantization_mode", None) is None
    )


def _dense(layer: Any, node: Any) -> list[Operation]:
    return [Dense(layer.name, layer.kernel, layer.bias), *_fused(layer)]


def _conv2d(layer: Any, node: Any) -> list[Operation] | None:
    if layer.groups != 1:
        return None
    return [_convolution(Convolution, layer, layer.kernel, layer.bias), *_fused(layer)]


def _depthwise(layer: Any, node: Any) -> list[Operation]:
    return [_convolution(DepthwiseConvolution, layer, layer.kernel, layer.bias), *_fused(layer)]


def _separable(layer: Any, node: Any) -> list[Operation]:
    each = _convolution(DepthwiseConvolution, layer, layer.depthwise_kernel, None)
    mixed = Convolution(layer.name, layer.pointwise_kernel, layer.bias, (1, 1), "valid")
    return [each, mixed, *_fused(layer)]


def _convolution(kind: type[Convolution], layer: Any, kernel: Any, bias: Any) -> Convolution:
    return kind(layer.name, kernel, bias, layer.strides, layer.padding, layer.dilation_rate)


def _batch_norm(layer: Any, node: Any) -> list[Operation] | None:
    rank = len(node.arguments.keras_tensors[0].shape)
    return [BatchNorm(layer)] if layer.axis in (-1, rank - 1) else None


def _activation(layer: Any, node: Any) -> list[Operation]:
    return _fused(layer)


def _fused(layer: Any) -> list[Operation]:
    import keras

    if layer.activation in (None, keras.activations.linear):
        return []
    return [Activation(layer.name, layer.activation)]


def _softmax(layer: Any, node: Any) -> list[Operation] | None:
    import keras

    last = layer.axis in (-1, (-1,), [-1])
    return [Activation(layer.name, keras.activations.softmax)] if last else None


def _leaky(layer: Any, node: Any) -> list[Operation]:
    return [Leaky(layer.name, float(layer.negative_slope))]


def _prelu(layer: Any, node: Any) -> list[Operation]:
    return [Leaky(layer.name, layer.alpha)]


def _rescaling(layer: Any, node: Any) -> list[Operation]:
    return [Scale(layer.name, *(np.asarray(x, np.float32) for x in (layer.scale, layer.offset)))]


def _reshape(layer: Any, node: Any) -> list[Operation] | None:
    shape = node.outputs[0].shape[1:]
    return None if None in shape else [Reshape(layer.name, shape)]


def _upsampling(layer: Any, node: Any) -> list[Operation] | None:
    return [RepeatPixels(layer)] if layer.interpolation == "nearest" else None


def _add(layer: Any, node: Any) -> list[Operation]:
    return [Sum(layer.name, [1.0] * len(node.arguments.keras_tensors))]


def _average(layer: Any, node: Any) -> list[Operation]:
    count = len(node.arguments.keras_tensors)
    return [Sum(layer.name, [1.0 / count] * count)]


def _subtract(layer: Any, node: Any) -> list[Operation]:
    return [Sum(layer.name, [1.0, -1.0])]


def _multiply(layer: Any, node: Any) -> list[Operation] | None:
    return [Product(layer.name)] if len(node.arguments.keras_tensors) == 2 else None


def _concatenate(layer: Any, node: Any) -> list[Operation] | None:
    rank = len(node.outputs[0].shape)
    return [Concatenation(layer.name)] if layer.axis in (-1, rank - 1) else None


def _arithmetic(kind: str, operation: Any, node: Any) -> list[Operation] | None:
    """Lower `x + 3.0` and the like, which Keras records without a layer."""
    args = node.arguments.args
    if kind not in ("Add", "Subtract", "Multiply", "TrueDivide", "Divide") or len(args) != 2:
        return None
    tensors, name = node.arguments.keras_tensors, operation.name
    if len(tensors) == 2:
        both: dict[str, Operation] = {
            "Add": Sum(name, [1.0, 1.0]),
            "Subtract": Sum(name, [1.0, -1.0]),
            "Multiply": Product(name),
        }
        return [both[kind]] if kind in both else None
    first = args[0] is tensors[0]
    number = args[1] if first else args[0]
    if not isinstance(number, (int, float)):
        return None
    if kind == "Add":
        return [Scale(name, 1.0, float(number))]
    if kind == "Multiply":
        return [Scale(name, float(number), 0.0)]
    if kind == "Subtract":
        return [Scale(name, 1.0, -float(number)) if first else Scale(name, -1.0, float(number))]
    return [Scale(name, 1.0 / float(number), 0.0)] if first else None


_LAYERS: dict[str, Callable[[Any, Any], list[Operation] | None]] = {
    "Activation": _activation,
    "Add": _add,
    "Average": _average,
    "AveragePooling2D": lambda layer, node: [AveragePooling(layer)],
    "BatchNormalization": _batch_norm,
    "Concatenate": _concatenate,
    "Conv2D": _conv2d,
    "Cropping2D": lambda layer, node: [Crop(layer)],
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "Flatten": _reshape,
    "GlobalAveragePooling2D": lambda layer, node: [GlobalAverage(layer)],
    "GlobalMaxPooling2D": lambda layer, node: [GlobalMax(layer)],
    "LeakyReLU": _leaky,
    "MaxPooling2D": lambda layer, node: [MaxPooling(layer)],
    "Multiply": _multiply,
    "PReLU": _prelu,
    "ReLU": lambda layer, node: [Rectifier(layer)],
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "SeparableConv2D": _separable,
    "Softmax": _softmax,
    "Subtract": _subtract,
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": lambda layer, node: [Pad(layer)],
}

_ONLY_IN_TRAINING = {
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "InputLayer",
    "SpatialDropout2D",
}
