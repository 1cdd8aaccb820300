"""The engine of Keras: a traced TensorFlow function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class KerasEngine:
    """Runs a traced function of a fixed batch."""

    name = "keras"
    precision = "f32"

    def __init__(self, function: Callable[[Any], dict[str, Any]]) -> None:
        self._function = function

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Run one batch."""
        return {name: value.numpy() for name, value in self._function(images).items()}
