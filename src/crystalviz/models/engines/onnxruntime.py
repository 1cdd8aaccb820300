"""The engine of ONNX Runtime."""

from __future__ import annotations

import numpy as np

from crystalviz._optional import require


class OnnxRuntimeEngine:
    """Runs an ONNX model on the CPU.

    Parameters
    ----------
    content : bytes
        A whole model, without outside data.
    """

    name = "onnx"
    precision = "f32"

    def __init__(self, content: bytes) -> None:
        runtime = require("onnxruntime", "onnx", "the engine 'onnx'")
        options = runtime.SessionOptions()
        # Errors only; they come as exceptions anyway.
        options.log_severity_level = 3
        self._session = runtime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Run one batch."""
        values = self._session.run(self._outputs, {self._input: images})
        return dict(zip(self._outputs, values, strict=True))
