"""Make an ONNX model take any number of images (height, width, channels)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.models.errors import ModelFileError
from crystalviz.models.foreign.checks import PURPOSE

DEFAULT_SIZE = 224
INPUT = "images"


def take_our_images(path: Path, model: Any) -> tuple[int, int, int]:
    """Give the model an input `images`, channels last and of any number.

    Returns
    -------
    (height, width, channels)

    Raises
    ------
    ModelFileError
        If it does not take one batch of float32 images.
    """
    onnx = require("onnx", "onnx", PURPOSE)
    fixed = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in fixed]
    if len(inputs) != 1:
        raise ModelFileError(f"{path}: has {len(inputs)} inputs, crystalviz needs one image")
    image = inputs[0]
    kind = image.type.tensor_type
    dims = [d.dim_value or None for d in kind.shape.dim]
    if kind.elem_type != onnx.TensorProto.FLOAT or len(dims) != 4:
        raise ModelFileError(
            f"{path}: takes {dims} of type {kind.elem_type}; crystalviz needs float32 images"
        )
    last = dims[3] in (1, 3)
    if not last and dims[1] not in (1, 3):
        raise ModelFileError(
            f"{path}: takes {dims}; crystalviz needs (batch, height, width, 1 or 3 channels), or "
            "the channels before height and width"
        )
    rows, columns, channels = dims[1:] if last else (dims[2], dims[3], dims[1])
    shape = (rows or DEFAULT_SIZE, columns or DEFAULT_SIZE, int(channels or 1))
    name = image.name
    if name == INPUT:
        name = _renamed(model, name)
    turn = (
        onnx.helper.make_node("Identity", [INPUT], [name])
        if last
        else onnx.helper.make_node("Transpose", [INPUT], [name], perm=[0, 3, 1, 2])
    )
    model.graph.input.remove(image)
    model.graph.input.insert(0, onnx.helper.make_tensor_value_info(INPUT, 1, ["batch", *shape]))
    model.graph.node.insert(0, turn)
    if dims[0] is not None:
        _free_batch(model, dims[0])
    # Shapes are worked out anew.
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    return shape


def _renamed(model: Any, name: str) -> str:
    """Rename a value wherever it is read; return the new name."""
    other = f"{name}/given"
    for node in model.graph.node:
        for i, value in enumerate(node.input):
            if value == name:
                node.input[i] = other
    return other


def _free_batch(model: Any, batch: int) -> None:
    """Let reshapes to a fixed number of images take any number."""
    onnx = require("onnx", "onnx", PURPOSE)
    targets = {
        node.input[1] for node in model.graph.node if node.op_type == "Reshape" and node.input[1:]
    }
    tensors = [t for t in model.graph.initializer if t.name in targets]
    tensors += [
        attribute.t
        for node in model.graph.node
        if node.op_type == "Constant" and node.output[0] in targets
        for attribute in node.attribute
        if attribute.name == "value"
    ]
    for tensor in tensors:
        shape = onnx.numpy_helper.to_array(tensor).copy()
        if shape.size and shape[0] == batch:
            # -1 may stand once; 0 keeps what the input has.
            shape[0] = 0 if (shape[1:] == -1).any() else -1
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.asarray(shape), tensor.name))
