"""The whole job per file, from a folder to a table and overlays, beside the seed's steps.

The seed's steps are put together from what its scripts do for each file: three loads, a prediction
for the features and one for the confidence, an eager gradient tape for the Grad-CAM, blending in
NumPy, a PNG written by Pillow, and scikit-image's entropy. crystalviz's rows are
`analyze` into a new store and `write_overlays`: besides the same results they make thumbnails,
histograms, scenes, groups, neighbours and the unfamiliarity, and every batch is safe on the disk.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from features import SEED_LAYER, model, on_engine
from PIL import Image
from side_by_side import Comparison, Row, Target, main

import crystalviz as cz
from crystalviz.datasets import synthetic_crystals
from crystalviz.images import ImageSet
from crystalviz.models import Model, load_model
from crystalviz.outputs import write_overlays

SEED_FILES = 4


def write_files(folder: Path, count: int) -> list[Path]:
    """Write `count` different PNG files, half of them small and half of 512 x 512 pixels."""
    small = synthetic_crystals(count // 2, seed=1).images
    large = synthetic_crystals(count - count // 2, seed=2, size=(512, 512)).images
    paths = []
    for number, pixels in enumerate(
        [image for pair in zip(small, large, strict=True) for image in pair]
    ):
        path = folder / f"{number}.png"
        Image.fromarray(pixels).convert("RGB").save(path)
        paths.append(path)
    return paths


def seed_steps(paths: list[Path], out: Path) -> Callable[[], None]:
    """Return the job as the seed does it, one file at a time."""
    import keras
    import tensorflow as tf
    from skimage.measure import shannon_entropy

    network = model().network
    features = keras.Model(network.input, network.get_layer(SEED_LAYER).output)
    layer = network.get_layer("conv5_block2_out")
    graph = keras.Model(network.input, [layer.output, network.output])
    prepare = keras.applications.resnet50.preprocess_input

    def load(path: Path) -> np.ndarray:
        image = Image.open(path).convert("RGB").resize((224, 224))
        return prepare(np.asarray(image, np.float32)[None])

    def one(path: Path) -> None:
        features.predict(load(path), verbose=0).reshape(-1)
        network.predict(load(path), verbose=0)
        with tf.GradientTape() as tape:
            activation, output = graph(load(path))
            score = output[:, 0]
        weights = tf.reduce_mean(tape.gradient(score, activation), axis=(1, 2))
        cam = tf.nn.relu(tf.einsum("bhwc,bc->bhw", activation, weights))[0].numpy()
        picture = Image.open(path).convert("RGB").resize((512, 512))
        cam = np.asarray(Image.fromarray(cam).resize((512, 512), Image.Resampling.BILINEAR))
        pixels = np.asarray(picture, np.float64)
        chosen = cam >= np.quantile(cam, 0.84)
        pixels[chosen] = 0.5 * pixels[chosen] + 0.5 * np.array([255.0, 79.0, 216.0])
        Image.fromarray(pixels.astype(np.uint8)).save(out / path.name)
        shannon_entropy(np.asarray(Image.open(path).convert("L")))

    def job() -> None:
        for path in paths:
            one(path)

    return job


def ours(folder: Path, out: Path, network: Model) -> Callable[[], None]:
    """Return the job as crystalviz does it, into a new store each time."""

    def job() -> None:
        shutil.rmtree(out, ignore_errors=True)
        images = ImageSet.from_folder(folder)
        analysis = cz.analyze(images, network, store=out / "store", progress=False)
        write_overlays(analysis, images, out, progress=False)

    return job


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield the whole job with ResNet-50 and with the embedded model."""
    count = 24 if quick else 96
    with tempfile.TemporaryDirectory(prefix="crystalviz-benchmark-") as place:
        folder, out = Path(place, "images"), Path(place, "out")
        folder.mkdir()
        (out / "seed").mkdir(parents=True)
        paths = write_files(folder, count)

        def resnet(engine: str, precision: str = "f32") -> Callable[[], Any]:
            return lambda: ours(folder, out / "net", on_engine(engine, precision))

        def embedded(engine: str) -> Callable[[], Any]:
            return lambda: ours(folder, out / "net", load_model("crystalnet", engine=engine))

        work = float(count)
        yield Comparison(
            "Whole job per file: decode, features, confidence, map, overlay file, entropy",
            [
                Row(
                    "seed's steps, ResNet-50",
                    lambda: seed_steps(paths[:SEED_FILES], out / "seed"),
                    "seed",
                    SEED_FILES,
                ),
                Row("ResNet-50, keras", resnet("keras"), "ours", work, [Target.times(25)]),
                Row("ResNet-50, openvino f32", resnet("openvino"), "ours", work),
                Row(
                    "ResNet-50, openvino bf16",
                    resnet("openvino", "bf16"),
                    "ours",
                    work,
                    [Target.times(55)],
                ),
                Row("crystalnet, openvino f32", embedded("openvino"), "ours", work),
                Row("crystalnet, onnx", embedded("onnx"), "ours", work),
            ],
            unit="files",
        )


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
