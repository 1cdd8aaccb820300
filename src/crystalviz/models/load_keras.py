"""Read `.keras` and `.h5` files, and find the ONNX file that belongs to one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.models._keras import import_keras
from crystalviz.models._safe_files import check_model_file
from crystalviz.models.errors import ModelFileError
from crystalviz.models.facts import Facts, weights_digest
from crystalviz.models.load_onnx import read_own_onnx


def read_network(path: Path) -> Any:
    """Return the Keras model of a checked `.keras` or `.h5` file.

    Raises
    ------
    ModelFileError
        If it is missing, damaged, unsafe, or needs layers that Keras does not know.
    """
    _, keras = import_keras()
    check_model_file(path)
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises anything from KeyError to its own types for a file it cannot build.
        reason = str(error).strip().splitlines()
        raise ModelFileError(
            f"{path}: Keras {keras.__version__} cannot build the model "
            f"({reason[0] if reason else type(error).__name__}); save it again with this Keras, "
            "from ordinary layers"
        ) from error


def usual_preprocessing(network: Any) -> str:
    """Return what a network expects where nothing is said: by its number of channels."""
    shape = getattr(network, "input_shape", None)
    return "caffe" if isinstance(shape, tuple) and shape[-1] == 3 else "none"


def matching_onnx(path: Path, cam_layer: str | None) -> tuple[bytes, Facts] | None:
    """Return the ONNX form of a model file, if it lies beside it.

    Parameters
    ----------
    path : Path
        Of a `.keras` or `.h5` file.
    cam_layer : str or None
        The layer wanted for maps.

    Returns
    -------
    (bytes, Facts) or None
        None without a file that `Model.export_onnx` wrote of the same weights, and with maps
        of another layer.
    """
    beside = path.with_suffix(".onnx")
    if not beside.is_file():
        return None
    try:
        content, facts = read_own_onnx(beside)
    except ModelFileError:
        # Of another program, or damaged: the model itself is there.
        return None
    if cam_layer not in (None, facts.cam_layer) or facts.weights != file_digest(path):
        return None
    return content, facts


def file_digest(path: Path) -> str:
    """Return the `weights_digest` of a model file, without building the model."""
    h5py = require("h5py", "models", "reading the weights of a model file")
    values: list[np.ndarray] = []

    def collect(name: str, item: Any) -> None:
        # The states of the optimizer and of random generators are no weights.
        if isinstance(item, h5py.Dataset) and not {"optimizer", "seed_generator"} & set(
            name.split("/")
        ):
            values.append(item[()])

    if path.suffix.lower() == ".keras":
        with zipfile.ZipFile(path) as archive:
            source: Any = io.BytesIO(archive.read("model.weights.h5"))
    else:
        source = path
    with h5py.File(source, "r") as file:
        # Whole models keep them in a group.
        file.get("model_weights", file).visititems(collect)
    return weights_digest(values)
