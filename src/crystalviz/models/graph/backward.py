"""The gradient of a class' score, written with the operators of a forward pass."""

from __future__ import annotations

from typing import Any

from crystalviz.models.graph.flatten import Graph, Step
from crystalviz.models.graph.head import Head


def between(graph: Graph, start: int, head: Head) -> list[Step]:
    """Return the steps that lead from a value to the scores, in order."""
    onwards = graph.after(start)
    needed = {head.value}
    found = []
    for step in reversed(graph.steps):
        if not needed.isdisjoint(step.outputs) and not onwards.isdisjoint(step.inputs):
            needed.update(value for value in step.inputs if value in onwards)
            if start not in step.outputs:
                found.append(step)
    return found[::-1]


def without_rule(graph: Graph, start: int, head: Head | None) -> list[str]:
    """Return the names of the layers on the way to the scores whose gradient has no rule."""
    if head is None:
        return []
    steps = between(graph, start, head)
    return list(dict.fromkeys(s.operation.name for s in steps if not s.operation.has_rule))


def score_gradient(graph: Graph, head: Head, start: int, values: dict[int, Any]) -> Any:
    """Return the gradient of the predicted class' score to the value `start`.

    Parameters
    ----------
    graph : Graph
        Every step between has a rule.
    head : Head
    start : int
    values : dict
        Of a forward pass.

    Returns
    -------
    tensor of the value's shape
    """
    from keras import ops

    gradients: dict[int, Any] = {head.value: _predicted(head, values[head.value])}
    for step in reversed(between(graph, start, head)):
        if step.output not in gradients:
            continue
        inputs = [values[i] for i in step.inputs]
        parts = step.operation.backward(gradients.pop(step.output), inputs, values[step.output])
        for place, part in zip(step.inputs, parts, strict=True):
            gradients[place] = gradients[place] + part if place in gradients else part
    return gradients.get(start, ops.zeros_like(values[start]))


def _predicted(head: Head, logits: Any) -> Any:
    """Return the gradient of the predicted class' score to the logits (batch, units)."""
    from keras import ops

    if head.units == 1:
        return ops.where(logits >= 0, 1.0, -1.0)
    if head.units == 2:
        # As elsewhere: at equal scores the positive class is the predicted one.
        positive = ops.cast(logits[:, 1:] >= logits[:, :1], "float32")
        return ops.concatenate([1.0 - positive, positive], axis=-1)
    # Not argmax, which TensorFlow exports to an operator that ONNX Runtime does not know.
    best = ops.top_k(logits, k=1)[1][:, 0]
    return ops.one_hot(best, head.units, dtype="float32")
