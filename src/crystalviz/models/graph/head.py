"""Find the scores of the classes in a network's output."""

from __future__ import annotations

from typing import Any, NamedTuple

from crystalviz.models.errors import ModelFileError
from crystalviz.models.graph.affine import Dense
from crystalviz.models.graph.flatten import Graph
from crystalviz.models.graph.pointwise import Activation


class Head(NamedTuple):
    """Where a network tells classes apart.

    Attributes
    ----------
    value : int
        Number of the value before the sigmoid or softmax, (batch, units): a saturated
        probability has no gradient.
    units : int
        1 for two classes in one unit, else the number of classes.
    """

    value: int
    units: int

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return max(2, self.units)

    def scores(self, values: dict[int, Any]) -> Any:
        """Return (batch, classes) float32; one unit z scores -z and z."""
        from keras import ops

        logits = ops.cast(values[self.value], "float32")
        return ops.concatenate([-logits, logits], axis=-1) if self.units == 1 else logits


def read_head(graph: Graph) -> Head | None:
    """Return the class head of a network, None if it has none.

    A head is one unit that ends in a sigmoid or is linear, or two or more that end in a
    softmax or are a linear dense layer. Everything else that ends in three or more numbers
    is taken for features.

    Raises
    ------
    ModelFileError
        If one or two units end in another activation: what they mean cannot be known.
    """
    shape = graph.shapes[graph.output]
    if len(shape) != 2 or shape[1] is None:
        return None
    units = int(shape[1])
    value = graph.output
    step = graph.step_of(value)
    while step is not None and getattr(step.operation, "kind", None) == "linear":
        value = step.inputs[0]
        step = graph.step_of(value)
    if step is None or any(value == pooled for _, pooled in graph.poolings):
        return None
    operation = step.operation
    if isinstance(operation, Activation):
        if operation.kind == ("sigmoid" if units == 1 else "softmax"):
            return Head(step.inputs[0], units)
        if units > 2:
            return None
        raise ModelFileError(
            f"{graph.name}: its {units}-unit output ends in {operation.kind!r}; crystalviz reads "
            "one sigmoid or linear unit, or two or more softmax or linear units"
        )
    if units <= 2 or isinstance(operation, Dense):
        return Head(value, units)
    return None
