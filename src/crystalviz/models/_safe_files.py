"""Look into a model file before Keras does: no code in it may run."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from crystalviz.models.errors import ModelFileError

# Both can carry Python byte code; Keras unpickles it unless told otherwise.
UNSAFE_CLASSES = {"Lambda", "TFSMLayer", "TorchModuleWrapper"}
MODEL_SUFFIXES = (".keras", ".h5", ".hdf5")


def check_model_file(path: Path) -> None:
    """Raise `ModelFileError` unless the file is a Keras model without code in it."""
    if not path.is_file():
        raise ModelFileError(
            f"{path}: no such model file; load_model takes 'crystalnet', 'resnet50', "
            "'resnet101' or the path of a .keras, .h5 or .onnx file"
        )
    suffix = path.suffix.lower()
    if suffix not in MODEL_SUFFIXES:
        raise ModelFileError(
            f"{path}: a {suffix or 'nameless'} file cannot be loaded as a model; save it from "
            "Keras with model.save('name.keras')"
        )
    config = _keras_config(path) if suffix == ".keras" else _h5_config(path)
    unsafe = sorted(_class_names(config) & UNSAFE_CLASSES)
    if unsafe:
        raise ModelFileError(
            f"{path}: holds a {', '.join(unsafe)} layer, which can run any code when it is loaded; "
            "rebuild the model from ordinary layers and save it again"
        )


def _keras_config(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelFileError(
            f"{path}: not a whole .keras file ({error}); save or copy it again"
        ) from error


def _h5_config(path: Path) -> Any:
    # Comes with TensorFlow; a model file cannot be loaded without it anyway.
    import h5py

    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
    except OSError as error:
        raise ModelFileError(
            f"{path}: not a whole HDF5 file ({error}); save or copy it again"
        ) from error
    if text is None:
        raise ModelFileError(
            f"{path}: holds weights without a model; save the whole model with "
            "model.save(); a ResNet takes them as load_model('resnet50', weights=...)"
        )
    return json.loads(text)


def _class_names(node: Any) -> set[str]:
    """All `class_name` values anywhere in a model configuration."""
    if isinstance(node, dict):
        found = {str(node["class_name"])} if "class_name" in node else set()
        return found.union(*(_class_names(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_class_names(value) for value in node))
    return set()
