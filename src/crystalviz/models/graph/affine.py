"""Operations that multiply by weights and add a bias."""

from __future__ import annotations

from typing import Any

from crystalviz.models.graph.operation import Operation


class Dense(Operation):
    """x W + b on the last axis."""

    def __init__(self, layer: Any) -> None:
        super().__init__(layer.name)
        self.kernel = layer.kernel
        self.bias = layer.bias

    def forward(self, *inputs: Any) -> Any:
        """Return x W + b."""
        from keras import ops

        result = ops.matmul(inputs[0], self.kernel)
        return result if self.bias is None else result + self.bias
