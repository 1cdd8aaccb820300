"""Which engine runs a model."""

from __future__ import annotations

import importlib.util

from crystalviz._optional import MissingDependencyError
from crystalviz.models.engines.base import Engine
from crystalviz.models.engines.onnxruntime import OnnxRuntimeEngine
from crystalviz.models.engines.openvino import OpenVinoEngine

ENGINES = {"openvino": "openvino", "onnx": "onnxruntime", "keras": "tensorflow"}
"""Engines and the packages they need, the fastest first."""

PRECISIONS = ("f32", "bf16")
"""Arithmetic: 32-bit, or the 16-bit numbers that new processors multiply twice as fast."""


def choose_engine(engine: str, precision: str, *, needs_onnx: bool = False) -> str:
    """Return the name of an engine that is installed.

    Parameters
    ----------
    engine : str
        A key of `ENGINES`, or "auto".
    precision : str
        One of `PRECISIONS`; "bf16" is for OpenVINO.
    needs_onnx : bool
        Whether the model is an ONNX file, which Keras does not run.

    Raises
    ------
    ValueError
        For an unknown engine or precision.
    MissingDependencyError
        If nothing is installed that could run the model.
    """
    if engine != "auto" and engine not in ENGINES:
        raise ValueError(f"no engine {engine!r}; there are auto, {', '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise ValueError(f"no precision {precision!r}; there are {', '.join(PRECISIONS)}")
    if precision == "bf16":
        if engine not in ("auto", "openvino"):
            raise ValueError(f"the engine {engine!r} runs in f32; bf16 needs engine='openvino'")
        return "openvino"
    if needs_onnx and engine == "keras":
        raise ValueError("the engine 'keras' does not run ONNX files; take onnx or openvino")
    if engine != "auto":
        return engine
    for name, package in ENGINES.items():
        if not (needs_onnx and name == "keras") and installed(package):
            return name
    keras = "" if needs_onnx else ', or pip install "crystalviz[models]" (TensorFlow)'
    raise MissingDependencyError(
        'running this model needs an engine: pip install "crystalviz[openvino]" (the fastest) '
        f'or pip install "crystalviz[onnx]"{keras}'
    )


def installed(package: str) -> bool:
    """Whether a package can be imported, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:
        # Blocked by an entry of None in sys.modules.
        return False


def open_onnx(
    engine: str, precision: str, content: bytes, input_shape: tuple[int, int, int]
) -> Engine:
    """Return an engine, "onnx" or "openvino", for a model in ONNX form.

    Raises
    ------
    MissingDependencyError
    RuntimeError
        If the engine cannot run the model.
    """
    if engine == "onnx":
        return OnnxRuntimeEngine(content)
    return OpenVinoEngine(content, input_shape, precision)
