"""Operations that multiply by weights and add a bias: dense, convolutions, normalisation."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from crystalviz.models.graph.operation import Operation


class Weighted(Operation):
    """An operation with a kernel, whose output is scaled channel by channel when it is folded."""

    has_rule = True

    def __init__(self, name: str, kernel: Any, bias: Any) -> None:
        super().__init__(name)
        self.kernel = kernel
        self.bias = bias

    def frozen(self) -> Self:
        """Return a copy whose weights are float32 arrays."""
        fixed = copy.copy(self)
        fixed.kernel = as_array(self.kernel)
        fixed.bias = None if self.bias is None else as_array(self.bias)
        return fixed

    def scaled(self, factor: np.ndarray, shift: np.ndarray) -> Self:
        """Return the operation followed by `factor` and `shift`, (channels,) float64 each."""
        fixed = self.frozen()
        fixed.kernel = (fixed.kernel * self.spread(factor)).astype(np.float32)
        bias = 0.0 if fixed.bias is None else fixed.bias.astype(np.float64)
        fixed.bias = (bias * factor + shift).astype(np.float32)
        return fixed

    def spread(self, factor: np.ndarray) -> np.ndarray:
        """Bring factors of the output's channels into the kernel's shape."""
        return factor

    def _with_bias(self, result: Any) -> Any:
        return result if self.bias is None else result + self.bias


class Dense(Weighted):
    """x W + b on the last axis."""

    def forward(self, *inputs: Any) -> Any:
        """Return x W + b."""
        from keras import ops

        return self._with_bias(ops.matmul(inputs[0], self.kernel))

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Multiply by the transposed kernel."""
        from keras import ops

        return [ops.matmul(gradient, ops.transpose(self.kernel))]


class Convolution(Weighted):
    """A convolution of a map with a kernel (rows, columns, channels in, channels out)."""

    def __init__(
        self,
        name: str,
        kernel: Any,
        bias: Any,
        strides: Sequence[int],
        padding: str,
        dilation: Sequence[int] = (1, 1),
    ) -> None:
        super().__init__(name, kernel, bias)
        self.strides = tuple(strides)
        self.padding = padding
        self.dilation = tuple(dilation)

    def forward(self, *inputs: Any) -> Any:
        """Convolve."""
        from keras import ops

        return self._with_bias(
            ops.conv(
                inputs[0],
                self.kernel,
                strides=self.strides,
                padding=self.padding,
                data_format="channels_last",
                dilation_rate=self.dilation,
            )
        )

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Correlate the gradient with the mirrored kernel, channels in and out exchanged."""
        from keras import ops

        mirrored = ops.transpose(ops.flip(self.kernel, (0, 1)), (0, 1, 3, 2))
        spread = self._spread_out(gradient, inputs[0], self.kernel.shape[:2])
        return [self._correlate(spread, mirrored)]

    def _spread_out(self, gradient: Any, image: Any, size: Sequence[int]) -> Any:
        """Undo the strides with zeros, and pad so that the kernel's reach covers the input."""
        from keras import ops

        before, after = [], []
        for axis, (kernel, stride, dilation) in enumerate(
            zip(size, self.strides, self.dilation, strict=True), start=1
        ):
            length, made = int(image.shape[axis]), int(gradient.shape[axis])
            gradient = _between_zeros(gradient, axis, stride)
            reach = (kernel - 1) * dilation
            start = padding_before(self.padding, length, made, reach, stride)
            before.append(reach - start)
            after.append(length + start - (made - 1) * stride - 1)
        return ops.pad(gradient, [(0, 0), *zip(before, after, strict=True), (0, 0)])

    def _correlate(self, gradient: Any, kernel: Any) -> Any:
        from keras import ops

        return ops.conv(
            gradient,
            kernel,
            strides=1,
            padding="valid",
            data_format="channels_last",
            dilation_rate=self.dilation,
        )


class DepthwiseConvolution(Convolution):
    """Every channel by itself, with a kernel (rows, columns, channels, multiplier)."""

    def forward(self, *inputs: Any) -> Any:
        """Convolve."""
        from keras import ops

        return self._with_bias(
            ops.depthwise_conv(
                inputs[0],
                self.kernel,
                strides=self.strides,
                padding=self.padding,
                data_format="channels_last",
                dilation_rate=self.dilation,
            )
        )

    def spread(self, factor: np.ndarray) -> np.ndarray:
        """Output channel c * multiplier + m belongs to kernel[:, :, c, m]."""
        return factor.reshape(self.kernel.shape[2:])

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """As for any convolution, then sum over the multiplier."""
        from keras import ops

        rows, columns, channels, multiplier = self.kernel.shape
        mirrored = ops.reshape(
            ops.flip(self.kernel, (0, 1)), (rows, columns, channels * multiplier, 1)
        )
        spread = self._spread_out(gradient, inputs[0], (rows, columns))
        result = ops.depthwise_conv(
            spread,
            mirrored,
            strides=1,
            padding="valid",
            data_format="channels_last",
            dilation_rate=self.dilation,
        )
        if multiplier > 1:
            shape = (-1, *inputs[0].shape[1:3], channels, multiplier)
            result = ops.sum(ops.reshape(result, shape), axis=-1)
        return [result]


class BatchNorm(Operation):
    """Normalisation with the moving statistics: one factor and shift a channel."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._layer = layer

    def factor_and_shift(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (channels,) float64 each."""
        layer = self._layer
        variance = as_array(layer.moving_variance).astype(np.float64)
        factor = 1.0 / np.sqrt(variance + layer.epsilon)
        if layer.scale:
            factor = factor * as_array(layer.gamma)
        shift = -as_array(layer.moving_mean) * factor
        return factor, shift + as_array(layer.beta) if layer.center else shift

    def _factor(self) -> Any:
        from keras import ops

        factor = ops.rsqrt(self._layer.moving_variance + self._layer.epsilon)
        return factor * self._layer.gamma if self._layer.scale else factor

    def forward(self, *inputs: Any) -> Any:
        """Scale and shift."""
        factor = self._factor()
        shift = -self._layer.moving_mean * factor
        if self._layer.center:
            shift = shift + self._layer.beta
        return inputs[0] * factor + shift

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Scale by the same factor."""
        return [gradient * self._factor()]


class Scale(Operation):
    """Multiply by `factor` and add `shift`, numbers or arrays over the channels."""

    has_rule = True

    def __init__(self, name: str, factor: Any, shift: Any) -> None:
        super().__init__(name)
        self.factor = factor
        self.shift = shift

    def forward(self, *inputs: Any) -> Any:
        """Scale and shift."""
        return inputs[0] * self.factor + self.shift

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Scale by the same factor."""
        return [gradient * self.factor]


def as_array(weight: Any) -> np.ndarray:
    """Return a weight as float32."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(weight), np.float32)


def padding_before(padding: str, length: int, made: int, reach: int, stride: int) -> int:
    """Return how many zeros a window operation puts before the first row.

    TensorFlow's "same": the smaller half of what the windows reach beyond the input.
    """
    if padding == "valid":
        return 0
    return max((made - 1) * stride + reach + 1 - length, 0) // 2


def _between_zeros(values: Any, axis: int, stride: int) -> Any:
    """Put `stride - 1` zeros between the rows along an axis of a map."""
    from keras import ops

    if stride == 1:
        return values
    length = int(values.shape[axis])
    widths = [(0, 0)] * 5
    widths[axis + 1] = (0, stride - 1)
    spread = ops.pad(ops.expand_dims(values, axis + 1), widths)
    shape = [-1, *values.shape[1:]]
    shape[axis] = length * stride
    spread = ops.reshape(spread, shape)
    index = [slice(None)] * 4
    index[axis] = slice(0, (length - 1) * stride + 1)
    return spread[tuple(index)]
