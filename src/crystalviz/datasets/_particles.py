"""What lies on the film: gold particles, clusters of few atoms, single atoms, debris.

Each painter adds light to a canvas around a centre. The scan drifts while it runs: every row is
shifted by `drift[row]`, less the shift of the centre's own row, so that a centre stays where it is
told and only the shape shears.
"""

from __future__ import annotations

import numpy as np

from crystalviz.datasets._noise import logistic, smooth_noise

RADII = {
    "particle": (8.0, 15.0),
    "cluster": (6.0, 9.0),
    "atom": (2.5, 3.2),
    "debris": (8.0, 14.0),
}


def paint(
    canvas: np.ndarray,
    rng: np.random.Generator,
    label: str,
    x: float,
    y: float,
    radius: float,
    drift: np.ndarray,
    strength: float = 1.0,
) -> None:
    """Add one thing of the class `label` to `canvas` (H, W) float32, in place.

    Parameters
    ----------
    x, y, radius : float
        Pixels.
    drift : (H,) array
        How far each row is shifted to the right, pixels.
    strength : float
        Share of the usual light.
    """
    reach = int(1.6 * radius + 6)
    rows = slice(max(int(y) - reach, 0), min(int(y) + reach + 2, canvas.shape[0]))
    columns = slice(max(int(x) - reach, 0), min(int(x) + reach + 2, canvas.shape[1]))
    here = min(max(round(y), 0), len(drift) - 1)
    down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - y
    across = np.arange(columns.start, columns.stop, dtype=np.float32)[None] - x
    across = across - (drift[rows] - drift[here])[:, None]
    down = np.broadcast_to(down, across.shape)
    painter = {"particle": _particle, "cluster": _cluster, "atom": _atom, "debris": _debris}[label]
    canvas[rows, columns] += strength * painter(rng, across, down, radius)


def paint_knot(
    canvas: np.ndarray, rng: np.random.Generator, x: float, y: float, drift: np.ndarray
) -> None:
    """Add a knot of the film: grains pile up there and pass for atoms at a glance."""
    if rng.random() < 0.5:
        paint(canvas, rng, "atom", x, y, rng.uniform(2.6, 3.6), drift, rng.uniform(0.45, 0.65))
    else:
        paint(canvas, rng, "cluster", x, y, rng.uniform(5.0, 8.0), drift, rng.uniform(0.4, 0.55))


def _particle(
    rng: np.random.Generator, across: np.ndarray, down: np.ndarray, radius: float
) -> np.ndarray:
    """Return a faceted crystal: light goes with its thickness; some show fringes or a twin."""
    turn = rng.uniform(0, 2 * np.pi)
    u = across * np.cos(turn) + down * np.sin(turn)
    v = (down * np.cos(turn) - across * np.sin(turn)) / rng.uniform(0.84, 1.0)
    sides = int(rng.choice([5, 6, 6, 8]))
    wedge = np.mod(np.arctan2(v, u), 2 * np.pi / sides) - np.pi / sides
    # A circle at facets 0, a polygon at 1.
    facets = rng.uniform(0.3, 0.9)
    outline = radius * (np.cos(np.pi / sides) / np.cos(wedge)) ** facets
    depth = np.hypot(u, v) / outline
    thickness = np.sqrt(np.clip(1 - depth**2, 0, 1))
    # Truncated crystals have a plateau.
    thickness = np.minimum(thickness, rng.uniform(0.75, 1.0))
    body = rng.uniform(0.42, 0.72) * thickness + 0.05 * logistic((1 - depth) * radius)
    style = rng.random()
    if style < 0.35:
        body = body * (1 + 0.1 * np.sin(2 * np.pi * u / rng.uniform(3.0, 4.5)))
    elif style < 0.6:
        twin = logistic((v - rng.uniform(-0.3, 0.3) * radius) / 0.7)
        body = body * (1 + rng.uniform(-0.22, 0.22) * twin)
    return body


def _cluster(
    rng: np.random.Generator, across: np.ndarray, down: np.ndarray, radius: float
) -> np.ndarray:
    """Return a loose raft of atoms around the centre."""
    count = int(rng.integers(7, 12) + radius)
    places = rng.normal(0, 0.58 * radius, (count, 2))
    far = np.hypot(*places.T)
    places *= np.minimum(1, (radius - 1) / np.maximum(far, 1e-6))[:, None]
    places -= places.mean(0)
    light = 0.05 * np.exp(-(across**2 + down**2) / (2 * (0.6 * radius) ** 2))
    for x, y in places:
        spot = rng.uniform(1.1, 1.5)
        light = light + rng.uniform(0.15, 0.3) * np.exp(
            -((across - x) ** 2 + (down - y) ** 2) / (2 * spot**2)
        )
    return light


def _atom(
    rng: np.random.Generator, across: np.ndarray, down: np.ndarray, radius: float
) -> np.ndarray:
    """Return one bright spot with the probe's faint skirt."""
    spot = radius / 1.8
    square = across**2 + down**2
    light = np.exp(-square / (2 * spot**2)) + 0.12 * np.exp(-square / (2 * (2.5 * spot) ** 2))
    return rng.uniform(0.44, 0.62) * light


def _debris(
    rng: np.random.Generator, across: np.ndarray, down: np.ndarray, radius: float
) -> np.ndarray:
    """Return a ragged flake: dull, uneven, longer than wide."""
    turn, aspect = rng.uniform(0, np.pi), rng.uniform(0.5, 0.85)
    u = across * np.cos(turn) + down * np.sin(turn)
    v = (down * np.cos(turn) - across * np.sin(turn)) / aspect
    theta = np.arctan2(v, u)
    outline = np.ones_like(theta)
    for k in range(2, 7):
        outline += rng.normal(0, 0.16 / k**0.5) * np.cos(k * theta + rng.uniform(0, 2 * np.pi))
    shape = (across.shape[0], across.shape[1])
    ragged = 1.1 * smooth_noise(rng, shape, 1.6)
    mask = logistic((radius * outline - np.hypot(u, v) + ragged) / 1.1)
    texture = 1 + 0.28 * smooth_noise(rng, shape, 2.2)
    return rng.uniform(0.13, 0.24) * mask * texture
