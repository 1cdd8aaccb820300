"""The engine of OpenVINO."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.models.engines.base import BATCH, OUTPUTS


class OpenVinoEngine:
    """Runs an ONNX model on the CPU.

    Parameters
    ----------
    content : bytes
        A whole model, without outside data.
    input_shape : (height, width, channels)
    precision : {"f32", "bf16"}
        Said in either case: left alone OpenVINO takes bf16 where the processor has it, and
        the numbers would differ between machines.
    """

    name = "openvino"

    def __init__(
        self, content: bytes, input_shape: tuple[int, int, int], precision: str = "f32"
    ) -> None:
        openvino = require("openvino", "openvino", "the engine 'openvino'")
        self.precision = precision
        core = openvino.Core()
        network = core.read_model(content)
        network.reshape([BATCH, *input_shape])
        self._compiled = core.compile_model(
            network,
            "CPU",
            {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision},
        )
        # OpenVINO gives a tensor the names of all that was fused into it.
        self._outputs = [
            next((name for name in OUTPUTS if name in output.names), output.any_name)
            for output in self._compiled.outputs
        ]
        # A request holds the buffers of one inference: one for each thread.
        self._requests = threading.local()

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Run one batch."""
        request: Any = getattr(self._requests, "request", None)
        if request is None:
            request = self._requests.request = self._compiled.create_infer_request()
        request.infer([images], share_inputs=True)
        return {
            name: np.array(request.get_output_tensor(i).data, np.float32)
            for i, name in enumerate(self._outputs)
        }
