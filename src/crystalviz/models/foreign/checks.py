"""Refuse ONNX files that need code or data from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crystalviz._optional import require
from crystalviz.models.errors import ModelFileError

_STANDARD = {"", "ai.onnx", "ai.onnx.ml"}
# Operators from before 13 keep their axes elsewhere.
OLDEST = 13
PURPOSE = "reading an ONNX file of another program"


def open_checked(path: Path, content: bytes) -> Any:
    """Return an `onnx.ModelProto` with all its weights, of standard operators only.

    Raises
    ------
    ModelFileError
        If it is damaged, holds operators of other domains, keeps weights outside of its
        own folder, or cannot be brought to a version that is known here.
    """
    onnx = require("onnx", "onnx", PURPOSE)
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:
        raise ModelFileError(f"{path}: not a whole .onnx file; save or copy it again") from error
    _check_operators(path, model)
    _load_outside_weights(path, model)
    version = next((x.version for x in model.opset_import if x.domain in ("", "ai.onnx")), 0)
    try:
        if version < OLDEST:
            model = onnx.version_converter.convert_version(model, OLDEST)
        onnx.checker.check_model(model)
    except Exception as error:
        # The checker and the converter raise types of their own, and RuntimeError.
        reason = str(error).strip().splitlines()
        raise ModelFileError(
            f"{path}: not a valid ONNX model ({reason[0] if reason else type(error).__name__}); "
            f"export it again, with opset {OLDEST} or newer"
        ) from error
    return model


def _check_operators(path: Path, model: Any) -> None:
    foreign = {f"{node.domain}.{node.op_type}" for node in model.graph.node} - {
        f"{node.domain}.{node.op_type}" for node in model.graph.node if node.domain in _STANDARD
    }
    if foreign or model.functions:
        names = ", ".join(sorted(foreign)) or "functions of its own"
        raise ModelFileError(
            f"{path}: holds operators that are not part of ONNX ({names}); export it with the "
            "standard ones only"
        )


def _load_outside_weights(path: Path, model: Any) -> None:
    onnx = require("onnx", "onnx", PURPOSE)
    folder = path.resolve().parent
    external = onnx.TensorProto.EXTERNAL
    for tensor in model.graph.initializer:
        if tensor.data_location != external:
            continue
        place = next((x.value for x in tensor.external_data if x.key == "location"), "")
        file = (folder / place).resolve()
        if not place or not file.is_relative_to(folder):
            raise ModelFileError(
                f"{path}: keeps weights in {place!r}, outside of its own folder; export it as "
                "one file"
            )
        if not file.is_file():
            raise ModelFileError(
                f"{path}: its weights file {place!r} is not beside it; copy it too"
            )
    onnx.external_data_helper.load_external_data_for_model(model, str(folder))
