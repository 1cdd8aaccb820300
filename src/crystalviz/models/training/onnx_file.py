"""The trained network as an ONNX file, compared with Keras before it counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crystalviz.models.load import load_model
from crystalviz.models.model import Model

TOLERANCE = 1e-4


def write_onnx(model: Model, path: Path, pixels: np.ndarray) -> float:
    """Export a model and run both on some of its own pictures.

    Parameters
    ----------
    model : Model
        On Keras.
    path : Path
        The file stays only where it agrees.
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
    ModelFileError
        If the network cannot be exported.
    RuntimeError
        If a probability differs by more than 1e-4.
    """
    model.export_onnx(path)
    pictures = list(pixels)
    given = load_model(path, engine="onnx").one_pass(pictures).class_probability
    difference = float(np.abs(given - model.one_pass(pictures).class_probability).max())
    if not difference <= TOLERANCE:
        path.unlink()
        raise RuntimeError(
            f"{path.name}: differs from the Keras model by {difference:.1e} on {len(pictures)} "
            f"pictures, more than {TOLERANCE:g}; the file is not written"
        )
    return difference
