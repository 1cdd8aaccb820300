"""An ONNX graph with shapes and constants at hand, and room for new nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.models.foreign.checks import PURPOSE

_PREFIX = "crystalviz"


class OnnxGraph:
    """A checked model; values are known by their names."""

    def __init__(self, model: Any) -> None:
        self._onnx = require("onnx", "onnx", PURPOSE)
        self.model = model
        self.graph = model.graph
        self.made_by: dict[str, Any] = {}
        self.constants: dict[str, np.ndarray] = {}
        self.shapes: dict[str, tuple[int | None, ...]] = {}
        self._count = 0
        self.refresh()

    def refresh(self) -> None:
        """Look at the graph again after it was changed."""
        to_array = self._onnx.numpy_helper.to_array
        self.made_by = {out: node for node in self.graph.node for out in node.output}
        self.constants = {tensor.name: to_array(tensor) for tensor in self.graph.initializer}
        for node in self.graph.node:
            if node.op_type == "Constant":
                for attribute in node.attribute:
                    if attribute.name == "value":
                        self.constants[node.output[0]] = to_array(attribute.t)
        inferred = self._onnx.shape_inference.infer_shapes(self.model, data_prop=True).graph
        for value in (*inferred.input, *inferred.value_info, *inferred.output):
            kind = value.type.tensor_type
            if kind.HasField("shape"):
                self.shapes[value.name] = tuple(
                    d.dim_value if d.HasField("dim_value") else None for d in kind.shape.dim
                )
        for name, array in self.constants.items():
            self.shapes[name] = array.shape

    def attribute(self, node: Any, name: str, default: Any) -> Any:
        """Return an attribute of a node."""
        for attribute in node.attribute:
            if attribute.name == name:
                return self._onnx.helper.get_attribute_value(attribute)
        return default

    def constant(self, values: Any) -> str:
        """Add a constant; return its name."""
        array = np.asarray(values)
        name = self._name("constant")
        self.graph.initializer.append(self._onnx.numpy_helper.from_array(array, name))
        self.constants[name] = array
        self.shapes[name] = array.shape
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Append a node; return the name of what it makes."""
        made = output or self._name(kind)
        self.graph.node.append(
            self._onnx.helper.make_node(kind, list(inputs), [made], name=made, **attributes)
        )
        return made

    def reshaped(self, value: str, shape: Sequence[int]) -> str:
        """Append a reshape of everything but the batch; return its name."""
        return self.add("Reshape", [value, self.constant(np.array([-1, *shape], np.int64))])

    def after(self, value: str) -> set[str]:
        """Return the values that are computed from `value`, itself included."""
        found = {value}
        for node in self.graph.node:
            if not found.isdisjoint(node.input):
                found.update(node.output)
        return found

    def is_map(self, value: str) -> bool:
        """Whether a value has four dimensions, more than one pixel large."""
        shape = self.shapes.get(value, ())
        return len(shape) == 4 and None not in shape[1:] and sum(n != 1 for n in shape[1:]) > 1

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{_PREFIX}/{kind}_{self._count}"
