"""Find layers by name or by role, also inside nested models."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from crystalviz.models.errors import LayerNotFoundError


def walk_layers(model: Any) -> Iterator[Any]:
    """Yield every layer in order, those of nested models in their place.

    A nested model is yielded after its layers, so it can be named too.
    """
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from walk_layers(layer)
        yield layer


def find_layer(model: Any, name: str) -> Any:
    """Return the layer called `name`.

    Raises
    ------
    LayerNotFoundError
        With the nearest names the model does have.
    """
    names = []
    for layer in walk_layers(model):
        if layer.name == name:
            return layer
        names.append(layer.name)
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.5)
    spatial = [layer.name for layer in walk_layers(model) if _is_map(layer)][-5:]
    hint = f"did you mean {', '.join(near)}?" if near else f"the last maps are {', '.join(spatial)}"
    raise LayerNotFoundError(f"the model {model.name!r} has no layer {name!r}; {hint}")


def last_map(model: Any) -> Any | None:
    """Return the last layer whose output is a map (batch, height, width, channels)."""
    maps = [layer for layer in walk_layers(model) if _is_map(layer)]
    return maps[-1] if maps else None


def last_average_pooling(model: Any) -> Any | None:
    """Return the last global average pooling layer."""
    found = [x for x in walk_layers(model) if type(x).__name__ == "GlobalAveragePooling2D"]
    return found[-1] if found else None


def output_layer(model: Any) -> Any:
    """Return the layer that makes the model's output, through nested models."""
    layer = model.outputs[0]._keras_history.operation
    while hasattr(layer, "layers"):
        layer = layer.outputs[0]._keras_history.operation
    return layer


def _is_map(layer: Any) -> bool:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):
        return False
    # A pooled map of 1 x 1 explains nothing about where.
    return len(shape) == 4 and shape[1] != 1 and type(layer).__name__ != "InputLayer"
