"""What runs a network: Keras on TensorFlow, ONNX Runtime or OpenVINO, behind one interface.

An engine takes batches of one fixed size and gives the outputs of the fused network by name:
`vectors`, `scores` (with a class head), `maps`, `activations`.
"""

from crystalviz.models.engines.base import BATCH, Engine
from crystalviz.models.engines.choose import ENGINES, PRECISIONS, choose_engine, open_onnx

__all__ = ["BATCH", "ENGINES", "PRECISIONS", "Engine", "choose_engine", "open_onnx"]
