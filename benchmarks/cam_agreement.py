"""CAM methods beside pytorch-grad-cam on the same weights: correlation of the maps, and speed.

The embedded network runs in Keras here and in PyTorch there. The maps of both, at the size of the
input, are correlated image by image; the table shows the lowest value over the images of a class
and two layers. Where pytorch-grad-cam departs from a method's paper it is shown as it is, and once
more with that one thing as in the paper, which has to agree:

- Grad-CAM++: it adds 1e-6 to a denominator that is of the size of the squared gradient.
- Eigen-CAM: it centres the activations, and leaves the sign of the axis to chance.
- Score-CAM: it aligns corners when it enlarges the masks; the authors' own code does not.
- Ablation-CAM: both as in the paper while the score is positive, as for the predicted class. For a
  negative score it divides by it and shows the other class; crystalviz leaves the division out.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

# The peer's progress bars would fill the screen; tqdm reads this when it is imported.
os.environ["TQDM_DISABLE"] = "1"
# Before TensorFlow: the other way round PyTorch's compiler for GPUs ends the process, as both hold
# LLVM. Where they are missing, `peers` says so.
try:
    import pytorch_grad_cam
    import torch
except ImportError:
    pytorch_grad_cam = None

import numpy as np
from side_by_side import Check, Comparison, Row, Target, main
from torch_twin import torch_twin

from crystalviz.cam import compute_cam
from crystalviz.cam._resize import resize_map
from crystalviz.datasets import synthetic_crystals
from crystalviz.models import Model, load_model
from crystalviz.models._keras import import_keras

PEER = "pytorch-grad-cam"
LAYERS = ("conv4_block2_out", "conv5_block2_out")
CLASSES = {
    "gradcam": "GradCAM",
    "gradcam++": "GradCAMPlusPlus",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
    "xgradcam": "XGradCAM",
    "eigencam": "EigenCAM",
    "scorecam": "ScoreCAM",
    "ablationcam": "AblationCAM",
}
SLOW = ("scorecam", "ablationcam")


@functools.cache
def crystalnet() -> Model:
    return load_model("crystalnet", engine="keras")


def peers() -> Any:
    if pytorch_grad_cam is None:
        raise ImportError("grad-cam and torch are not installed")
    return pytorch_grad_cam


@functools.cache
def twin() -> Any:
    return torch_twin(crystalnet().network)


@functools.cache
def pictures(count: int) -> list[np.ndarray]:
    return synthetic_crystals(count, seed=77).images


def classes_of(images: list[np.ndarray]) -> np.ndarray:
    return crystalnet().class_scores(crystalnet().prepare(images)).argmax(axis=1)


def their_maps(images: list[np.ndarray], kind: Any, layer: str) -> np.ndarray:
    """Return (n, 160, 160) maps of the predicted classes by pytorch-grad-cam."""
    target = peers().utils.model_targets.BinaryClassifierOutputTarget
    batch = torch.from_numpy(crystalnet().prepare(images).transpose(0, 3, 1, 2).copy())
    targets = [target(int(k)) for k in classes_of(images)]
    with kind(twin(), [getattr(twin(), layer)]) as cam:
        return cam(batch, targets)


def our_maps(images: list[np.ndarray], method: str, layer: str) -> np.ndarray:
    return compute_cam(images, crystalnet(), layer, method, channels=None)


def as_in_the_paper(method: str) -> Callable[[list[np.ndarray], str], np.ndarray] | None:
    """Return pytorch-grad-cam's method with its one departure undone; None where there is none."""
    library = peers()

    class PlusPlus(library.GradCAMPlusPlus):
        def get_cam_weights(
            self, pixels: Any, layer: Any, targets: Any, activations: Any, gradients: Any
        ) -> np.ndarray:
            activations, gradients = activations.astype(float), gradients.astype(float)
            total = activations.sum(axis=(2, 3), keepdims=True)
            below = 2 * gradients**2 + total * gradients**3
            share = np.divide(gradients**2, below, out=np.zeros_like(below), where=gradients != 0)
            return (np.maximum(gradients, 0) * share).sum(axis=(2, 3))

    class Eigen(library.EigenCAM):
        def get_cam_image(
            self, pixels: Any, layer: Any, targets: Any, activations: Any, *rest: Any
        ) -> np.ndarray:
            flat = activations.reshape(*activations.shape[:2], -1).transpose(0, 2, 1)
            axis = np.linalg.svd(flat, full_matrices=False)[2][:, 0]
            found = np.einsum("npc,nc->np", flat, axis)
            found *= np.sign(found.sum(axis=1, keepdims=True))
            return found.reshape(len(found), *activations.shape[2:])

    def score(images: list[np.ndarray], layer: str) -> np.ndarray:
        def half_pixel(size: Any) -> Any:
            return torch.nn.Upsample(size=size, mode="bilinear", align_corners=False)

        with mock.patch.object(torch.nn, "UpsamplingBilinear2d", half_pixel):
            return their_maps(images, library.ScoreCAM, layer)

    if method == "scorecam":
        return score
    kinds = {"gradcam++": PlusPlus, "eigencam": Eigen}
    if method not in kinds:
        return None
    return lambda images, layer: their_maps(images, kinds[method], layer)


@functools.cache
def agreement(method: str, by_paper: bool, count: int) -> tuple[float, float]:
    """Return the lowest correlation of images taken for CEX, and of those taken for PG."""
    images = pictures(count)
    lowest = [1.0, 1.0]
    for layer in LAYERS:
        other = as_in_the_paper(method) if by_paper else None
        if other is None:
            theirs = their_maps(images, getattr(peers(), CLASSES[method]), layer)
        else:
            theirs = other(images, layer)
        ours = our_maps(images, method, layer)
        for kind, mine, their in zip(classes_of(images), ours, theirs, strict=True):
            value = np.corrcoef(resize_map(mine, their.shape).ravel(), their.ravel())[0, 1]
            lowest[kind] = min(lowest[kind], float(value))
    return lowest[0], lowest[1]


def checks(method: str, count: int) -> Iterator[Check]:
    departs = method in ("gradcam++", "eigencam", "scorecam")
    for kind, name in enumerate(crystalnet().class_names):
        yield Check(
            f"{method}, {name} images" + (f": {PEER} as it is" if departs else ""),
            lambda kind=kind: agreement(method, False, count)[kind],
            at_least=None if departs else 0.999,
        )
    for kind, name in enumerate(crystalnet().class_names if departs else ()):
        yield Check(
            f"{method}, {name} images: {PEER} as in the paper",
            lambda kind=kind: agreement(method, True, count)[kind],
            at_least=0.999,
        )


def by_eager_tape(images: list[np.ndarray]) -> list[np.ndarray]:
    """Do as the seed: predict and an eager gradient tape, for one image at a time."""
    tf, keras = import_keras()
    network = crystalnet().network
    layer = network.get_layer(LAYERS[-1])
    parts = keras.Model(network.input, [layer.output, network.output])
    found = []
    for image in images:
        pixels = crystalnet().prepare([image])
        network.predict(pixels, verbose=0)
        with tf.GradientTape() as tape:
            activation, probability = parts(pixels)
            score = probability[:, 0]
        weights = tf.reduce_mean(tape.gradient(score, activation), axis=(1, 2))
        cam = tf.nn.relu(tf.reduce_sum(activation * weights[:, None, None], axis=-1))[0]
        found.append((cam / (tf.reduce_max(cam) + 1e-8)).numpy())
    return found


def comparisons(quick: bool) -> Iterator[Comparison]:
    count = 6 if quick else 12
    many = pictures(16 if quick else 64)
    few = pictures(2 if quick else 4)
    seed = Row(
        "one image at a time, eager tape (Grad-CAM)",
        lambda: lambda: by_eager_tape(few),
        role="seed",
        work=len(few),
    )
    for method, kind in CLASSES.items():
        images = few if method in SLOW else many

        def peer(kind: str = kind, images: list[np.ndarray] = images) -> Callable[[], Any]:
            cls = getattr(peers(), kind)
            return lambda: their_maps(images, cls, LAYERS[-1])

        def ours(method: str = method, images: list[np.ndarray] = images) -> Callable[[], Any]:
            return lambda: our_maps(images, method, LAYERS[-1])

        rows = [
            Row(PEER, peer, role="peer", work=len(images)),
            Row(
                f"crystalviz {method}",
                ours,
                work=len(images),
                targets=[Target.times(1, than=PEER)],
            ),
        ]
        yield Comparison(
            f"{method} at {LAYERS[-1]} of crystalnet",
            [seed, *rows] if method == "gradcam" else rows,
            unit="images",
            checks=list(checks(method, count)),
            note="all 128 channels" if method in SLOW else "",
        )


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
