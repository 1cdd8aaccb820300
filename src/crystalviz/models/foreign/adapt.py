"""Give a classifier in ONNX the outputs of our own networks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from crystalviz._optional import require
from crystalviz.models.errors import LayerNotFoundError, ModelFileError
from crystalviz.models.facts import DEFAULT_CAM_LAYER, Facts, weights_digest
from crystalviz.models.foreign.checks import PURPOSE, open_checked
from crystalviz.models.foreign.gradient import gradient_to, mean_axes
from crystalviz.models.foreign.graph import OnnxGraph
from crystalviz.models.foreign.images import take_our_images

_HANDS_ON = {"Identity", "Dropout", "Cast"}


class _Map(NamedTuple):
    """A map: its value, and whether channels come second."""

    value: str
    channels_second: bool


def adapt(
    path: Path,
    content: bytes,
    class_names: Sequence[str] | None,
    preprocessing: str | None,
    cam_layer: str | None,
) -> tuple[bytes, Facts]:
    """Find head, vector and map in an ONNX model and make them its outputs.

    Parameters
    ----------
    path : Path
    content : bytes
    class_names, preprocessing, cam_layer : optional
        As of `load_model`. A layer goes by the name of a value, or by a part of it between
        slashes, as tf2onnx keeps the names of Keras' layers.

    Returns
    -------
    (bytes, Facts)
        The model from (batch, height, width, channels) to `vectors`, `scores`, `maps` and
        `activations`. The map is LayerCAM of the predicted class, at `conv5_block2_out` or
        else at the map that the vector is the mean of. Where a node between has no gradient
        rule, or there is no head: the mean activation, which tells of no class.

    Raises
    ------
    ModelFileError
        If the file cannot be trusted or is not of one image input (height, width and 1 or 3
        channels, these last or first) and one output.
    LayerNotFoundError
    """
    model = open_checked(path, content)
    shape = take_our_images(path, model)
    graph = OnnxGraph(model)
    output = _only_output(path, graph)
    score, units = _head(graph, output)
    source = _source(path, graph)
    explained = _explained(path, graph, source, cam_layer)
    outputs = {"activations": _channels_last(graph, source)}
    pooled = graph.add("GlobalAveragePool", [_channels_second(graph, source)])
    dimension = int(graph.shapes[source.value][1 if source.channels_second else 3] or 0)
    outputs["vectors"] = graph.reshaped(pooled, [dimension])
    gradient = None
    if score is not None:
        logits = graph.reshaped(score, [units])
        graph.shapes[logits] = (None, units)
        outputs["scores"] = _scores(graph, logits, units)
        seed = graph.reshaped(_predicted(graph, logits, units), graph.shapes[score][1:])  # type: ignore[arg-type]
        gradient = gradient_to(graph, score, seed, explained.value)
    outputs["maps"] = _layercam(graph, explained, gradient)
    rows, columns = _size(graph, explained)
    facts = Facts(
        name=path.stem,
        class_names=tuple(class_names or (f"class {i}" for i in range(max(2, units)))),
        units=units,
        preprocessing=preprocessing or ("caffe" if shape[2] == 3 else "none"),
        input_shape=shape,
        cam_layer=_layer_name(explained.value),
        feature_layer=_layer_name(source.value),
        layer_names=tuple(dict.fromkeys(map(_layer_name, _maps(graph)))),
        dimension=dimension,
        map_shape=(rows, columns),
        weights=weights_digest(graph.constants.values()),
    )
    return _with_outputs(graph, outputs), facts


def _only_output(path: Path, graph: OnnxGraph) -> str:
    outputs = [value.name for value in graph.graph.output]
    if len(outputs) != 1:
        raise ModelFileError(f"{path}: has {len(outputs)} outputs, crystalviz needs one")
    return str(outputs[0])


def _head(graph: OnnxGraph, output: str) -> tuple[str | None, int]:
    """Return the value of the logits and its units; (None, 0) without a class head."""
    value = output
    while (node := graph.made_by.get(value)) is not None and node.op_type in _HANDS_ON:
        value = node.input[0]
    shape = graph.shapes.get(value, ())
    if node is None or len(shape) < 2 or None in shape[1:]:
        return None, 0
    units = int(np.prod(shape[1:]))  # type: ignore[arg-type]
    if node.op_type == ("Sigmoid" if units == 1 else "Softmax"):
        return node.input[0], units
    linear = node
    while linear is not None and linear.op_type in _HANDS_ON | {"Flatten", "Reshape", "Squeeze"}:
        linear = graph.made_by.get(linear.input[0])
    if linear is not None and linear.op_type == "Add":
        linear = graph.made_by.get(linear.input[0]) or graph.made_by.get(linear.input[1])
    if linear is not None and linear.op_type in ("Gemm", "MatMul"):
        return value, units
    return None, 0


def _source(path: Path, graph: OnnxGraph) -> _Map:
    """Return the map that is pooled last, or else the last map."""
    for node in reversed(graph.graph.node):
        if not node.input or not graph.is_map(node.input[0]):
            continue
        axes = mean_axes(graph, node) if node.op_type == "ReduceMean" else None
        if node.op_type != "GlobalAveragePool" and axes not in ((1, 2), (2, 3)):
            continue
        if not any(graph.is_map(value) for value in graph.after(node.output[0])):
            return _Map(node.input[0], axes != (1, 2))
    maps = _maps(graph)
    if not maps:
        raise ModelFileError(f"{path}: has no convolutional map to take vectors of")
    return _Map(maps[-1], _has_channels_second(graph, maps[-1]))


def _maps(graph: OnnxGraph) -> list[str]:
    """Return the values that are maps, in order, each once where it is only turned."""
    return [
        out
        for node in graph.graph.node
        for out in node.output[:1]
        if graph.is_map(out) and node.op_type not in ("Transpose", "Pad", "Cast")
    ]


def _explained(path: Path, graph: OnnxGraph, source: _Map, wanted: str | None) -> _Map:
    """Return the map of a layer, by default of `conv5_block2_out` where there is one."""
    maps = _maps(graph)
    name = wanted or DEFAULT_CAM_LAYER
    # The last node of a layer: an Add comes before its Relu.
    for value in reversed(maps):
        # tf2onnx may count a layer's name up.
        if name == value or re.fullmatch(re.escape(name) + r"(_\d+)?", _layer_name(value)):
            return _Map(value, _has_channels_second(graph, value))
    if wanted is None:
        return source
    known = list(dict.fromkeys(map(_layer_name, maps)))
    near = difflib.get_close_matches(wanted, known, n=5, cutoff=0.5) or known[-5:]
    raise LayerNotFoundError(f"{path}: has no map {wanted!r}; there are {', '.join(near)}")


def _has_channels_second(graph: OnnxGraph, value: str) -> bool:
    """Follow a map back to what made it: convolutions put channels second."""
    second = True
    while (node := graph.made_by.get(value)) is not None and node.op_type != "Conv":
        if node.op_type == "Transpose":
            order = list(graph.attribute(node, "perm", []))
            second = {(0, 2, 3, 1): not second, (0, 3, 1, 2): not second}.get(tuple(order), second)
        inputs = [x for x in node.input if graph.is_map(x) and x not in graph.constants]
        if not inputs:
            break
        value = inputs[0]
    return second


def _layer_name(value: str) -> str:
    """Return the layer's part of a value's name, as "conv5_out" of "net/conv5_out/Relu:0"."""
    parts = [part for part in value.split(":")[0].split("/") if part]
    return parts[-2] if len(parts) > 1 else value


def _channels_second(graph: OnnxGraph, found: _Map) -> str:
    if found.channels_second:
        return found.value
    return graph.add("Transpose", [found.value], perm=[0, 3, 1, 2])


def _channels_last(graph: OnnxGraph, found: _Map) -> str:
    if found.channels_second:
        return graph.add("Transpose", [found.value], perm=[0, 2, 3, 1])
    return graph.add("Identity", [found.value])


def _size(graph: OnnxGraph, found: _Map) -> tuple[int, int]:
    shape = graph.shapes[found.value]
    rows, columns = shape[2:] if found.channels_second else shape[1:3]
    return int(rows or 0), int(columns or 0)


def _scores(graph: OnnxGraph, logits: str, units: int) -> str:
    if units > 1:
        return graph.add("Identity", [logits])
    return graph.add("Concat", [graph.add("Neg", [logits]), logits], axis=1)


def _predicted(graph: OnnxGraph, logits: str, units: int) -> str:
    """Return the gradient of the predicted class' score to the logits (batch, units)."""
    if units == 1:
        positive = graph.add("GreaterOrEqual", [logits, graph.constant(np.float32(0))])
        one = graph.constant(np.float32(1))
        return graph.add("Where", [positive, one, graph.constant(np.float32(-1))])
    # Of two equal scores the second, positive class is the predicted one.
    best = graph.add(
        "ArgMax", [logits], axis=1, keepdims=1, select_last_index=1 if units == 2 else 0
    )
    numbers = graph.constant(np.arange(units, dtype=np.int64)[None])
    return graph.add("Cast", [graph.add("Equal", [best, numbers])], to=1)


def _layercam(graph: OnnxGraph, found: _Map, gradient: str | None) -> str:
    """Return (batch, h, w), its peak at 1; without a gradient the mean positive activation."""
    if gradient is None:
        weighted = graph.add("Relu", [found.value])
    else:
        weighted = graph.add("Mul", [graph.add("Relu", [gradient]), found.value])
    channels = graph.constant(np.array([1 if found.channels_second else 3], np.int64))
    raw = graph.add("Relu", [graph.add("ReduceSum", [weighted, channels], keepdims=0)])
    rows, columns = _size(graph, found)
    peak = graph.add("GlobalMaxPool", [graph.reshaped(raw, [1, rows, columns])])
    peak = graph.reshaped(peak, [1, 1])
    above = graph.add("Greater", [peak, graph.constant(np.float32(0))])
    divisor = graph.add("Where", [above, peak, graph.constant(np.float32(1))])
    return graph.add("Div", [raw, divisor])


def _with_outputs(graph: OnnxGraph, outputs: dict[str, str]) -> bytes:
    onnx = require("onnx", "onnx", PURPOSE)
    del graph.graph.output[:]
    for name, value in outputs.items():
        graph.add("Identity", [value], output=name)
        graph.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    return bytes(graph.model.SerializeToString())
