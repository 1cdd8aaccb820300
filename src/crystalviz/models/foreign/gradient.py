"""Gradients of ONNX nodes, as more nodes of the forward kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crystalviz.models.foreign.graph import OnnxGraph

Rule = Callable[[OnnxGraph, Any, str], "dict[str, str] | None"]


def gradient_to(graph: OnnxGraph, score: str, seed: str, start: str) -> str | None:
    """Append the gradient of a score to the value `start`.

    Parameters
    ----------
    graph : OnnxGraph
    score : str
        Value whose gradient `seed` is.
    seed : str
    start : str

    Returns
    -------
    str or None
        Name of the gradient; None, with some nodes left over that nothing reads, where
        a node on the way has no rule here.
    """
    onwards = graph.after(start)
    gradients = {score: seed}
    for node in reversed(list(graph.graph.node)):
        out = node.output[0] if node.output else ""
        if out not in gradients or out == start or onwards.isdisjoint(node.input):
            continue
        rule = RULES.get(node.op_type)
        parts = None if rule is None else rule(graph, node, gradients.pop(out))
        if parts is None:
            return None
        for value, part in parts.items():
            if value in onwards:
                known = gradients.get(value)
                gradients[value] = part if known is None else graph.add("Add", [known, part])
    return gradients.get(start)


def _as_it_is(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str]:
    return {node.input[0]: gradient}


def _relu(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str]:
    above = graph.add("Greater", [node.input[0], graph.constant(np.float32(0))])
    return {node.input[0]: graph.add("Mul", [gradient, graph.add("Cast", [above], to=1)])}


def _sigmoid(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str]:
    rest = graph.add("Sub", [graph.constant(np.float32(1)), node.output[0]])
    slope = graph.add("Mul", [node.output[0], rest])
    return {node.input[0]: graph.add("Mul", [gradient, slope])}


def _tanh(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str]:
    square = graph.add("Mul", [node.output[0], node.output[0]])
    slope = graph.add("Sub", [graph.constant(np.float32(1)), square])
    return {node.input[0]: graph.add("Mul", [gradient, slope])}


def _add(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    if node.input[0] == node.input[1]:
        return {node.input[0]: graph.add("Add", [gradient, gradient])}
    parts = {}
    for value in node.input:
        if value in graph.constants:
            continue
        if graph.shapes.get(value, ())[1:] != graph.shapes.get(node.output[0], (0, 0))[1:]:
            return None
        parts[value] = gradient
    return parts


def _sub(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    parts = _add(graph, node, gradient) if node.input[0] != node.input[1] else None
    if parts is not None and node.input[1] in parts:
        parts[node.input[1]] = graph.add("Neg", [gradient])
    return parts


def _mul(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    first, second = node.input
    if first in graph.constants:
        first, second = second, first
    same = graph.shapes.get(first, ())[1:] == graph.shapes.get(node.output[0], (0, 0))[1:]
    if second not in graph.constants or not same:
        return None
    return {first: graph.add("Mul", [gradient, second])}


def _div(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    first, second = node.input
    same = graph.shapes.get(first, ())[1:] == graph.shapes.get(node.output[0], (0, 0))[1:]
    if second not in graph.constants or not same:
        return None
    return {first: graph.add("Div", [gradient, second])}


def _matmul(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    kernel = graph.constants.get(node.input[1])
    if kernel is None or kernel.ndim != 2:
        return None
    return {node.input[0]: graph.add("MatMul", [gradient, graph.constant(kernel.T.copy())])}


def _gemm(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    kernel = graph.constants.get(node.input[1])
    if kernel is None or graph.attribute(node, "transA", 0):
        return None
    if not graph.attribute(node, "transB", 0):
        kernel = kernel.T
    kernel = kernel * np.float32(graph.attribute(node, "alpha", 1.0))
    return {node.input[0]: graph.add("MatMul", [gradient, graph.constant(kernel.copy())])}


def _batch_norm(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    scale, variance = graph.constants.get(node.input[1]), graph.constants.get(node.input[4])
    rank = len(graph.shapes.get(node.input[0], ()))
    if scale is None or variance is None or rank < 2:
        return None
    factor = scale / np.sqrt(variance + graph.attribute(node, "epsilon", 1e-5))
    factor = factor.astype(np.float32).reshape(-1, *[1] * (rank - 2))
    return {node.input[0]: graph.add("Mul", [gradient, graph.constant(factor)])}


def _conv(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    kernel = graph.constants.get(node.input[1])
    given = [n or 0 for n in graph.shapes.get(node.input[0], ())]
    made = [n or 0 for n in graph.shapes.get(node.output[0], ())]
    if kernel is None or len(given) != 4 or 0 in given[2:] or 0 in made[2:]:
        return None
    strides = graph.attribute(node, "strides", [1, 1])
    dilations = graph.attribute(node, "dilations", [1, 1])
    reach = [(k - 1) * d for k, d in zip(kernel.shape[2:], dilations, strict=True)]
    before = _pads_before(graph, node, given, made, strides, reach)
    group = int(graph.attribute(node, "group", 1))
    length = [(m - 1) * s + r + 1 for m, s, r in zip(made[2:], strides, reach, strict=True)]
    after = [n + b - w for n, b, w in zip(given[2:], before, length, strict=True)]
    plain = group == 1 and list(strides) == [1, 1]
    if plain and all(b <= r for b, r in zip(before, reach, strict=True)):
        # The mirrored kernel, channels in and out exchanged; the rims make up for the reach.
        mirrored = np.ascontiguousarray(kernel.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
        pads = [r - b for r, b in zip(reach, before, strict=True)]
        pads += [r + a for r, a in zip(reach, after, strict=True)]
        part = graph.add(
            "Conv", [gradient, graph.constant(mirrored)], dilations=dilations, pads=pads
        )
        return {node.input[0]: part}
    part = graph.add(
        "ConvTranspose",
        [gradient, node.input[1]],
        strides=strides,
        dilations=dilations,
        group=group,
        pads=[*before, *(max(-a, 0) for a in after)],
        output_padding=[max(a, 0) for a in after],
    )
    return {node.input[0]: part}


def _pads_before(
    graph: OnnxGraph, node: Any, given: Any, made: Any, strides: list[int], reach: list[int]
) -> list[int]:
    auto = graph.attribute(node, "auto_pad", b"NOTSET").decode()
    if auto in ("NOTSET", "VALID"):
        return list(graph.attribute(node, "pads", [0, 0, 0, 0])[:2]) if auto == "NOTSET" else [0, 0]
    total = [
        max((m - 1) * s + r + 1 - n, 0)
        for n, m, s, r in zip(given[2:], made[2:], strides, reach, strict=True)
    ]
    return [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]


def _global_average(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    shape = graph.shapes.get(node.input[0])
    if shape is None or len(shape) != 4 or None in shape[2:]:
        return None
    return {node.input[0]: _shared(graph, gradient, shape, (2, 3))}


def _reduce_mean(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    shape = graph.shapes.get(node.input[0])
    axes = mean_axes(graph, node)
    if shape is None or axes is None or 0 in axes or None in shape[1:]:
        return None
    kept = [1 if i in axes else n for i, n in enumerate(shape)][1:]
    return {node.input[0]: _shared(graph, graph.reshaped(gradient, kept), shape, axes)}  # type: ignore[arg-type]


def mean_axes(graph: OnnxGraph, node: Any) -> tuple[int, ...] | None:
    """Return the axes, counted from the front, of a ReduceMean; None if they are not fixed."""
    rank = len(graph.shapes.get(node.input[0], ()))
    axes = graph.attribute(node, "axes", None)
    if axes is None and len(node.input) > 1:
        axes = graph.constants.get(node.input[1])
    if axes is None or not rank:
        return None
    return tuple(sorted(int(axis) % rank for axis in axes))


def _shared(graph: OnnxGraph, gradient: str, shape: Any, axes: tuple[int, ...]) -> str:
    ones = [n if i in axes else 1 for i, n in enumerate(shape)]
    even = np.full(ones, 1.0 / np.prod([shape[axis] for axis in axes]), np.float32)
    return graph.add("Mul", [gradient, graph.constant(even)])


def _reshape(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    shape = graph.shapes.get(node.input[0])
    if shape is None or None in shape[1:]:
        return None
    return {node.input[0]: graph.reshaped(gradient, shape[1:])}  # type: ignore[arg-type]


def _transpose(graph: OnnxGraph, node: Any, gradient: str) -> dict[str, str] | None:
    order = graph.attribute(node, "perm", None)
    if order is None:
        return None
    back = [int(i) for i in np.argsort(order)]
    return {node.input[0]: graph.add("Transpose", [gradient], perm=back)}


RULES: dict[str, Rule] = {
    "Add": _add,
    "BatchNormalization": _batch_norm,
    "Conv": _conv,
    "Div": _div,
    "Dropout": _as_it_is,
    "Flatten": _reshape,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "Identity": _as_it_is,
    "MatMul": _matmul,
    "Mul": _mul,
    "ReduceMean": _reduce_mean,
    "Relu": _relu,
    "Reshape": _reshape,
    "Sigmoid": _sigmoid,
    "Squeeze": _reshape,
    "Sub": _sub,
    "Tanh": _tanh,
    "Transpose": _transpose,
    "Unsqueeze": _reshape,
}
