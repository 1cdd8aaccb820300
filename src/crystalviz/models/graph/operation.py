"""What a step of a flattened network does: forward, and backward where there is a rule."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any


class Operation:
    """One step of a network; its layer's name is for messages."""

    has_rule = False
    """Whether `backward` is written for it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def forward(self, *inputs: Any) -> Any:
        """Return the output tensor, or a list of them."""
        raise NotImplementedError

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Return the gradients to the inputs, from that to the output.

        Only with operators that a forward pass may hold, so that the result can be
        converted to ONNX.
        """
        raise NotImplementedError


class KerasCall(Operation):
    """Call a layer or operation of Keras as the network calls it; there is no gradient rule."""

    def __init__(self, operation: Any, arguments: Any) -> None:
        super().__init__(operation.name)
        self.kind = type(operation).__name__
        self._operation = operation
        keywords = dict(arguments.kwargs)
        # Some layers train unless they are told not to.
        if "training" in inspect.signature(operation.call).parameters:
            keywords.setdefault("training", False)
        self._arguments = (tuple(arguments.args), keywords)
        self._places = [id(tensor) for tensor in arguments.keras_tensors]

    def forward(self, *inputs: Any) -> Any:
        """Fill the tensors into the recorded arguments and call."""
        import keras

        values = dict(zip(self._places, inputs, strict=True))
        args, kwargs = keras.tree.map_structure(lambda x: values.get(id(x), x), self._arguments)
        result = keras.tree.flatten(self._operation(*args, **kwargs))
        return result[0] if len(result) == 1 else result
