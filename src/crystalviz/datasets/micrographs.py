"""Synthetic micrographs of gold on germanium with the crowd's marks on them: Key2Cat's data."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

from crystalviz.datasets._noise import smooth_noise
from crystalviz.datasets._particles import RADII, paint, paint_knot
from crystalviz.datasets._volunteers import draw_reads, draw_volunteers
from crystalviz.datasets.crowd import SyntheticMarks, ask, check_crowd, draw_instances

# Whole particles only: none is cut by the border.
_MARGIN = 16.0
# Of a hard scene: knots of the film to four instances, and how far from others they keep, pixels.
_KNOTS = 0.25
_KNOT_APART = 22.0
# What each class is mistaken for, where it is a coin flip.
_MISTAKEN = {
    "particle": ("cluster", "debris"),
    "cluster": ("particle", "atom"),
    "atom": ("cluster",),
    "debris": ("particle", "cluster"),
}


@dataclass
class SyntheticMicrographs(SyntheticMarks):
    """Micrographs, the crowd's marks on them, and the truth behind both.

    Attributes
    ----------
    images : dict of image_id to (H, W) uint8
        Ids are names of PNG files, as `ImageSet.from_folder` gives them after `save`.
    marks, reads, votes, volunteers : DataFrame
        As of `SyntheticMarks`.
    truth : DataFrame
        As of `SyntheticMarks`, with `radius` (pixels).
    look_alikes : DataFrame
        image_id, x, y of knots of the film that readers take for particles now and then.
    """

    images: dict[str, np.ndarray]

    def save(self, folder: str | PathLike[str]) -> list[Path]:
        """Write the pictures into `micrographs/` beside `marks.csv`, `labels.csv`, `truth.csv`.

        Returns
        -------
        list of Path
            The tables, then the pictures.
        """
        written = super().save(folder)
        home = Path(folder) / "micrographs"
        home.mkdir(exist_ok=True)
        for name, picture in self.images.items():
            Image.fromarray(picture).save(home / name)
            written.append(home / name)
        return written


def synthetic_micrographs(
    kind: str = "easy",
    images: int = 4,
    *,
    size: int = 2048,
    per_image: int = 100,
    readers: int = 5,
    volunteers: int = 200,
    tile: int = 384,
    stride: int = 192,
    seed: int = 0,
) -> SyntheticMicrographs:
    """Draw dark-field STEM micrographs of gold on a germanium film, and let a crowd mark them.

    Four classes, in the order of `synthetic_marks`: particles (bright faceted crystals of 8 to
    15 px radius), clusters (rafts of a few atoms), single atoms, debris (dull ragged flakes). The
    film is grainy; the scan drifts and its lines jitter; the counts are Poisson's; the corners are
    darker. In a hard scene there are knots of the film that look like atoms or clusters and are
    none, and instances that are drawn half as one class and half as another.

    Parameters
    ----------
    kind : str
        "easy", "crowded" or "hard", as of `synthetic_marks`: the crowd is the same. Instances lie
        right up to the border, though, where fewer tiles show them.
    images, per_image : int
        How many, and instances on each.
    size, tile, stride : int
        Pixels: the image's side, the tile's, and the step from tile to tile.
    readers, volunteers : int
        Volunteers a tile, and how many there are.
    seed : int
        The same seed gives the same pictures and marks.

    Raises
    ------
    ValueError
        When there is no such kind, a number is under 1, there are more readers than volunteers,
        or no room for the instances.

    Examples
    --------
    >>> import crystalviz as cz
    >>> scene = cz.datasets.synthetic_micrographs("hard", 1, size=512, per_image=20)
    >>> {name: picture.shape for name, picture in scene.images.items()}
    {'micrograph_000.png': (512, 512)}
    """
    check_crowd(kind, images, per_image, readers, volunteers)
    rng = np.random.default_rng(seed)
    crowd = draw_volunteers(rng, kind, volunteers)
    names = [f"micrograph_{i:03d}.png" for i in range(images)]
    # What is seen does not hang on how many volunteers look.
    painters = [np.random.default_rng([seed, i]) for i in range(images)]
    truths, knots = [], []
    for name, painter in zip(names, painters, strict=True):
        truth = draw_instances(painter, kind, name, per_image, size, _MARGIN)
        truth["looks_like"] = [
            str(painter.choice(_MISTAKEN[label])) if flips else label
            for label, flips in zip(truth["label"], truth["coin_flip"], strict=True)
        ]
        truths.append(truth.assign(radius=_radii(painter, truth)))
        n_knots = round(_KNOTS * per_image) if kind == "hard" else 0
        knots.append(_knots(painter, truth, n_knots, size))
    truth = pd.concat(truths, ignore_index=True)
    look_alikes = pd.concat(knots, ignore_index=True)
    reads = draw_reads(rng, names, readers, volunteers, size, tile, stride)
    said = ask(rng, kind, truth, reads, crowd, size, look_alikes)
    pictures = {}
    for name, painter in zip(names, painters, strict=True):
        mine, others = (table[table["image_id"] == name] for table in (said.truth, look_alikes))
        pictures[name] = draw_film(painter, mine, others, size)
    return SyntheticMicrographs(**vars(said), images=pictures)


def _radii(rng: np.random.Generator, truth: pd.DataFrame) -> np.ndarray:
    """Return each instance's radius; of close neighbours only as much as there is room for."""
    own, other = (np.array([RADII[c] for c in truth[kind]]) for kind in ("label", "looks_like"))
    low, high = ((own + other) / 2).T
    places = truth[["x", "y"]].to_numpy()
    if len(places) < 2:
        return rng.uniform(low, high)
    room = 0.55 * cKDTree(places).query(places, k=2)[0][:, 1]
    return np.minimum(rng.uniform(low, high), room)


def _knots(rng: np.random.Generator, truth: pd.DataFrame, n: int, size: int) -> pd.DataFrame:
    """Return places of `n` knots, away from the instances; fewer where there is no room."""
    taken = truth[["x", "y"]].to_numpy()
    found: list[np.ndarray] = []
    for place in rng.uniform(_MARGIN, size - _MARGIN, (20 * n, 2)):
        if len(found) == n:
            break
        others = np.vstack([taken, *found])
        if (np.hypot(*(others - place).T) >= _KNOT_APART).all():
            found.append(place)
    x, y = np.array(found).reshape(-1, 2).T
    return pd.DataFrame({"image_id": truth["image_id"].iloc[0], "x": x, "y": y})


def draw_film(
    rng: np.random.Generator, truth: pd.DataFrame, knots: pd.DataFrame, size: int
) -> np.ndarray:
    """Draw one micrograph (size, size) uint8.

    Parameters
    ----------
    truth : DataFrame
        x, y, radius (pixels), label, looks_like.
    knots : DataFrame
        x, y.
    """
    shape = (size, size)
    light = _ground(rng, shape)
    drift = rng.uniform(2, 5) * smooth_noise(rng, (size, 1), (size / 6, 1.0))[:, 0]
    drift += rng.normal(0, 0.25, size).astype(np.float32)
    for one in truth.itertuples(index=False):
        # What is a coin flip shows a good part of either class.
        strength = 1.0 if one.label == one.looks_like else 0.65
        for label in dict.fromkeys((one.label, one.looks_like)):
            paint(light, rng, label, one.x, one.y, one.radius, drift, strength)
    for x, y in knots[["x", "y"]].to_numpy():
        paint_knot(light, rng, x, y, drift)
    return _detect(rng, ndimage.gaussian_filter(light, 0.7))


def _ground(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return the light of an amorphous film: fine grain, coarser grain, uneven thickness."""
    grain = smooth_noise(rng, shape, 1.5) - 0.5 * smooth_noise(rng, shape, 2.4)
    # Bicubic: on so plain a ground the creases of linear interpolation would show.
    slow = [Image.fromarray(rng.standard_normal((n, n), dtype=np.float32)) for n in (6, 24)]
    hills, patches = (np.asarray(one.resize(shape[::-1], Image.Resampling.BICUBIC)) for one in slow)
    level = rng.uniform(0.16, 0.22)
    light: np.ndarray = level * (1 + 0.18 * grain + 0.13 * hills + 0.03 * patches)
    return light


def _detect(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    """Return what the detector writes: darker corners, shot noise, uneven lines, 8 bits."""
    down, across = np.ogrid[-1 : 1 : light.shape[0] * 1j, -1 : 1 : light.shape[1] * 1j]
    middle = rng.normal(0, 0.12, 2)
    fall = rng.uniform(0.10, 0.22) * ((down - middle[0]) ** 2 + (across - middle[1]) ** 2) / 2
    light = light * (1 - fall)
    dose = rng.uniform(220, 380)
    counts = rng.poisson(np.clip(light, 0, None) * dose) / dose
    counts += rng.normal(0, 0.006, (light.shape[0], 1))
    return np.clip(np.rint(255 * (0.02 + 1.05 * counts)), 0, 255).astype(np.uint8)
