"""Write a network of one pass as ONNX, with the facts that are needed to feed and read it.

`python -m crystalviz.models.export_onnx MODEL [OUT]` does it for a model file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.models.engines.base import BATCH, run_in_batches
from crystalviz.models.engines.onnxruntime import OnnxRuntimeEngine
from crystalviz.models.errors import ModelFileError
from crystalviz.models.facts import Facts
from crystalviz.models.graph.fused import as_keras_model
from crystalviz.models.network import KerasNetwork
from crystalviz.models.onnx_file import METADATA_KEY
from crystalviz.models.preprocess import prepare

# Largest difference to Keras that an export may have, of each output against its own size.
TOLERANCE = 1e-4
# Of the maps: a gradient that is nearly 0 may fall on the other side of a ReLU, and with it a
# cell's share; untrained networks have many such.
MAP_TOLERANCE = 5e-3


def to_onnx(network: KerasNetwork) -> bytes:
    """Return the network of one pass in ONNX form, checked against Keras.

    Raises
    ------
    ModelFileError
        If a layer cannot be exported, or the numbers differ.
    MissingDependencyError
        If a package of the extra `onnx` is missing.
    """
    if network.fused is None:
        raise ModelFileError(network.without_rule)
    facts = network.facts
    content = _convert(as_keras_model(network.fused, facts.input_shape, "network"), facts)
    _compare(network, content)
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # As a file that is opened for writing would have it; mkstemp lets only the owner read.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def with_facts(content: bytes, facts: Facts) -> bytes:
    """Return an ONNX model with the facts in its metadata."""
    onnx = require("onnx", "onnx", "writing an ONNX file")
    model = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(model, {METADATA_KEY: facts.to_json()})
    return bytes(model.SerializeToString())


def main(arguments: list[str] | None = None) -> int:
    """Export a model: `python -m crystalviz.models.export_onnx MODEL [OUT]`."""
    from crystalviz.models.load import CRYSTALNET_FILE, load_model

    parser = argparse.ArgumentParser(description="Write a model as one ONNX file.")
    parser.add_argument("model", help="'crystalnet' or the path of a .keras or .h5 file")
    parser.add_argument("out", type=Path, nargs="?", help="by default beside the model")
    options = parser.parse_args(arguments)
    source = CRYSTALNET_FILE if options.model == "crystalnet" else Path(options.model)
    out = options.out or source.with_suffix(".onnx")
    print(load_model(options.model, engine="keras").export_onnx(out))
    return 0


def _convert(network: Any, facts: Facts) -> bytes:
    onnx = require("onnx", "onnx", "writing an ONNX file")
    require("tf2onnx", "onnx", "writing an ONNX file")
    import keras

    signature = keras.InputSpec(shape=(None, *facts.input_shape), dtype="float32", name="images")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Keras looks for a name that NumPy is about to change; no one who exports can help it.
        warnings.simplefilter("ignore", FutureWarning)
        path = os.path.join(folder, "network.onnx")
        network.export(path, format="onnx", input_signature=[signature], verbose=False)
        model = onnx.load(path)
    for value in (*model.graph.input, *model.graph.output):
        # Named by a counter of the process otherwise.
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    model.producer_name, model.producer_version = "crystalviz", ""
    model.graph.name, model.graph.doc_string = facts.name, ""
    content = bytes(model.SerializeToString())
    return with_facts(content, facts)


def _compare(network: KerasNetwork, content: bytes) -> None:
    """Raise `ModelFileError` unless ONNX Runtime gives the numbers of Keras."""
    rng = np.random.default_rng(0)
    shape = network.facts.input_shape
    # Smooth pictures with some noise, in the range that the network is fed with.
    coarse = rng.integers(0, 256, (BATCH, 6, 6)).astype(np.uint8)
    images = np.stack(
        [prepare(image, shape[:2], shape[2], network.facts.preprocessing) for image in coarse]
    )
    images += rng.normal(0, np.float32(0.02) * images.std(), images.shape).astype(np.float32)
    expected = run_in_batches(network.engine, images)
    given: dict[str, Any] = run_in_batches(OnnxRuntimeEngine(content), images)
    for name, values in expected.items():
        scale = max(1.0, float(np.abs(values).max()))
        difference = float(np.abs(given[name] - values).max()) / scale
        allowed = MAP_TOLERANCE if name == "maps" else TOLERANCE
        if not difference <= allowed:
            raise ModelFileError(
                f"{network.facts.name}: its ONNX form gives other {name} than Keras, by "
                f"{difference:.1g} of their size, and at most {allowed:g} is let pass; "
                "nothing was written"
            )


if __name__ == "__main__":
    sys.exit(main())
