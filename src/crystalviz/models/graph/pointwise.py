"""Operations that treat every number by itself: activation functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from crystalviz.models.graph.operation import Operation


class Activation(Operation):
    """An activation function; `kind` is Keras' name of it."""

    def __init__(self, name: str, function: Callable[[Any], Any]) -> None:
        super().__init__(name)
        self.kind = getattr(function, "__name__", type(function).__name__)
        self._function = function
        self.has_rule = self.kind in SLOPES

    def forward(self, *inputs: Any) -> Any:
        """Apply the function."""
        return self._function(inputs[0])

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Multiply by the slope."""
        return [gradient * SLOPES[self.kind](inputs[0], output)]


class Rectifier(Operation):
    """The ReLU layer of Keras, with its slope below, threshold and ceiling."""

    has_rule = True

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self._layer = layer

    def forward(self, *inputs: Any) -> Any:
        """Apply the layer."""
        return self._layer(inputs[0])

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Pass on what lies above the threshold and below the ceiling."""
        from keras import ops

        x, layer = inputs[0], self._layer
        above = x > float(layer.threshold)
        passed = above if layer.max_value is None else above & (x < float(layer.max_value))
        below = ops.where(above, 0.0, float(layer.negative_slope))
        return [gradient * ops.where(passed, 1.0, below)]


class Leaky(Operation):
    """x above 0, `slope` times x below; the slope is a number or an array over the channels."""

    has_rule = True

    def __init__(self, name: str, slope: Any) -> None:
        super().__init__(name)
        self._slope = slope

    def forward(self, *inputs: Any) -> Any:
        """Apply the function."""
        from keras import ops

        return ops.where(inputs[0] > 0, inputs[0], inputs[0] * self._slope)

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Multiply by 1 above 0, by the slope below."""
        from keras import ops

        return [ops.where(inputs[0] > 0, gradient, gradient * self._slope)]


def _one_where(condition: Any) -> Any:
    from keras import ops

    return ops.cast(condition, "float32")


def _sigmoid(x: Any) -> Any:
    from keras import ops

    return ops.sigmoid(x)


def _silu_slope(x: Any, y: Any) -> Any:
    s = _sigmoid(x)
    return s + y * (1.0 - s)


def _gelu_slope(x: Any, y: Any) -> Any:
    """Slope of x Phi(x), Hendrycks and Gimpel, arXiv:1606.08415."""
    from keras import ops

    normal = ops.exp(-0.5 * x * x) * 0.3989422804014327
    return 0.5 * (1.0 + ops.erf(x * 0.7071067811865476)) + x * normal


def _hard_silu_slope(x: Any, y: Any) -> Any:
    from keras import ops

    return ops.where(x >= 3.0, 1.0, ops.where(x <= -3.0, 0.0, x / 3.0 + 0.5))


def _elu_slope(x: Any, y: Any) -> Any:
    from keras import ops

    return ops.where(x > 0, 1.0, y + 1.0)


# Slope at x where the function is y.
SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "linear": lambda x, y: 1.0,
    "relu": lambda x, y: _one_where(x > 0),
    "relu6": lambda x, y: _one_where((x > 0) & (x < 6.0)),
    "sigmoid": lambda x, y: y * (1.0 - y),
    "tanh": lambda x, y: 1.0 - y * y,
    "silu": _silu_slope,
    "gelu": _gelu_slope,
    "elu": _elu_slope,
    "softplus": lambda x, y: _sigmoid(x),
    "hard_sigmoid": lambda x, y: _one_where((x > -3.0) & (x < 3.0)) / 6.0,
    "hard_silu": _hard_silu_slope,
    "exponential": lambda x, y: y,
}
