"""The ResNets of Keras by name: with ImageNet weights or those of a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from crystalviz.models._keras import import_keras
from crystalviz.models.errors import ModelFileError
from crystalviz.models.model import Model

RESNETS = {"resnet50": "ResNet50", "resnet101": "ResNet101"}


def load_resnet(
    name: str,
    weights: str | os.PathLike[str] | None,
    class_names: Sequence[str] | None,
    cam_layer: str | None,
    engine: str,
    precision: str,
) -> Model:
    """Build a ResNet of Keras; parameters and errors as of `load_model`."""
    _, keras = import_keras()
    build = getattr(keras.applications, RESNETS[name])
    if weights is not None and not Path(weights).is_file():
        raise ModelFileError(f"{weights}: no such weights file for {name}")
    try:
        network = build(
            include_top=False,
            weights="imagenet" if weights is None else os.fspath(weights),
            input_shape=(224, 224, 3),
            pooling="avg",
        )
    except Exception as error:
        file = f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5"
        if weights is None:
            raise ModelFileError(
                f"{name}: its ImageNet weights, {file}, are not in the Keras cache "
                f"(~/.keras/models) and could not be downloaded from storage.googleapis.com "
                f"({error}); connect once, or pass load_model({name!r}, weights=PATH) with "
                "a copy of that file"
            ) from error
        raise ModelFileError(
            f"{weights}: does not hold weights for {name} without its top layer ({error}); "
            f"the file wanted is {file}"
        ) from error
    return Model(
        network,
        name,
        class_names,
        "caffe",
        cam_layer,
        engine="keras" if engine == "auto" and precision == "f32" else engine,
        precision=precision,
    )
