"""Shannon entropy of gray images: beside scikit-image (the seed's way), NumPy, Pillow, OpenCV."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from limits import copy_row
from side_by_side import Check, Comparison, Row, Target, main

from crystalviz.measures import shannon_entropies, shannon_entropy


def micrographs(count: int, side: int) -> np.ndarray:
    """Return (count, side, side) uint8: gray ground, noise, some bright grains."""
    rng = np.random.default_rng(0)
    images = rng.normal(110, 18, (count, side, side)).astype(np.float32)
    for image in images:
        for row, column in rng.integers(0, side - side // 8, (20, 2)):
            image[row : row + side // 8, column : column + side // 16] += rng.uniform(20, 90)
    return images.clip(0, 255).astype(np.uint8)


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield many images of 512 x 512, and one of 4,096 x 4,096."""
    images = micrographs(60 if quick else 200, 512)
    yield _comparison("Entropy, 512 x 512 images", images)
    yield _comparison("Entropy, one image of 4,096 x 4,096", micrographs(1, 4096))


def _comparison(title: str, images: np.ndarray) -> Comparison:
    some = images[:10]

    def each(function: Callable[[np.ndarray], Any], part: np.ndarray) -> Callable[[], Any]:
        return lambda: [function(image) for image in part]

    def scikit_image() -> Callable[[], Any]:
        from skimage.measure import shannon_entropy as peer

        return each(peer, some)

    def pillow() -> Callable[[], Any]:
        from PIL import Image

        return each(lambda image: Image.fromarray(image).entropy(), images)

    def opencv() -> Callable[[], Any]:
        import cv2

        def entropy(image: np.ndarray) -> float:
            counts = cv2.calcHist([image], [0], None, [256], [0, 256])
            share = counts[counts > 0].astype(np.float64) / image.size
            return -(share * np.log2(share)).sum()

        return each(entropy, images)

    def numpy_with(count: Callable[[np.ndarray], np.ndarray]) -> Callable[[], Any]:
        def entropy(image: np.ndarray) -> float:
            share = count(image) / image.size
            share = share[share > 0]
            return -(share * np.log2(share)).sum()

        return each(entropy, some)

    few, all_of_them = float(len(some)), float(len(images))
    targets = [Target.times(40, "scikit-image, one at a time"), Target.times(1 / 8, "memcpy")]
    rows = [
        Row("scikit-image, one at a time", scikit_image, "seed", few),
        Row("np.histogram", lambda: numpy_with(_histogram), "peer", few),
        Row("np.bincount", lambda: numpy_with(_bincount), "peer", few),
        Row("Pillow Image.entropy", pillow, "peer", all_of_them),
        Row("OpenCV calcHist", opencv, "peer", all_of_them),
        Row(
            "crystalviz shannon_entropy",
            lambda: each(shannon_entropy, images),
            "ours",
            all_of_them,
            targets,
        ),
        Row(
            "crystalviz shannon_entropies",
            lambda: lambda: shannon_entropies(images),
            "ours",
            all_of_them,
            targets,
        ),
        copy_row(images[0].size, all_of_them),
    ]
    return Comparison(
        title,
        rows,
        "images",
        [
            Check(
                "largest difference to scikit-image, bits", lambda: _difference(some), None, 1e-12
            ),
            Check("temporary memory / image", lambda: _temporary(images[0]), None, 0.05),
        ],
    )


def _histogram(image: np.ndarray) -> np.ndarray:
    return np.histogram(image, 256, (0, 256))[0]


def _bincount(image: np.ndarray) -> np.ndarray:
    return np.bincount(image.ravel(), minlength=256)


def _difference(images: np.ndarray) -> float:
    from skimage.measure import shannon_entropy as peer

    return float(np.abs(shannon_entropies(images) - [peer(image) for image in images]).max())


def _temporary(image: np.ndarray) -> float:
    shannon_entropy(image)
    tracemalloc.start()
    shannon_entropy(image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / image.nbytes


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
