"""Load a model by name or from a file."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crystalviz.models._keras import import_keras
from crystalviz.models._safe_files import check_model_file
from crystalviz.models.errors import ModelFileError
from crystalviz.models.model import Model, file_name

CRYSTALNET_FILE = Path(__file__).with_name("crystalnet.keras")
CRYSTAL_CLASSES = ("CEX", "PG")
RESNETS = {"resnet50": "ResNet50", "resnet101": "ResNet101"}


def load_model(
    name_or_path: str | os.PathLike[str],
    *,
    weights: str | os.PathLike[str] | None = None,
    class_names: Sequence[str] | None = None,
    preprocessing: str | None = None,
    cam_layer: str | None = None,
) -> Model:
    """Load a model.

    Parameters
    ----------
    name_or_path : str or path
        `"crystalnet"` (in the package, offline); `"resnet50"` or `"resnet101"` (Keras,
        ImageNet weights, which Keras downloads from storage.googleapis.com on first use);
        or a `.keras` or `.h5` file with a whole model.
    weights : path, optional
        For the ResNets: a weights file without the top layer, so that nothing is
        downloaded.
    class_names : sequence of str, optional
        Classes of a file's model in the order of its units; negative and positive class
        where it has one unit.
    preprocessing : {"none", "unit", "tf", "caffe"}, optional
        What a file's model expects: gray 0..255, 0..1, -1..1, or ImageNet means taken
        off. By default "none" for one input channel and "caffe" for three, as the
        ResNets of Keras want.
    cam_layer : str, optional
        Where maps are taken; by default `conv5_block2_out`, else the last map.

    Returns
    -------
    Model

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, of another kind, or could run code.
    MissingDependencyError
        If TensorFlow is not installed.

    Notes
    -----
    A JSON file beside the model, `<file>.json`, may hold `class_names`,
    `preprocessing` and `cam_layer`; arguments go before it. The ResNets have no class
    head: their probability is NaN.
    """
    name = os.fspath(name_or_path)
    if name == "crystalnet":
        return _crystalnet(cam_layer)
    if name in RESNETS:
        return _resnet(name, weights, cam_layer)
    if weights is not None:
        raise ValueError(f"weights= goes with {' or '.join(RESNETS)}; {name!r} has its own")
    path = Path(name)
    if not path.is_file() and not path.suffix:
        known = ", ".join(["crystalnet", *RESNETS])
        raise ModelFileError(f"{name}: neither a model's name ({known}) nor a .keras or .h5 file")
    network = read_network(path)
    facts = _sidecar(path)
    channels = (network.input_shape or (0,))[-1] if hasattr(network, "input_shape") else 0
    return Model(
        network,
        name=file_name(path),
        class_names=class_names or facts.get("class_names"),
        preprocessing=preprocessing
        or facts.get("preprocessing", "caffe" if channels == 3 else "none"),
        cam_layer=cam_layer or facts.get("cam_layer"),
    )


def read_network(path: Path) -> Any:
    """Return the Keras model of a checked `.keras` or `.h5` file.

    Raises
    ------
    ModelFileError
        If it is missing, damaged, unsafe, or needs layers that Keras does not know.
    """
    _, keras = import_keras()
    check_model_file(path)
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises anything from KeyError to its own types for a file it cannot build.
        reason = str(error).strip().splitlines()
        raise ModelFileError(
            f"{path}: Keras {keras.__version__} cannot build the model "
            f"({reason[0] if reason else type(error).__name__}); save it again with this Keras, "
            "from ordinary layers"
        ) from error


@functools.lru_cache(maxsize=4)
def _crystalnet(cam_layer: str | None) -> Model:
    """Load the embedded model; kept once, because calls by name come often."""
    return Model(
        read_network(CRYSTALNET_FILE),
        name="crystalnet",
        class_names=CRYSTAL_CLASSES,
        preprocessing="none",
        cam_layer=cam_layer,
    )


def _resnet(name: str, weights: str | os.PathLike[str] | None, cam_layer: str | None) -> Model:
    """Build a headless ResNet of Keras."""
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
    return Model(network, name=name, preprocessing="caffe", cam_layer=cam_layer)


def _sidecar(path: Path) -> dict[str, Any]:
    """Read facts about a model file from the JSON file beside it, if there is one."""
    sidecar = path.with_name(path.name + ".json")
    if not sidecar.is_file():
        return {}
    try:
        facts = json.loads(sidecar.read_text("utf-8"))
    except ValueError as error:
        raise ModelFileError(f"{sidecar}: not valid JSON ({error})") from error
    names = facts.get("class_names", ["", ""]) if isinstance(facts, dict) else None
    if not isinstance(names, list) or len(names) < 2:
        raise ModelFileError(f"{sidecar}: should hold an object with two or more class_names")
    return facts
