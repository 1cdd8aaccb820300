"""Needles, laths and bundles of them: what both classes of micrograph are full of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from crystalviz.datasets._noise import logistic, smooth_noise


@dataclass(frozen=True)
class Lath:
    """One elongated crystal; lengths in pixels, angle in radians, brightness about 0 to 1."""

    centre: tuple[float, float]
    angle: float
    length: float
    width: float
    brightness: float
    opacity: float
    rim: float
    striation: float
    speckle: float
    bend: float = 0.0
    slant: float = 0.0
    grainy: bool = False


def paint_lath(canvas: np.ndarray, lath: Lath, rng: np.random.Generator) -> None:
    """Lay one lath over `canvas` (H, W) float32, in place."""
    dy = np.arange(canvas.shape[0], dtype=np.float32)[:, None] - lath.centre[0]
    dx = np.arange(canvas.shape[1], dtype=np.float32)[None, :] - lath.centre[1]
    cosine, sine = np.float32(np.cos(lath.angle)), np.float32(np.sin(lath.angle))
    along = dx * cosine + dy * sine
    across = dy * cosine - dx * sine
    across += lath.bend * (along / max(lath.length, 1.0)) ** 2
    softness = 0.5 + 0.02 * lath.width
    half = lath.width / 2
    # Only pixels that the crystal reaches: most laths cover a tenth of the frame.
    touched = np.abs(across) < half + 5 * softness
    touched &= np.abs(along + lath.slant * across) < lath.length / 2 + 6
    if not touched.any():
        return
    along, across = along[touched], across[touched]
    cover = logistic((half - np.abs(across)) / softness)
    cover *= logistic((lath.length / 2 - np.abs(along + lath.slant * across)) / 1.2)

    texture = _lath_texture(lath, rng, along, across)
    # Facets catch the light along their edges, rarely on both sides alike.
    lean = rng.uniform(-1, 1)
    edge = np.exp(-(((np.abs(across) - half + 1.2) / (1.0 + 0.04 * lath.width)) ** 2))
    edge *= 1 + 0.7 * lean * np.sign(across)
    # The brightness wanders along the crystal, as it leaves the plane of focus.
    steps = np.linspace(-0.75, 0.75, 9) * max(lath.length, 1.0)
    wander = np.interp(along, steps, rng.uniform(0.35, 1.15, steps.size))
    light = lath.brightness * wander * (texture * (1 - 0.5 * lath.rim) + lath.rim * edge)
    alpha = lath.opacity * cover
    # Dark-field light adds up where crystals overlap, but a thick one hides what is behind.
    canvas[touched] = canvas[touched] * (1 - alpha) + cover * light


def _lath_texture(
    lath: Lath, rng: np.random.Generator, along: np.ndarray, across: np.ndarray
) -> np.ndarray:
    """Striations along the axis and bright specks, sampled at the given pixels."""
    rows = int(lath.width) + 12
    columns = int(np.ptp(along)) + 8
    fine = smooth_noise(rng, (rows, columns), (rng.uniform(0.8, 1.8), rng.uniform(8, 30)))
    long = rng.uniform(0.9, 2.2) if lath.grainy else rng.uniform(1.0, 4.0)
    grains = smooth_noise(rng, (rows, columns), (rng.uniform(0.9, 1.6), long))
    # Specks come in patches: where a facet is clean the lath is smooth.
    patches = smooth_noise(rng, (rows, columns), (max(2.0, lath.width / 4), rng.uniform(8, 30)))
    clean = rng.uniform(-2.5, 0.0) if lath.grainy else rng.uniform(-0.8, 1.0)
    grains *= logistic(1.5 * patches - clean)
    broad = smooth_noise(rng, (rows, columns), (max(2.0, lath.width / 5), rng.uniform(10, 30)))
    field = np.exp(lath.striation * fine + lath.speckle * grains + 0.3 * broad)
    field /= field.mean() + 1e-6
    where = np.stack([across + rows / 2, along - along.min() + 3])
    return ndimage.map_coordinates(field, where, order=1, mode="reflect")


def needle_scene(
    rng: np.random.Generator, shape: tuple[int, int], crowding: float = 1.0
) -> np.ndarray:
    """Draw a field of view full of needles and laths, nearer ones sharp, farther ones blurred.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : (height, width)
        Pixels.
    crowding : float
        Scales how many crystals lie in the plane of focus.

    Returns
    -------
    (height, width) float32
        Light in arbitrary units, about 0 (dark) to 1 (bright facet) and above.
    """
    side = float(np.hypot(*shape))
    canvas = 0.10 + 0.05 * smooth_noise(rng, shape, side / 6)
    canvas += 0.015 * smooth_noise(rng, shape, rng.uniform(3, 6))
    canvas = (0.02 * np.log1p(np.exp(canvas / 0.02))).astype(np.float32)
    main_angle = rng.uniform(0, np.pi)
    spread = rng.choice([0.15, 0.5, 1.6], p=[0.3, 0.4, 0.3])

    def place(length: float, width: float, sharp: bool, angle: float | None = None) -> Lath:
        return Lath(
            centre=(rng.uniform(-0.05, 1.05) * shape[0], rng.uniform(-0.05, 1.05) * shape[1]),
            angle=main_angle + rng.normal(0, spread) if angle is None else angle,
            length=length,
            width=width,
            brightness=rng.uniform(0.15, 0.55) if sharp else rng.uniform(0.1, 0.35),
            opacity=rng.uniform(0.2, 0.85),
            rim=rng.uniform(0.0, 0.9),
            striation=rng.uniform(0.15, 0.55),
            speckle=rng.uniform(0.0, 0.6),
            bend=rng.normal(0, 2.0),
            slant=rng.normal(0, 0.5),
        )

    # Behind the focus: broad soft streaks and round hazes.
    back = np.zeros(shape, np.float32)
    for _ in range(rng.integers(2, 8)):
        paint_lath(back, place(side * rng.uniform(0.3, 1.2), rng.uniform(6, 60), False), rng)
    canvas += ndimage.gaussian_filter(back, rng.uniform(3, 8))
    for _ in range(rng.poisson(0.8)):
        canvas += _haze(rng, shape)
    middle = np.zeros(shape, np.float32)
    for _ in range(rng.integers(1, 7)):
        paint_lath(middle, place(side * rng.uniform(0.4, 1.4), rng.uniform(3, 18), False), rng)
    canvas += ndimage.gaussian_filter(middle, rng.uniform(1.2, 2.5))

    kind = rng.choice(["sparse", "mesh", "laths", "bundle"], p=[0.18, 0.2, 0.4, 0.22])
    if kind == "bundle":
        _paint_bundle(canvas, rng, main_angle, side)
    if kind == "laths":
        for _ in range(max(1, round(crowding * rng.integers(1, 4)))):
            lath = place(side * rng.uniform(0.25, 1.6), rng.uniform(14, 80), True)
            lath = replace(lath, brightness=rng.uniform(0.3, 1.0), opacity=rng.uniform(0.6, 0.95))
            if rng.random() < 0.5:
                # Facets rough all over: grains as in an agglomerate, but straight outlines.
                lath = replace(
                    lath,
                    grainy=True,
                    speckle=rng.uniform(0.3, 0.9),
                    striation=rng.uniform(0.0, 0.3),
                    rim=rng.uniform(0.0, 0.4),
                )
            paint_lath(canvas, lath, rng)
    count = {"sparse": (1, 3), "mesh": (5, 13), "laths": (0, 5), "bundle": (0, 5)}[kind]
    for _ in range(round(crowding * rng.integers(*count))):
        paint_lath(canvas, place(side * rng.uniform(0.3, 1.5), rng.uniform(2.5, 13), True), rng)
    return canvas


def _haze(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """One crystal far out of focus: a smooth bright patch without grain."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    radius = rng.uniform(0.06, 0.3) * min(shape)
    aspect, angle = rng.uniform(0.5, 1.0), rng.uniform(0, np.pi)
    dy, dx = rows - rng.uniform(0, shape[0]), columns - rng.uniform(0, shape[1])
    u = dx * np.cos(angle) + dy * np.sin(angle)
    v = dy * np.cos(angle) - dx * np.sin(angle)
    distance = np.hypot(u, v / aspect) / radius
    modulation = 1 + 0.25 * smooth_noise(rng, shape, rng.uniform(2.0, 5.0))
    return rng.uniform(0.08, 0.4) * np.exp(-(distance**2)) * modulation


def _paint_bundle(canvas: np.ndarray, rng: np.random.Generator, angle: float, side: float) -> None:
    """Nearly parallel laths lying on one another, as broken needles stack in the slurry."""
    height, width = canvas.shape
    centre = np.array([rng.uniform(0.2, 0.8) * height, rng.uniform(0.2, 0.8) * width])
    normal = np.array([np.cos(angle), -np.sin(angle)])
    reach = rng.uniform(15, 50)
    for _ in range(rng.integers(5, 16)):
        spot = centre + normal * rng.uniform(-reach, reach) + rng.normal(0, 12, 2)
        lath = Lath(
            centre=(float(spot[0]), float(spot[1])),
            angle=angle + rng.normal(0, 0.05),
            length=side * rng.uniform(0.4, 1.4),
            width=rng.uniform(4, 22),
            brightness=rng.uniform(0.15, 0.6),
            opacity=rng.uniform(0.3, 0.9),
            rim=rng.uniform(0.1, 0.8),
            striation=rng.uniform(0.2, 0.6),
            speckle=rng.uniform(0.1, 0.65),
            slant=rng.normal(0, 0.6),
        )
        paint_lath(canvas, lath, rng)


def paint_loose_needles(
    canvas: np.ndarray, rng: np.random.Generator, count: int, brightness: tuple[float, float]
) -> None:
    """Lay `count` thin needles anywhere over `canvas`, in place."""
    side = float(np.hypot(*canvas.shape))
    for _ in range(count):
        lath = Lath(
            centre=(rng.uniform(0, 1) * canvas.shape[0], rng.uniform(0, 1) * canvas.shape[1]),
            angle=rng.uniform(0, np.pi),
            length=side * rng.uniform(0.25, 1.2),
            width=rng.uniform(2.5, 14),
            brightness=rng.uniform(*brightness),
            opacity=rng.uniform(0.15, 0.8),
            rim=rng.uniform(0.1, 0.9),
            striation=rng.uniform(0.15, 0.5),
            speckle=rng.uniform(0.1, 0.6),
            bend=rng.normal(0, 2.0),
            slant=rng.normal(0, 0.5),
        )
        paint_lath(canvas, lath, rng)
