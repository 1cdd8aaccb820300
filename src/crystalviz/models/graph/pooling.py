"""Operations that summarise windows of a map, or all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crystalviz.models.graph.affine import DepthwiseConvolution, padding_before
from crystalviz.models.graph.operation import Operation


class GlobalAverage(Operation):
    """The mean over rows and columns."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._keepdims = bool(layer.keepdims)

    def forward(self, *inputs: Any) -> Any:
        """Average."""
        from keras import ops

        return ops.mean(inputs[0], axis=(1, 2), keepdims=self._keepdims)

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Share out evenly."""
        from keras import ops

        _, rows, columns, channels = inputs[0].shape
        shared = ops.reshape(gradient, (-1, 1, 1, channels)) / float(rows * columns)
        return [ops.ones_like(inputs[0]) * shared]


class GlobalMax(Operation):
    """The maximum over rows and columns."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._keepdims = bool(layer.keepdims)

    def forward(self, *inputs: Any) -> Any:
        """Take the maximum."""
        from keras import ops

        return ops.max(inputs[0], axis=(1, 2), keepdims=self._keepdims)

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Give it to the places of the maximum, evenly where there are several."""
        from keras import ops

        shape = (-1, 1, 1, inputs[0].shape[3])
        at_peak = ops.cast(inputs[0] == ops.reshape(output, shape), "float32")
        share = ops.reshape(gradient, shape) / ops.sum(at_peak, axis=(1, 2), keepdims=True)
        return [at_peak * share]


class _Pooling(Operation):
    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self.size = tuple(layer.pool_size)
        self.strides = tuple(layer.strides)
        self.padding = str(layer.padding)

    def _windows(self, kernel: np.ndarray) -> DepthwiseConvolution:
        """Return the convolution that weighs each window with `kernel`."""
        return DepthwiseConvolution(self.name, kernel, None, self.strides, self.padding)

    def _arguments(self) -> dict[str, Any]:
        return {
            "pool_size": self.size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": "channels_last",
        }

    def _padding(self, image: Any, made: Any) -> list[tuple[int, int]]:
        """Return rows and columns put before and after the map, negative where cut off."""
        found = []
        for axis, (size, stride) in enumerate(zip(self.size, self.strides, strict=True), start=1):
            length, count = int(image.shape[axis]), int(made.shape[axis])
            before = padding_before(self.padding, length, count, size - 1, stride)
            found.append((before, (count - 1) * stride + size - length - before))
        return found


class AveragePooling(_Pooling):
    """The mean of each window, of what lies inside the map."""

    def forward(self, *inputs: Any) -> Any:
        """Average each window."""
        from keras import ops

        return ops.average_pool(inputs[0], **self._arguments())

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Share out evenly over each window."""
        image = inputs[0]
        counts = [
            _windows_inside(int(image.shape[axis]), int(output.shape[axis]), *rest)
            for axis, *rest in zip(
                (1, 2),
                self.size,
                self.strides,
                (p[0] for p in self._padding(image, output)),
                strict=True,
            )
        ]
        inside = np.outer(*counts).astype(np.float32)[None, :, :, None]
        ones = np.ones((*self.size, int(image.shape[3]), 1), np.float32)
        return self._windows(ones).backward(gradient / inside, inputs, output)


class MaxPooling(_Pooling):
    """The maximum of each window."""

    def forward(self, *inputs: Any) -> Any:
        """Take the maximum of each window."""
        from keras import ops

        return ops.max_pool(inputs[0], **self._arguments())

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Give it to the first place of each window's maximum, row by row as TensorFlow does."""
        from keras import ops

        image = inputs[0]
        widths = [
            (0, 0),
            *((max(b, 0), max(a, 0)) for b, a in self._padding(image, output)),
            (0, 0),
        ]
        padded = ops.pad(image, widths, constant_values=float(np.finfo(np.float32).min))
        rows, columns = int(output.shape[1]), int(output.shape[2])
        given = ops.zeros_like(output)
        total = None
        # A single place of every window at a time: its kernel is a one among zeros.
        for row in range(self.size[0]):
            for column in range(self.size[1]):
                there = padded[
                    :,
                    row : row + (rows - 1) * self.strides[0] + 1 : self.strides[0],
                    column : column + (columns - 1) * self.strides[1] + 1 : self.strides[1],
                    :,
                ]
                chosen = ops.cast(there == output, "float32") * (1.0 - given)
                given = given + chosen
                one = np.zeros((*self.size, int(image.shape[3]), 1), np.float32)
                one[row, column] = 1.0
                part = self._windows(one).backward(gradient * chosen, inputs, output)[0]
                total = part if total is None else total + part
        return [total]


def _windows_inside(length: int, count: int, size: int, stride: int, before: int) -> np.ndarray:
    """Return how many rows of each window lie inside the map."""
    start = np.arange(count) * stride - before
    return np.minimum(start + size, length) - np.maximum(start, 0)
