"""Make the embedded model's reference: `python -m crystalviz.models.make_reference`.

The known pictures are drawn by `crystalviz.datasets.synthetic_crystals`: each as it is, and once
more as another camera would have taken it. No real picture goes in.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from PIL import Image, ImageFilter
from tqdm.auto import tqdm

from crystalviz.datasets.synthetic import LABELS, draw_micrograph
from crystalviz.images import apply_pose, tile
from crystalviz.models.appearance import SIDE, appearance
from crystalviz.models.load import load_model
from crystalviz.models.model import Model
from crystalviz.models.novelty import CRYSTALNET_REFERENCE, Reference
from crystalviz.models.preprocess import resize

# The first is the seed of the training pictures; the second no other part of the package uses.
KNOWN_SEED, HELD_OUT_SEED = 1_000, 3_000
KNOWN, HELD_OUT = 3_000, 1_000
# Known pictures in the file: with all of them AUROC is better by .001.
KEPT = 1_200
NEIGHBORS = 3

_BATCH = 64


def other_camera(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a picture (H, W) uint8 as another camera might have taken it.

    Turned or mirrored, cropped by up to a quarter, blurred, sharpened or resampled, with another
    gamma, uneven light, overexposed or veiled, with noise.
    """
    image = np.ascontiguousarray(apply_pose(pixels, int(rng.integers(8))))
    if rng.random() < 0.6:
        height, width = (int(n * rng.uniform(0.78, 1.0)) for n in image.shape)
        top = int(rng.integers(image.shape[0] - height + 1))
        left = int(rng.integers(image.shape[1] - width + 1))
        image = np.ascontiguousarray(image[top : top + height, left : left + width])
    way = rng.random()
    if way < 0.35:
        image = _filtered(image, ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    elif way < 0.5:
        sharpen = ImageFilter.UnsharpMask(rng.uniform(1, 3), int(rng.uniform(30, 110)), 0)
        image = _filtered(image, sharpen)
    elif way < 0.65:
        share = rng.uniform(0.5, 0.9)
        fewer = resize(image, (int(image.shape[0] * share), int(image.shape[1] * share)))
        image = resize(fewer, image.shape)
    light = 255.0 * (image / 255.0) ** np.exp(rng.normal(0, 0.19))
    tilt = rng.normal(0, 0.075, 2)
    rows = np.linspace(-1, 1, image.shape[0])[:, None]
    columns = np.linspace(-1, 1, image.shape[1])[None, :]
    light = light * (1 + tilt[0] * rows + tilt[1] * columns)
    if rng.random() < 0.3:
        light = light * rng.uniform(1.05, 1.6)
    if rng.random() < 0.2:
        light = 255.0 * (np.minimum(light, 255.0) / 255.0 + rng.uniform(0.02, 0.15)) / 1.2
    light = light + rng.uniform(0, 3.75) * rng.standard_normal(light.shape)
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


def known_pictures(count: int, seed: int, jobs: int = 2) -> list[np.ndarray]:
    """Draw `count` micrographs, each followed by its other-camera view: 2 x count pictures."""

    def draw(index: int) -> tuple[np.ndarray, np.ndarray]:
        image = draw_micrograph(LABELS[index % 2], np.random.default_rng([seed, index]))
        return image, other_camera(image, np.random.default_rng([seed, index, 1]))

    pairs = Parallel(n_jobs=jobs, batch_size=16)(
        delayed(draw)(i) for i in tqdm(range(count), desc="drawing", unit="image")
    )
    return [picture for pair in pairs for picture in pair]


def evidence(model: Model, pictures: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors (n, d) and appearances (n, 46).

    Every second pair is described by its stored tile, because pictures that are looked up later
    may be given as images or as the tiles of an analysis.
    """
    vectors = [
        model.one_pass(pictures[start : start + _BATCH]).vectors
        for start in range(0, len(pictures), _BATCH)
    ]
    looks = [
        appearance(_as_stored(pixels) if index // 2 % 2 else pixels)
        for index, pixels in enumerate(tqdm(pictures, desc="describing", unit="image"))
    ]
    return np.concatenate(vectors), np.stack(looks)


def make_reference(model: Model, known: int = KNOWN, held_out: int = HELD_OUT) -> Reference:
    """Draw pictures and make the reference of `model`, which knows synthetic crystals."""
    vectors, looks = evidence(model, known_pictures(known, KNOWN_SEED))
    other_vectors, other_looks = evidence(model, known_pictures(held_out, HELD_OUT_SEED))
    return Reference.from_vectors(
        vectors,
        other_vectors,
        NEIGHBORS,
        train_appearance=looks,
        held_out_appearance=other_looks,
        model=model.facts.weights,
        kept=KEPT,
    )


def main(arguments: list[str] | None = None) -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=CRYSTALNET_REFERENCE, help="file to write")
    options = parser.parse_args(arguments)
    reference = make_reference(load_model("crystalnet", engine="auto"))
    reference.save(options.out)
    print(f"{options.out}: {reference}, {options.out.stat().st_size:,} bytes")
    return 0


def _filtered(image: np.ndarray, how: ImageFilter.Filter) -> np.ndarray:
    return np.asarray(Image.fromarray(image).filter(how))


def _as_stored(pixels: np.ndarray) -> np.ndarray:
    """Return the tile of a picture as an analysis stores it."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(tile(pixels, SIDE))).save(
        file, "WEBP", quality=80, method=2
    )
    return np.asarray(Image.open(file).convert("L"))


if __name__ == "__main__":
    sys.exit(main())
