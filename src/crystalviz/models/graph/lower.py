"""From a Keras layer to the operations it stands for."""

from __future__ import annotations

from typing import Any

from crystalviz.models.graph.affine import Dense
from crystalviz.models.graph.operation import KerasCall, Operation
from crystalviz.models.graph.pointwise import Activation


def lower(layer: Any, arguments: Any) -> list[Operation]:
    """Return the operations that one call of a layer runs, one after the other.

    An activation that is part of a layer becomes an operation of its own: the score of a
    class is read before it. A layer without a rule is called as it is.
    """
    return _dense(layer) or _activation(layer) or [KerasCall(layer, arguments)]


def _dense(layer: Any) -> list[Operation]:
    if type(layer).__name__ != "Dense" or getattr(layer, "quantization_mode", None):
        return []
    return [Dense(layer), *_fused_activation(layer)]


def _activation(layer: Any) -> list[Operation]:
    kind = type(layer).__name__
    if kind == "Activation":
        return [Activation(layer.name, layer.activation)]
    if kind == "Softmax" and layer.axis in (-1, (-1,), [-1]):
        import keras

        return [Activation(layer.name, keras.activations.softmax)]
    return []


def _fused_activation(layer: Any) -> list[Operation]:
    import keras

    if layer.activation in (None, keras.activations.linear):
        return []
    return [Activation(layer.name, layer.activation)]
