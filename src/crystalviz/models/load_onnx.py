"""Load `.onnx` files: those that `Model.export_onnx` wrote, and classifiers of others."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystalviz._optional import MissingDependencyError
from crystalviz.models.engines import open_onnx
from crystalviz.models.errors import ModelFileError
from crystalviz.models.facts import Facts
from crystalviz.models.model import Model
from crystalviz.models.onnx_file import METADATA_KEY, metadata, read_onnx

if TYPE_CHECKING:
    from crystalviz.models.network import KerasNetwork


def load_onnx(
    path: Path,
    engine: str,
    precision: str,
    class_names: Sequence[str] | None,
    preprocessing: str | None,
    cam_layer: str | None,
) -> Model:
    """Load an ONNX file; parameters as of `load_model`, with an engine that is chosen.

    Raises
    ------
    ModelFileError
    """
    content = read_onnx(path)
    if METADATA_KEY in metadata(content):
        facts = _facts_of(path, content)
        if cam_layer not in (None, facts.cam_layer):
            raise ModelFileError(
                f"{path}: was written for maps of the layer {facts.cam_layer!r}, not "
                f"{cam_layer!r}; load the Keras file with that cam_layer and export it again"
            )

        def open_network() -> Any:
            return _network_beside(path, facts)

    else:
        from crystalviz.models.foreign.adapt import adapt

        content, facts = adapt(path, content, class_names, preprocessing, cam_layer)

        def open_network() -> Any:
            raise _no_keras(path)

    try:
        return onnx_model(
            content, facts, engine, precision, class_names, preprocessing, open_network=open_network
        )
    except (MissingDependencyError, ModelFileError, ValueError):
        raise
    except Exception as error:
        # Each engine has its own types for a model that it cannot run.
        reason = str(error).strip().splitlines()
        raise ModelFileError(
            f"{path}: the engine {engine!r} cannot run it "
            f"({reason[0] if reason else type(error).__name__}); save it again, or take another "
            "engine"
        ) from error


def onnx_model(
    content: bytes,
    facts: Facts,
    engine: str,
    precision: str,
    class_names: Sequence[str] | None = None,
    preprocessing: str | None = None,
    *,
    open_network: Callable[[], Any],
) -> Model:
    """Return a model that runs an ONNX network of one pass.

    Parameters
    ----------
    content : bytes
    facts : Facts
    engine, precision : str
    class_names, preprocessing : optional
        In place of those in the facts.
    open_network : callable
        Returns the same network in Keras; called when gradients are asked for.
    """
    changes: dict[str, Any] = {}
    if class_names:
        changes["class_names"] = tuple(str(name) for name in class_names)
    if preprocessing:
        changes["preprocessing"] = preprocessing
    known = dataclasses.replace(facts, **changes)

    def open_twin() -> KerasNetwork:
        from crystalviz.models.network import KerasNetwork

        return KerasNetwork(
            open_network(),
            known.name,
            known.class_names,
            known.preprocessing,
            known.cam_layer,
            known.input_shape[:2],
        )

    fingerprint = hashlib.blake2b(content, digest_size=16).hexdigest()
    runner = open_onnx(engine, precision, content, known.input_shape)
    return Model.on_engine(known, runner, fingerprint, open_twin)


def read_own_onnx(path: Path) -> tuple[bytes, Facts]:
    """Return the bytes and the facts of a file that `Model.export_onnx` wrote.

    Raises
    ------
    ModelFileError
        If it is damaged, or of another program.
    """
    content = read_onnx(path)
    if METADATA_KEY not in metadata(content):
        raise ModelFileError(f"{path}: holds no facts of crystalviz about its model")
    return content, _facts_of(path, content)


def _facts_of(path: Path, content: bytes) -> Facts:
    try:
        return Facts.from_json(metadata(content)[METADATA_KEY])
    except (ValueError, TypeError, KeyError) as error:
        raise ModelFileError(
            f"{path}: its facts about the model are damaged ({error}); export it again"
        ) from error


def _network_beside(path: Path, facts: Facts) -> Any:
    from crystalviz.models.load_keras import file_digest, read_network

    for suffix in (".keras", ".h5", ".hdf5"):
        source = path.with_suffix(suffix)
        if source.is_file() and file_digest(source) == facts.weights:
            return read_network(source)
    raise _no_keras(path)


def _no_keras(path: Path) -> ModelFileError:
    return ModelFileError(
        f"{path}: an ONNX file gives vectors, probabilities and its own maps; other layers and "
        f"gradients need the Keras model: load it, or keep it as {path.with_suffix('.keras').name} "
        "beside this file"
    )
