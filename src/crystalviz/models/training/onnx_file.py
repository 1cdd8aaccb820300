"""The trained network as an ONNX file, compared with Keras before it counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crystalviz._optional import require
from crystalviz.models.model import Model

TOLERANCE = 1e-4


def write_onnx(model: Model, path: Path, pixels: np.ndarray) -> float:
    """Export a model and run both on some pictures.

    Parameters
    ----------
    model : Model
    path : Path
        Appears only when it agrees with Keras.
    pixels : (n, H, W) uint8
        A few pictures to compare on.

    Returns
    -------
    float
        The largest difference of a class probability.

    Raises
    ------
    MissingDependencyError
        If the packages of the extra `onnx` are not installed.
    RuntimeError
        If a probability differs by more than 1e-4.
    """
    require("tf2onnx", "onnx", "writing an ONNX file")
    runtime = require("onnxruntime", "onnx", "checking an ONNX file")
    temporary = path.with_name(path.name + ".part")
    prepared = model.prepare(list(pixels))
    # Called before it is exported: Keras takes the signature from there.
    expected = model.network.predict_on_batch(prepared)
    model.network.export(str(temporary), format="onnx", verbose=False)
    session = runtime.InferenceSession(str(temporary), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: prepared})
    difference = float(np.abs(output - expected).max())
    if not difference <= TOLERANCE:
        temporary.unlink()
        raise RuntimeError(
            f"{path.name}: differs from the Keras model by {difference:.1e} on {len(pixels)} "
            f"pictures, more than {TOLERANCE:g}; the file is not written"
        )
    temporary.replace(path)
    return difference
