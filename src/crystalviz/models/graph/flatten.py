"""From a Keras model, with models nested in it, to one list of steps."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crystalviz.models.errors import LayerNotFoundError, ModelFileError
from crystalviz.models.graph.lower import lower
from crystalviz.models.graph.operation import Operation

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Step:
    """One operation, the numbers of the values it reads and of those it makes."""

    operation: Operation
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def output(self) -> int:
        """The first value it makes."""
        return self.outputs[0]


@dataclass
class Graph:
    """A flattened network.

    Attributes
    ----------
    name : str
    steps : list of Step
        In an order in which they can run.
    input, output : int
        Numbers of the image and of the network's output.
    layers : dict
        Name of a layer, or of a nested model, -> number of its (last) output.
    shapes : list of tuple
        Of each value as Keras knows it, the batch first.
    poolings : list of (int, int)
        (input, output) of each global average pooling of a map.
    """

    name: str
    steps: list[Step] = field(default_factory=list)
    input: int = 0
    output: int = 0
    layers: dict[str, int] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    poolings: list[tuple[int, int]] = field(default_factory=list)

    def is_map(self, value: int) -> bool:
        """Whether a value is (batch, height, width, channels), larger than one pixel."""
        shape = self.shapes[value]
        return len(shape) == 4 and value != self.input and shape[1] != 1

    def find(self, name: str) -> int:
        """Return the value that the layer called `name` puts out.

        Raises
        ------
        LayerNotFoundError
            With the nearest names there are.
        """
        if name in self.layers:
            return self.layers[name]
        near = difflib.get_close_matches(name, self.layers, n=5, cutoff=0.5)
        maps = [layer for layer, value in self.layers.items() if self.is_map(value)][-5:]
        hint = (
            f"did you mean {', '.join(near)}?" if near else f"the last maps are {', '.join(maps)}"
        )
        raise LayerNotFoundError(f"the model {self.name!r} has no layer {name!r}; {hint}")

    def last_map(self) -> str | None:
        """Return the name of the layer that makes the last map."""
        maps = [layer for layer, value in self.layers.items() if self.is_map(value)]
        last = max((self.layers[layer] for layer in maps), default=None)
        return next((layer for layer in maps if self.layers[layer] == last), None)

    def source(self) -> tuple[int, int | None]:
        """Return the map whose spatial mean is the vector, and the pooled value if it is there.

        The last global average pooling that no later map depends on: those inside
        squeeze-and-excitation blocks only weigh channels.
        """
        for pooled_map, pooled in reversed(self.poolings):
            if not any(self.is_map(value) for value in self.after(pooled)):
                return pooled_map, pooled
        last = self.last_map()
        if last is None:
            raise ModelFileError(f"{self.name}: has no convolutional map to take vectors of")
        return self.layers[last], None

    def source_layer(self) -> str:
        """Return the name of the layer that puts out the map of `source`."""
        value, _ = self.source()
        return next(layer for layer, made in self.layers.items() if made == value)

    def after(self, value: int) -> set[int]:
        """Return the values that are computed from `value`, itself included."""
        found = {value}
        for step in self.steps:
            if not found.isdisjoint(step.inputs):
                found.update(step.outputs)
        return found

    def step_of(self, value: int) -> Step | None:
        """Return the step that makes a value; None for the image."""
        return next((step for step in self.steps if value in step.outputs), None)

    def run(self, image: Any, watch: Any = None) -> dict[int, Any]:
        """Run all steps.

        Parameters
        ----------
        image : tensor
        watch : callable, optional
            Is handed the number and tensor of each value as it is made.

        Returns
        -------
        dict
            Number of each value -> tensor.
        """
        values = {self.input: image}
        if watch is not None:
            watch(self.input, image)
        for step in self.steps:
            made = step.operation.forward(*(values[i] for i in step.inputs))
            for place, tensor in zip(
                step.outputs, made if isinstance(made, list) else [made], strict=True
            ):
                values[place] = tensor
                if watch is not None:
                    watch(place, tensor)
        return values


def flatten(network: Any) -> Graph:
    """Flatten a functional or sequential model of Keras, nested ones in their place.

    Raises
    ------
    ModelFileError
        If the network is neither: its inside is known only to its Python code.
    """
    import keras

    if not isinstance(network, (keras.Function, keras.Sequential)):
        raise ModelFileError(
            f"the model {network.name!r} is a {type(network).__name__}; crystalviz reads "
            "functional and sequential models of Keras"
        )
    graph = Graph(str(network.name))
    graph.shapes.append(tuple(network.inputs[0].shape))
    graph.output = _inline(graph, network, [graph.input])[0]
    return graph


def _inline(graph: Graph, network: Any, inputs: Sequence[int]) -> list[int]:
    """Append a model's steps; return the numbers of its outputs."""
    function = getattr(network, "_functional", network)
    values = {id(tensor): value for tensor, value in zip(function.inputs, inputs, strict=True)}
    for tensor, value in zip(function.inputs, inputs, strict=True):
        # The input layer's name stands for what goes into it.
        graph.layers[tensor._keras_history.operation.name] = value
    for depth in sorted(function._nodes_by_depth, reverse=True):
        for node in function._nodes_by_depth[depth]:
            if node.operation is None or node.is_input:
                continue
            made = _append(graph, node, [values[id(x)] for x in node.arguments.keras_tensors])
            values.update(zip((id(x) for x in node.outputs), made, strict=True))
    return [values[id(tensor)] for tensor in function.outputs]


def _append(graph: Graph, node: Any, inputs: list[int]) -> list[int]:
    """Append one call of a layer or nested model; return the numbers of what it makes."""
    import keras

    layer = node.operation
    if isinstance(layer, (keras.Function, keras.Sequential)):
        made = _inline(graph, layer, inputs)
    else:
        shapes = [tuple(x.shape) for x in node.outputs]
        made = inputs
        for operation in lower(node):
            given, made = (
                tuple(made),
                list(range(len(graph.shapes), len(graph.shapes) + len(shapes))),
            )
            graph.shapes.extend(shapes)
            graph.steps.append(Step(operation, given, tuple(made)))
        if type(layer).__name__ == "GlobalAveragePooling2D" and graph.is_map(inputs[0]):
            graph.poolings.append((inputs[0], made[0]))
    # Last wins for a layer that is called twice; and goes to the end, to keep the order.
    graph.layers.pop(layer.name, None)
    graph.layers[layer.name] = made[0]
    return made
