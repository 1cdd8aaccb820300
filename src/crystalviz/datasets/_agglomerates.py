"""Phenylglycine agglomerates: granular rounded or ragged bodies, translucent to white."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from crystalviz.datasets._noise import logistic, smooth_noise


def paint_agglomerate(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Lay one agglomerate over `canvas` (H, W) float32, in place.

    Its kind is drawn from a continuum: `solidity` 0 is a translucent ball full of
    bright grains, 1 a white body whose ragged edge is eaten by dark speckles.
    """
    shape = (canvas.shape[0], canvas.shape[1])
    depth, radius, theta = _depth(rng, shape)
    solidity = float(
        rng.choice(
            [rng.uniform(0, 0.35), rng.uniform(0.35, 0.75), rng.uniform(0.75, 1.0)],
            p=[0.42, 0.2, 0.38],
        )
    )
    softness = rng.uniform(0.8, 3.0) * (1.4 - solidity)
    mask = logistic(depth / softness)
    inward = np.clip(depth / radius, 0, 1)

    grain = _granular(rng, shape, depth, radius, theta)
    body = (1 - solidity) * rng.uniform(0.22, 0.4) * grain + solidity * _white(
        rng, shape, inward, grain
    )
    if solidity < 0.75 and rng.random() < 0.7:
        body += _rim(rng, depth, theta)
    opacity = np.clip(rng.uniform(0.3, 0.7) + solidity, 0, 0.97)
    canvas[:] = canvas * (1 - opacity * mask) + mask * body
    if rng.random() < 0.6:
        _scatter_grains(canvas, rng, depth, radius)


def _depth(
    rng: np.random.Generator, shape: tuple[int, int]
) -> tuple[np.ndarray, float, np.ndarray]:
    """Signed depth below the outline in pixels, the mean radius, the polar angle."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    small = min(shape)
    radius = rng.uniform(0.27, 0.52) * small
    centre = np.array(shape) / 2 + rng.normal(0, 0.07, 2) * small
    stretch = np.array([shape[0], shape[1]]) / small
    stretch = stretch ** rng.uniform(0, 1)
    dy, dx = (rows - centre[0]) / stretch[0], (columns - centre[1]) / stretch[1]
    tilt, aspect = rng.uniform(0, np.pi), rng.uniform(0.72, 1.0)
    u = dx * np.cos(tilt) + dy * np.sin(tilt)
    v = (dy * np.cos(tilt) - dx * np.sin(tilt)) / aspect
    distance, theta = np.hypot(u, v), np.arctan2(v, u)
    outline = np.ones_like(theta)
    for k in range(2, 9):
        outline += rng.normal(0, 0.07 / k**0.6) * np.cos(k * theta + rng.uniform(0, 2 * np.pi))
    depth = radius * outline - distance
    if rng.random() < 0.3:
        # Several grown together instead of one body.
        for _ in range(rng.integers(2, 7)):
            angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.8) * radius
            lobe = rng.uniform(0.35, 0.7) * radius
            away = np.hypot(u - reach * np.cos(angle), v - reach * np.sin(angle))
            depth = np.maximum(depth, lobe - away)
    ragged = rng.choice([rng.uniform(0.2, 1.2), rng.uniform(1.2, 4.0)]) * smooth_noise(
        rng, shape, rng.uniform(1.3, 4.0)
    )
    return depth + ragged * np.exp(-np.abs(depth) / 12), radius, theta


def _granular(
    rng: np.random.Generator,
    shape: tuple[int, int],
    depth: np.ndarray,
    radius: float,
    theta: np.ndarray,
) -> np.ndarray:
    """Bright grains on a dimmer ground, mean about 1, with patches that have few of them."""
    size = rng.uniform(0.9, 2.2)
    contrast = rng.uniform(0.2, 0.75)
    patches = logistic(1.5 * smooth_noise(rng, shape, radius / rng.uniform(2, 5)) + 0.8)
    field = contrast * patches * smooth_noise(rng, shape, size)
    field += rng.uniform(0.1, 0.4) * smooth_noise(rng, shape, size * rng.uniform(2, 4))
    field += rng.uniform(0.1, 0.4) * smooth_noise(rng, shape, radius / 3)
    if rng.random() < 0.22:
        # Spherulites: fibres that radiate from the middle.
        fibres = smooth_noise(rng, (180, 64), (1.2, rng.uniform(4, 12)))
        where = [(theta / (2 * np.pi) % 1.0) * 180, np.clip(1 - depth / radius, 0, 1.5) * 40]
        field += rng.uniform(0.1, 0.35) * ndimage.map_coordinates(
            fibres, where, order=1, mode="wrap"
        )
    field = np.exp(field)
    dome = rng.uniform(-0.5, 0.4) * np.clip(depth / radius, 0, 1)
    return (field / field.mean()) * (1 + dome) * (0.6 + 0.5 * patches)


def _white(
    rng: np.random.Generator, shape: tuple[int, int], inward: np.ndarray, grain: np.ndarray
) -> np.ndarray:
    """Draw a saturated body: brightest near its edge, speckled dark where the edge is ragged."""
    rows, columns = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j].astype(np.float32)
    slope = rng.normal(0, 0.06, 2)
    body = 1.05 - rng.uniform(-0.05, 0.28) * np.sqrt(inward) + slope[0] * rows + slope[1] * columns
    body = body * (1 + rng.uniform(0, 0.15) * (grain - 1))
    where = smooth_noise(rng, shape, min(shape) / rng.uniform(8, 14))
    specks = smooth_noise(rng, shape, rng.uniform(0.9, 1.7))
    reach = rng.uniform(0.06, 0.3)
    # The deeper inside, the rarer the speckles; some lie along cracks anywhere.
    threshold = rng.uniform(-0.3, 0.6) + 1.5 * inward / reach - 0.9 * where
    cracks = np.abs(smooth_noise(rng, shape, min(shape) / 10)) < rng.uniform(0.02, 0.12)
    threshold = np.where(cracks & (where > -0.2), np.minimum(threshold, 0.9), threshold)
    threshold = np.minimum(threshold, rng.uniform(2.3, 4.0))
    dark = logistic((specks - threshold) * 6)
    return body * (1 - rng.uniform(0.45, 0.9) * dark)


def _rim(rng: np.random.Generator, depth: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Draw the bright outline of a ball, on a part of the way round."""
    width = rng.uniform(1.5, 5.0)
    arc = logistic(3 * np.cos(theta - rng.uniform(0, 2 * np.pi)) + rng.uniform(-1, 3))
    bumps = 1 + 0.4 * smooth_noise(rng, (depth.shape[0], depth.shape[1]), 2.0)
    return rng.uniform(0.1, 0.35) * arc * bumps * np.exp(-(((depth - width) / width) ** 2))


def _scatter_grains(
    canvas: np.ndarray, rng: np.random.Generator, depth: np.ndarray, radius: float
) -> None:
    """Add a few bright grains on the body and crumbs just outside it."""
    rows, columns = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]].astype(np.float32)
    inside = np.argwhere(depth > -0.12 * radius)
    for _ in range(rng.integers(2, 12)):
        row, column = inside[rng.integers(len(inside))]
        size = rng.uniform(1.2, 3.5)
        bump = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * size**2))
        canvas += rng.uniform(0.1, 0.5) * bump
