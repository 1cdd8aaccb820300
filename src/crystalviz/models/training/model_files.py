"""The files of a trained network: Keras, ONNX, what it knows; and its pass over the examples."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from crystalviz.images import Split
from crystalviz.models.load import load_model
from crystalviz.models.model import DEFAULT_CAM_LAYER, Model
from crystalviz.models.novelty import Reference
from crystalviz.models.training.backbone import Backbone
from crystalviz.models.training.examples import Examples

MODEL_FILE = "model.keras"
ONNX_FILE = "model.onnx"
REFERENCE_FILE = "model.reference.npz"
# Largest difference of a class probability between the ONNX file and Keras.
TOLERANCE = 1e-4
_COMPARED = 16
_PASS_IMAGES = 64


def write_model(folder: Path, network: Any, base: Backbone, examples: Examples) -> Model:
    """Write the network and its facts, and load them back on Keras."""
    names = [layer.name for layer in network.layers]
    path = folder / MODEL_FILE
    facts = {
        "class_names": list(examples.class_names),
        "preprocessing": base.preprocessing,
        "cam_layer": DEFAULT_CAM_LAYER if DEFAULT_CAM_LAYER in names else None,
    }
    temporary = folder / f"part.{MODEL_FILE}"
    network.save(temporary)
    text = json.dumps({key: value for key, value in facts.items() if value}, ensure_ascii=False)
    (folder / f"{MODEL_FILE}.json").write_text(text + "\n", "utf-8")
    temporary.replace(path)
    return load_model(path, engine="keras")


def try_onnx(folder: Path, model: Model, examples: Examples) -> tuple[Path | None, str]:
    """Write the ONNX file if that can be done, and return it and what to say about it."""
    path = folder / ONNX_FILE
    path.unlink(missing_ok=True)
    try:
        difference = write_onnx(model, path, examples.pixels[:_COMPARED])
    except Exception as error:
        # The exporters raise anything. The network is trained: its report must not be lost.
        path.unlink(missing_ok=True)
        reason = " ".join(str(error).split())
        warnings.warn(f"{ONNX_FILE} is not written: {reason}", stacklevel=3)
        return None, f"not written: {reason}"
    return path, f"{ONNX_FILE}, within {difference:.1e} of Keras"


def write_onnx(model: Model, path: Path, pixels: np.ndarray) -> float:
    """Export a model and run both on some of its own pictures.

    Parameters
    ----------
    model : Model
        On Keras.
    path : Path
        The file stays only where it agrees.
    pixels : (n, H, W) uint8
        A few pictures to compare on.

    Returns
    -------
    float
        The largest difference of a class probability.

    Raises
    ------
    MissingDependencyError
        If the packages of the extra `onnx` are not installed.
    ModelFileError
        If the network cannot be exported.
    RuntimeError
        If a probability differs by more than 1e-4.
    """
    model.export_onnx(path)
    pictures = list(pixels)
    given = load_model(path, engine="onnx").one_pass(pictures).class_probability
    difference = float(np.abs(given - model.one_pass(pictures).class_probability).max())
    if not difference <= TOLERANCE:
        path.unlink()
        raise RuntimeError(
            f"{path.name}: differs from the Keras model by {difference:.1e} on {len(pictures)} "
            f"pictures, more than {TOLERANCE:g}; the file is not written"
        )
    return difference


def one_pass(model: Model, examples: Examples, progress: bool) -> dict[str, np.ndarray]:
    """Return vectors, probability (of each class) and maps of all examples."""
    found: dict[str, list[np.ndarray]] = {"vectors": [], "probability": [], "maps": []}
    with tqdm(total=len(examples), unit="image", desc="judging", disable=not progress) as bar:
        for start in range(0, len(examples), _PASS_IMAGES):
            chunk = list(examples.pixels[start : start + _PASS_IMAGES])
            result = model.one_pass(chunk)
            found["vectors"].append(result.vectors)
            found["probability"].append(result.class_probability)
            found["maps"].append(result.maps)
            bar.update(len(chunk))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def write_reference(
    folder: Path, model: Model, examples: Examples, parts: Split, vectors: np.ndarray
) -> None:
    """Keep what the network knows, so that an unfamiliar picture is told as one."""
    reference = Reference.from_vectors(
        vectors[parts.train],
        vectors[parts.validation],
        train_appearance=examples.looks[parts.train],
        held_out_appearance=examples.looks[parts.validation],
        model=model.facts.weights,
    )
    reference.save(folder / REFERENCE_FILE)
