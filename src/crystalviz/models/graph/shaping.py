"""Operations that move numbers to other places: padding, cropping, reshaping, repeating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crystalviz.models.graph.operation import Operation


class Reshape(Operation):
    """Flatten or reshape everything but the batch."""

    has_rule = True

    def __init__(self, name: str, shape: Sequence[int]) -> None:
        super().__init__(name)
        self._shape = tuple(int(n) for n in shape)

    def forward(self, *inputs: Any) -> Any:
        """Reshape."""
        from keras import ops

        return ops.reshape(inputs[0], (-1, *self._shape))

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Reshape back."""
        from keras import ops

        return [ops.reshape(gradient, (-1, *inputs[0].shape[1:]))]


class Pad(Operation):
    """Zeros around a map."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._widths = [(0, 0), *map(tuple, layer.padding), (0, 0)]

    def forward(self, *inputs: Any) -> Any:
        """Pad."""
        from keras import ops

        return ops.pad(inputs[0], self._widths)

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Crop."""
        (top, _), (left, _) = self._widths[1:3]
        _, rows, columns, _ = inputs[0].shape
        return [gradient[:, top : top + rows, left : left + columns, :]]


class Crop(Operation):
    """A map without some of its rim."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._widths = [(0, 0), *map(tuple, layer.cropping), (0, 0)]

    def forward(self, *inputs: Any) -> Any:
        """Crop."""
        (top, bottom), (left, right) = self._widths[1:3]
        _, rows, columns, _ = inputs[0].shape
        return inputs[0][:, top : rows - bottom, left : columns - right, :]

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Pad."""
        from keras import ops

        return [ops.pad(gradient, self._widths)]


class RepeatPixels(Operation):
    """Upsampling that repeats every pixel."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._times = tuple(int(n) for n in layer.size)

    def forward(self, *inputs: Any) -> Any:
        """Repeat rows and columns."""
        from keras import ops

        return ops.repeat(ops.repeat(inputs[0], self._times[0], 1), self._times[1], 2)

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Sum over the copies."""
        from keras import ops

        _, rows, columns, channels = inputs[0].shape
        shape = (-1, rows, self._times[0], columns, self._times[1], channels)
        return [ops.sum(ops.reshape(gradient, shape), axis=(2, 4))]
