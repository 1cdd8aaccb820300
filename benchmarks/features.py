"""Features of ResNet-50 with confidence and map: the seed's way, Keras, ONNX Runtime, OpenVINO."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from entropy import micrographs
from limits import arithmetic_row
from side_by_side import Check, Comparison, Row, Target, main

from crystalviz.models import Model, load_model

# Multiply-adds of ResNet-50 on one picture of 224 x 224, twice.
FLOP = 7.71e9
SEED_LAYER = "conv5_block3_out"
_folder = tempfile.TemporaryDirectory(prefix="crystalviz-features-")


@functools.cache
def model() -> Model:
    """ResNet-50 with the published head and random weights, which cost as much as trained ones."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    base = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(224, 224, 3))
    x = layers.GlobalAveragePooling2D()(base.output)
    x = layers.BatchNormalization()(layers.Dense(512, activation="relu")(x))
    x = layers.Dropout(0.4)(x)
    x = layers.Dropout(0.3)(layers.Dense(256, activation="relu")(x))
    x = layers.Dense(1, activation="sigmoid")(x)
    network = keras.Model(base.input, x)
    rng = np.random.default_rng(1)
    for weight in network.weights:
        if weight.name == "moving_variance":
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return Model(network, "resnet50", preprocessing="caffe")


@functools.cache
def on_engine(engine: str, precision: str = "f32") -> Model:
    """Return the same model on another engine."""
    if engine == "keras":
        return model()
    path = Path(_folder.name) / "resnet50.onnx"
    if not path.exists():
        model().export_onnx(path)
    return load_model(path, engine=engine, precision=precision)


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield one comparison: features, and in our rows confidence and map from the same pass."""
    images = list(micrographs(16 if quick else 32, 224))
    few = images[:4]

    def seed() -> Callable[[], Any]:
        import keras

        network = model().network
        features = keras.Model(network.input, network.get_layer(SEED_LAYER).output)

        def each() -> list[np.ndarray]:
            prepared = (model().prepare([image]) for image in few)
            return [features.predict(batch, verbose=0).reshape(-1) for batch in prepared]

        return each

    def keras_batches() -> Callable[[], Any]:
        import keras

        network = model().network
        pooled = network.get_layer(SEED_LAYER).output
        features = keras.Model(network.input, keras.layers.GlobalAveragePooling2D()(pooled))
        return lambda: features.predict(model().prepare(images), batch_size=8, verbose=0)

    def one_pass(engine: str, precision: str = "f32") -> Callable[[], Callable[[], Any]]:
        def prepare() -> Callable[[], Any]:
            runs = on_engine(engine, precision)
            return lambda: runs.one_pass(images)

        return prepare

    count = len(images)
    # With tape and all: the map of the one pass against Keras' own gradients.
    yield Comparison(
        "Features of ResNet-50, confidence and map in the same pass",
        [
            Row("predict, one at a time, features only", seed, role="seed", work=len(few)),
            Row("predict, all at once, features only", keras_batches, role="peer", work=count),
            Row("keras, one pass", one_pass("keras"), work=count, targets=[Target.times(5)]),
            Row("onnx, one pass", one_pass("onnx"), work=count),
            Row(
                "openvino f32, one pass",
                one_pass("openvino"),
                work=count,
                targets=[Target.times(5.5)],
            ),
            Row(
                "openvino bf16, one pass",
                one_pass("openvino", "bf16"),
                work=count,
                targets=[Target.times(11)],
            ),
            arithmetic_row(FLOP, work=8),
        ],
        unit="images",
        checks=[
            Check("keras: map to the tape's", lambda: _map_error(few), at_most=1e-5),
            Check("onnx: cosine to keras", lambda: _cosine("onnx", "f32", few), at_least=0.99999),
            Check("openvino: cosine", lambda: _cosine("openvino", "f32", few), at_least=0.99999),
            Check("openvino bf16: cosine", lambda: _cosine("openvino", "bf16", few), 0.9999),
            Check("openvino: same top cells", lambda: _same_cells("openvino", few), at_least=1),
        ],
    )


def _map_error(images: list[np.ndarray]) -> float:
    layer = model().cam_layer
    evidence = model().layer_evidence(images, layer)
    raw = (np.maximum(evidence.gradients[layer], 0) * evidence.activations[layer]).sum(-1)
    raw = np.maximum(raw, 0)
    expected = raw / raw.max(axis=(1, 2), keepdims=True)
    return float(np.abs(model().one_pass(images).maps - expected).max())


def _cosine(engine: str, precision: str, images: list[np.ndarray]) -> float:
    ours = on_engine(engine, precision).one_pass(images).vectors
    keras = model().one_pass(images).vectors
    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(keras, axis=1)
    return float(((ours * keras).sum(1) / norms).min())


def _same_cells(engine: str, images: list[np.ndarray]) -> float:
    """Share of images whose top 16 % of cells are those of Keras."""

    def top(maps: np.ndarray) -> np.ndarray:
        flat = maps.reshape(len(maps), -1)
        return np.sort(np.argsort(-flat, axis=1)[:, : round(0.16 * flat.shape[1])])

    ours, keras = (top(m.one_pass(images).maps) for m in (on_engine(engine), model()))
    return float((ours == keras).all(axis=1).mean())


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
