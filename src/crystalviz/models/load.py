"""Load a model by name or from a file."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crystalviz.models._safe_files import check_model_file
from crystalviz.models.engines import choose_engine
from crystalviz.models.errors import ModelFileError
from crystalviz.models.load_keras import matching_onnx, read_network, usual_preprocessing
from crystalviz.models.load_onnx import load_onnx, onnx_model, read_own_onnx
from crystalviz.models.load_resnet import RESNETS, load_resnet
from crystalviz.models.model import Model

CRYSTALNET_FILE = Path(__file__).with_name("crystalnet.keras")
CRYSTAL_CLASSES = ("CEX", "PG")


def load_model(
    name_or_path: str | os.PathLike[str],
    *,
    engine: str = "auto",
    precision: str = "f32",
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
        or a `.keras`, `.h5` or `.onnx` file with a whole model.
    engine : {"auto", "keras", "onnx", "openvino"}
        What runs it. "auto" is the fastest that is installed (openvino, onnx, keras) for
        `crystalnet` and `.onnx` files; for a `.keras` or `.h5` file only where
        `Model.export_onnx` has put the same weights beside it, under the same name with the
        suffix `.onnx`, else Keras. Another engine that is asked for by name converts the
        network while loading.
    precision : {"f32", "bf16"}
        bf16 is for OpenVINO: about twice as fast on processors that have it, with vectors
        that differ by some thousandths.
    weights : path, optional
        For the ResNets, in place of the ImageNet weights: a weights file without the top
        layer, or with the head of The Georgia Project; nothing is downloaded then.
    class_names : sequence of str, optional
        Classes of a file's model in the order of its units; negative and positive class
        where it has one unit.
    preprocessing : {"none", "unit", "tf", "caffe"}, optional
        What a file's model expects: gray 0..255, 0..1, -1..1, or ImageNet means taken
        off. By default "none" for one input channel and "caffe" for three, as the
        ResNets of Keras want.
    cam_layer : str, optional
        Where maps are taken; by default `conv5_block2_out`, else the last map. An `.onnx`
        file has one such layer, which was chosen when it was written.

    Returns
    -------
    Model

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, of another kind, or could run code.
    MissingDependencyError
        If no engine, or not the one asked for, is installed.
    ValueError
        For an unknown engine, precision or preprocessing.

    Notes
    -----
    A JSON file beside the model, `<file>.json`, may hold `class_names`,
    `preprocessing` and `cam_layer`; arguments go before it. The ResNets have no class
    head unless their weights file brings one: their probability is NaN.
    """
    name = os.fspath(name_or_path)
    if name == "crystalnet":
        return _crystalnet(cam_layer, choose_engine(engine, precision), precision)
    if name in RESNETS:
        return load_resnet(name, weights, class_names, cam_layer, engine, precision)
    if weights is not None:
        raise ValueError(f"weights= goes with {' or '.join(RESNETS)}; {name!r} has its own")
    path = Path(name)
    if not path.is_file() and not path.suffix:
        known = ", ".join(["crystalnet", *RESNETS])
        raise ModelFileError(
            f"{name}: neither a model's name ({known}) nor a .keras, .h5 or .onnx file"
        )
    model = _from_file(path, class_names, preprocessing, cam_layer, engine, precision)
    model.path = path
    return model


def _from_file(
    path: Path,
    class_names: Sequence[str] | None,
    preprocessing: str | None,
    cam_layer: str | None,
    engine: str,
    precision: str,
) -> Model:
    facts = _sidecar(path)
    class_names = class_names or facts.get("class_names")
    preprocessing = preprocessing or facts.get("preprocessing")
    cam_layer = cam_layer or facts.get("cam_layer")
    if path.suffix.lower() == ".onnx":
        chosen = choose_engine(engine, precision, needs_onnx=True)
        return load_onnx(path, chosen, precision, class_names, preprocessing, cam_layer)
    check_model_file(path)
    chosen = choose_engine(engine, precision)
    beside = None if chosen == "keras" else matching_onnx(path, cam_layer)

    def open_network() -> Any:
        return read_network(path)

    if beside is not None:
        return onnx_model(
            *beside, chosen, precision, class_names, preprocessing, open_network=open_network
        )
    network = open_network()
    return Model(
        network,
        path.stem,
        class_names,
        preprocessing or usual_preprocessing(network),
        cam_layer,
        engine="keras" if engine == "auto" and precision == "f32" else chosen,
        precision=precision,
    )


@functools.lru_cache(maxsize=8)
def _crystalnet(cam_layer: str | None, engine: str, precision: str) -> Model:
    """Load the embedded model; kept once, because calls by name come often."""
    if engine != "keras":
        content, facts = read_own_onnx(CRYSTALNET_FILE.with_suffix(".onnx"))
        if cam_layer in (None, facts.cam_layer):
            return onnx_model(
                content,
                facts,
                engine,
                precision,
                open_network=lambda: read_network(CRYSTALNET_FILE),
            )
    network = read_network(CRYSTALNET_FILE)
    return Model(
        network,
        "crystalnet",
        CRYSTAL_CLASSES,
        cam_layer=cam_layer,
        engine=engine,
        precision=precision,
    )


def _crystalnet_network() -> Any:
    return read_network(CRYSTALNET_FILE)


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
