"""What training does to a micrograph so that only its shapes can be learned."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from crystalviz.images import apply_pose
from crystalviz.models.preprocess import resize


def augment(pixels: np.ndarray, rng: np.random.Generator, side: int) -> np.ndarray:
    """Return a random view of one picture.

    Parameters
    ----------
    pixels : (H, W) uint8
    rng : numpy.random.Generator
    side : int
        Height and width of the result.

    Returns
    -------
    (side, side) float32
        Gray 0..255: one of the 8 poses, zoomed, cropped, stretched, turned a little,
        blurred, resampled, with other exposure, light and noise, sometimes patched.
    """
    image = _crop(np.ascontiguousarray(apply_pose(pixels, int(rng.integers(8)))), rng)
    image = _resample(image, rng, side)
    return _photograph(image.astype(np.float32), rng)


def _crop(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut out a part, or widen the picture with its own mirror image, and turn a little."""
    if rng.random() < 0.25:
        margin = [int(rng.uniform(0, 0.18) * n) for n in pixels.shape for _ in range(2)]
        pixels = np.pad(pixels, ((margin[0], margin[1]), (margin[2], margin[3])), mode="reflect")
    if rng.random() < 0.4:
        turned = Image.fromarray(pixels).rotate(
            float(rng.uniform(-25, 25)), Image.Resampling.BILINEAR
        )
        # Keep the part that has no empty corners.
        rows, columns = (int(0.14 * n) for n in pixels.shape)
        pixels = np.asarray(turned)[
            rows : pixels.shape[0] - rows, columns : pixels.shape[1] - columns
        ]
    zoom = rng.uniform(0.68, 1.0)
    stretch = np.exp(rng.normal(0, 0.08))
    height = int(np.clip(pixels.shape[0] * zoom * stretch, 48, pixels.shape[0]))
    width = int(np.clip(pixels.shape[1] * zoom / stretch, 48, pixels.shape[1]))
    top = int(rng.integers(pixels.shape[0] - height + 1))
    left = int(rng.integers(pixels.shape[1] - width + 1))
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def _resample(pixels: np.ndarray, rng: np.random.Generator, side: int) -> np.ndarray:
    """Bring to the side, on the way sometimes through fewer pixels or a blur."""
    if rng.random() < 0.3:
        small = int(side * rng.uniform(0.4, 0.9))
        pixels = resize(pixels, (small, small))
    pixels = resize(pixels, (side, side))
    chance = rng.random()
    if chance < 0.35:
        blurred = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.0)))
        pixels = np.asarray(blurred)
    elif chance < 0.5:
        sharp = ImageFilter.UnsharpMask(rng.uniform(1, 3), int(rng.uniform(40, 180)), 0)
        pixels = np.asarray(Image.fromarray(pixels).filter(sharp))
    return pixels


def _photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another exposure: gamma, uneven light, clipping, noise, dirt."""
    side = image.shape[0]
    image = 255.0 * (image / 255.0) ** np.float32(np.exp(rng.normal(0, 0.3)))
    ramp = np.linspace(-1, 1, side, dtype=np.float32)
    tilt = rng.normal(0, 0.12, 2).astype(np.float32)
    image = image * (1 + tilt[0] * ramp[:, None] + tilt[1] * ramp[None, :])
    if rng.random() < 0.3:
        # Overexposed: highlights clip to one white.
        image = np.minimum(image * np.float32(rng.uniform(1.1, 2.2)), 255.0)
    if rng.random() < 0.2:
        image = 255.0 * (image / 255.0 + rng.uniform(0.05, 0.3)) / 1.3
    image = image + np.float32(rng.uniform(0, 6)) * rng.standard_normal(image.shape, np.float32)
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 4))):
            height, width = rng.integers(side // 12, side // 3, 2)
            top, left = rng.integers(0, side - height), rng.integers(0, side - width)
            image[top : top + height, left : left + width] = rng.uniform(0, 255)
    return np.clip(image, 0, 255).astype(np.float32)
