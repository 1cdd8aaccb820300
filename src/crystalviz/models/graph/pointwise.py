"""Operations that treat every number by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crystalviz.models.graph.operation import Operation


class Activation(Operation):
    """An activation function; `kind` is Keras' name of it."""

    def __init__(self, name: str, function: Callable[[Any], Any]) -> None:
        super().__init__(name)
        self.kind = getattr(function, "__name__", type(function).__name__)
        self._function = function

    def forward(self, *inputs: Any) -> Any:
        """Apply the function."""
        return self._function(inputs[0])
