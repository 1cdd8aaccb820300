"""The ResNets of Keras by name: with ImageNet weights or those of a file, its head included."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.models._keras import import_keras
from crystalviz.models.errors import ModelFileError
from crystalviz.models.model import Model

RESNETS = {"resnet50": "ResNet50", "resnet101": "ResNet101"}
_SHAPE = (224, 224, 3)
# Layers of a head, from the pooling to the output: ("dense", units) and ("norm",).
_Head = list[tuple[Any, ...]]
# The Georgia Project's, up to its output; dropout holds no weights.
_SEED_HEAD: _Head = [("dense", 512), ("norm",), ("dense", 256)]


def load_resnet(
    name: str,
    weights: str | os.PathLike[str] | None,
    class_names: Sequence[str] | None,
    cam_layer: str | None,
    engine: str,
    precision: str,
) -> Model:
    """Build a ResNet of Keras; parameters and errors as of `load_model`."""
    if weights is None or os.fspath(weights) == "imagenet":
        network = _with_imagenet_weights(name)
    else:
        network = _with_file_weights(name, Path(weights))
    return Model(
        network,
        name,
        class_names,
        "caffe",
        cam_layer,
        engine="keras" if engine == "auto" and precision == "f32" else engine,
        precision=precision,
    )


def _with_imagenet_weights(name: str) -> Any:
    try:
        return _backbone(name, "imagenet")
    except Exception as error:
        raise ModelFileError(
            f"{name}: its ImageNet weights, {_weights_name(name)}, are not in the Keras cache "
            f"(~/.keras/models) and could not be downloaded from storage.googleapis.com "
            f"({error}); connect once, or pass load_model({name!r}, weights=PATH) with "
            "a copy of that file"
        ) from error


def _with_file_weights(name: str, path: Path) -> Any:
    h5py = require("h5py", "models", "reading a weights file")
    if not path.is_file():
        raise ModelFileError(f"{path}: no such weights file for {name}")
    try:
        with h5py.File(path, "r") as file:
            group = file.get("model_weights", file)
            if "layer_names" in group.attrs:
                return _from_named_weights(name, group)
            head = _head_of_numbered(file)
        return _from_numbered_weights(name, path, head)
    except Exception as error:
        # h5py and Keras raise anything from KeyError to their own types.
        raise ModelFileError(
            f"{path}: does not hold weights for {name}, without its top layer or with a head of "
            f"dense layers ({error}); the file of Keras is {_weights_name(name)}"
        ) from error


def _weights_name(name: str) -> str:
    return f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5"


def _backbone(name: str, weights: str | None) -> Any:
    _, keras = import_keras()
    build = getattr(keras.applications, RESNETS[name])
    return build(include_top=False, weights=weights, input_shape=_SHAPE, pooling="avg")


def _with_head(name: str, head: _Head, nested: bool = False) -> Any:
    """Build the backbone with a head: hidden layers end in a ReLU, one unit in a sigmoid."""
    _, keras = import_keras()
    layers = keras.layers
    backbone = _backbone(name, None)
    if not head:
        return backbone
    if nested:
        build = getattr(keras.applications, RESNETS[name])
        inner = build(include_top=False, weights=None, input_shape=_SHAPE)
        image = keras.Input(_SHAPE)
        x = layers.GlobalAveragePooling2D()(inner(image))
    else:
        image, x = backbone.input, backbone.output
    last = max(i for i, layer in enumerate(head) if layer[0] == "dense")
    for i, layer in enumerate(head):
        if layer[0] == "norm":
            x = layers.BatchNormalization(name=f"head_{i}_norm")(x)
            continue
        units = int(layer[1])
        activation = "relu" if i < last else "sigmoid" if units == 1 else "softmax"
        x = layers.Dense(units, activation=activation, name=f"head_{i}_dense")(x)
    return keras.Model(image, x, name=name)


def _from_named_weights(name: str, group: Any) -> Any:
    """Read the older format, which names layers and weights; a backbone may be nested.

    The weights of a nested model stand in one group, those that are trained first, and
    still bear the names of their own layers.
    """
    found: dict[str, dict[str, np.ndarray]] = {}
    for outer in _texts(group.attrs["layer_names"]):
        for weight in _texts(group[outer].attrs["weight_names"]):
            parts = weight.split(":")[0].split("/")
            layer = parts[-2] if len(parts) > 1 else outer
            found.setdefault(layer, {})[parts[-1]] = np.asarray(group[outer][weight])
    known = {layer.name for layer in _backbone(name, None).layers}
    extra = [layer for layer in found if layer not in known]
    head: _Head = [
        ("dense", found[layer]["kernel"].shape[1]) if "kernel" in found[layer] else ("norm",)
        for layer in extra
    ]
    network = _with_head(name, head)
    ours = {f"head_{i}_{kind[0]}": extra[i] for i, kind in enumerate(head)}
    for layer in network.layers:
        values = found.get(ours.get(layer.name, layer.name), {})
        for weight in layer.weights:
            if weight.name not in values:
                raise ValueError(f"no {weight.name} of the layer {layer.name}")
            weight.assign(values[weight.name])
    return network


def _head_of_numbered(file: Any) -> _Head:
    """Return the head in a file of the newer format, which numbers the layers of a kind."""
    dense = {
        key: values["vars"]["0"].shape
        for key, values in file.get("layers", {}).items()
        if key.split("_")[0] == "dense" and "0" in values.get("vars", {})
    }
    order = sorted(dense, key=lambda key: int(key.removeprefix("dense").strip("_") or 0))
    units = [int(dense[key][1]) for key in order]
    if units[:-1] == [512, 256]:
        return [*_SEED_HEAD, ("dense", units[-1])]
    return [("dense", count) for count in units]


def _from_numbered_weights(name: str, path: Path, head: _Head) -> Any:
    failure: Exception | None = None
    for nested in (False, True) if head else (False,):
        network = _with_head(name, head, nested)
        try:
            with warnings.catch_warnings():
                # What does not fit is told by the exception.
                warnings.simplefilter("ignore")
                network.load_weights(path)
            return network
        except Exception as error:
            failure = failure or error
    assert failure is not None
    raise failure


def _texts(names: Any) -> list[str]:
    return [name.decode("utf-8") if isinstance(name, bytes) else str(name) for name in names]
