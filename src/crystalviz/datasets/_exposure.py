"""The camera: blur, one shared distribution of exposures for both classes, noise."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def expose(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn light (H, W) float32 into a micrograph (H, W) uint8.

    The gray values are moved towards a target distribution that is drawn without
    regard to the class, so that mean gray, contrast and entropy tell (almost)
    nothing about what is in the picture. The mapping is monotone: shapes stay.
    """
    # Most frames are a little out of focus as a whole.
    light = ndimage.gaussian_filter(
        light, rng.choice([rng.uniform(0.6, 1.0), rng.uniform(1.0, 1.7)])
    )
    rows, columns = np.mgrid[-1 : 1 : light.shape[0] * 1j, -1 : 1 : light.shape[1] * 1j]
    tilt = rng.normal(0, 0.07, 2)
    light = light * (1 + tilt[0] * rows + tilt[1] * columns)

    order = np.argsort(light, axis=None, kind="stable")
    own = light.ravel()[order]
    target = _target_quantiles(rng, own.size)
    # Its own distribution, brought to the target's brightness and contrast ...
    own = (own - own.mean()) / (own.std() + 1e-9) * target.std() + target.mean()
    # ... and most of the way to the target's shape.
    share = rng.uniform(0.6, 0.85)
    values = np.empty(own.size)
    values[order] = share * target + (1 - share) * own
    image = values.reshape(light.shape)
    image = image + rng.uniform(0.4, 2.2) * rng.standard_normal(image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _target_quantiles(rng: np.random.Generator, count: int) -> np.ndarray:
    """Sorted gray values of one exposure: dark ground, a middle, highlights up to clipping."""
    dark = rng.uniform(8, 48)
    middle = dark + rng.uniform(22, 100)
    bright = min(middle + rng.uniform(60, 180), 285.0)
    rank = (np.arange(count) + 0.5) / count
    below = dark + (middle - dark) * np.clip(2 * rank, 0, 1) ** rng.uniform(0.55, 1.2)
    above = (bright - middle) * np.clip(2 * rank - 1, 0, 1) ** np.exp(rng.uniform(-0.8, 0.8))
    return below + above
