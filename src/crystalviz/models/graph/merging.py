"""Operations of several inputs: sums, products, concatenation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crystalviz.models.graph.operation import Operation


class Sum(Operation):
    """A weighted sum; smaller inputs are repeated as NumPy does."""

    has_rule = True

    def __init__(self, name: str, weights: Sequence[float]) -> None:
        super().__init__(name)
        self._weights = tuple(weights)

    def forward(self, *inputs: Any) -> Any:
        """Add up."""
        total = None
        for weight, x in zip(self._weights, inputs, strict=True):
            term = x if weight == 1.0 else x * weight
            total = term if total is None else total + term
        return total

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Hand on to each input, with its weight."""
        return [
            _like(gradient if weight == 1.0 else gradient * weight, x)
            for weight, x in zip(self._weights, inputs, strict=True)
        ]


class Product(Operation):
    """The product of two inputs, the smaller one repeated."""

    has_rule = True

    def forward(self, *inputs: Any) -> Any:
        """Multiply."""
        return inputs[0] * inputs[1]

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Multiply by the other input."""
        first, second = inputs
        return [_like(gradient * second, first), _like(gradient * first, second)]


class Concatenation(Operation):
    """Inputs one after the other along the channels."""

    has_rule = True

    def forward(self, *inputs: Any) -> Any:
        """Concatenate."""
        from keras import ops

        return ops.concatenate(list(inputs), axis=-1)

    def backward(self, gradient: Any, inputs: Sequence[Any], output: Any) -> list[Any]:
        """Cut apart again."""
        parts, start = [], 0
        for x in inputs:
            stop = start + int(x.shape[-1])
            parts.append(gradient[..., start:stop])
            start = stop
        return parts


def _like(gradient: Any, x: Any) -> Any:
    """Sum a gradient over the axes along which `x` was repeated."""
    from keras import ops

    axes = tuple(
        axis
        for axis in range(1, len(gradient.shape))
        if x.shape[axis] == 1 and gradient.shape[axis] != 1
    )
    return ops.sum(gradient, axis=axes, keepdims=True) if axes else gradient
