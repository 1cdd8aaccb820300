"""Synthetic crowd marks: volunteers of differing skill click at particles on overlapping tiles."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from crystalviz.datasets._volunteers import (
    CLASSES,
    KINDS,
    draw_marks,
    draw_reads,
    draw_volunteers,
    draw_votes,
)

_PRIOR = (0.40, 0.35, 0.15, 0.10)
# Instances keep away from the border, so that each lies in as many tiles as the others.
_MARGIN = 195
_APART = {"easy": 25.0, "crowded": 20.0, "hard": 20.0}
_NEIGHBOUR = {"crowded": (12.0, 18.0), "hard": (10.0, 16.0)}
_COIN_FLIPS = 0.05


@dataclass
class SyntheticMarks:
    """Generated marks, and the truth behind them.

    Attributes
    ----------
    marks : DataFrame
        image_id, tile_id, x, y, volunteer_id, classification_id, mark_id, and `instance`: the row
        of `truth` it was meant for, -1 for a stray.
    reads : DataFrame
        image_id, tile_id, volunteer_id, classification_id, x0, y0, width, height.
    votes : DataFrame
        mark_id, volunteer_id, label: a second round in which five volunteers name each mark.
    truth : DataFrame
        image_id, x, y, label, `coin_flip`: whether it looks as much like another class, and
        `looks_like`: that class (its own where there is no other).
    volunteers : DataFrame
        volunteer_id, jitter (pixels), miss_rate, accuracy, spammer.
    look_alikes : DataFrame
        image_id, x, y of what is no instance and is marked now and then.
    """

    marks: pd.DataFrame
    reads: pd.DataFrame
    votes: pd.DataFrame
    truth: pd.DataFrame
    volunteers: pd.DataFrame
    look_alikes: pd.DataFrame

    def save(self, folder: str | PathLike[str]) -> list[Path]:
        """Write `marks.csv` and `labels.csv`, as Zooniverse exports them, and `truth.csv`.

        Parameters
        ----------
        folder : path
            Made when it is not there. Files of the same names are replaced.

        Returns
        -------
        list of Path
            The files, in this order.
        """
        from crystalviz.datasets.zooniverse import write_zooniverse

        exports = write_zooniverse(self, folder)
        truth = Path(folder) / "truth.csv"
        self.truth.to_csv(truth, index=False)
        return [*exports, truth]


def synthetic_marks(
    kind: str = "easy",
    *,
    images: int = 20,
    per_image: int = 100,
    readers: int = 5,
    volunteers: int = 200,
    size: int = 2048,
    tile: int = 384,
    stride: int = 192,
    seed: int = 0,
) -> SyntheticMarks:
    """Make crowd marks as Key2Cat's: overlapping tiles, five readers each, then votes on marks.

    Parameters
    ----------
    kind : str
        "easy": instances lie apart, volunteers are alike (jitter 3 px, 10 % missed). "crowded":
        half of the instances have a neighbour at 12 to 18 px, and 2 % of marks are double clicks.
        "hard": neighbours at 10 to 16 px, 20 % missed and three times that near edges of tiles,
        unequal volunteers, spammers, look-alikes that are no instances, double clicks, and
        instances whose class is a coin flip. In all of them a tenth of the marks is stray.
    images, per_image : int
        How many, and instances on each.
    readers : int
        Volunteers a tile.
    volunteers : int
        How many there are; a few do most of the work.
    size, tile, stride : int
        Pixels: the image's side, the tile's, and the step from tile to tile.
    seed : int
        The same seed gives the same marks.

    Raises
    ------
    ValueError
        When there is no such kind, a number is under 1, there are more readers than volunteers,
        or no room for the instances.
    """
    check_crowd(kind, images, per_image, readers, volunteers)
    rng = np.random.default_rng(seed)
    crowd = draw_volunteers(rng, kind, volunteers)
    names = [f"image_{i:03d}" for i in range(images)]
    margin = min(_MARGIN, size / 4)
    truth = pd.concat(
        [draw_instances(rng, kind, name, per_image, size, margin) for name in names],
        ignore_index=True,
    )
    reads = draw_reads(rng, names, readers, volunteers, size, tile, stride)
    return ask(rng, kind, truth, reads, crowd, size)


def check_crowd(kind: str, images: int, per_image: int, readers: int, volunteers: int) -> None:
    """Refuse kinds of scenes that are not there, empty ones, and more readers than volunteers."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    for name, number in (("images", images), ("per_image", per_image), ("readers", readers)):
        if number < 1:
            raise ValueError(f"{name} must be 1 or more, not {number}")
    if volunteers < readers:
        raise ValueError(f"{readers} readers a tile need as many volunteers, not {volunteers}")


def draw_instances(
    rng: np.random.Generator, kind: str, image_id: str, n: int, size: int, margin: float
) -> pd.DataFrame:
    """Return the truth of one image: image_id, x, y, label, coin_flip.

    Parameters
    ----------
    size, margin : float
        Pixels: the image's side, and how far from its border instances keep.
    """
    low, high = _NEIGHBOUR.get(kind, (0.0, 0.0))
    places: list[np.ndarray] = []

    def is_free(place: np.ndarray, gap: float) -> bool:
        inside = (place >= margin).all() and (place < size - margin).all()
        return bool(
            inside and (not places or (((np.array(places) - place) ** 2).sum(1) >= gap**2).all())
        )

    tries = 0
    while len(places) < n:
        tries += 1
        if tries > 100 * n:
            raise ValueError(f"{n} instances do not fit into an image of {size} px")
        place = rng.uniform(margin, size - margin, 2)
        if not is_free(place, _APART[kind]):
            continue
        places.append(place)
        # A third of those placed gets one neighbour: half of all then have one.
        if high and len(places) < n and rng.random() < 1 / 3:
            for _ in range(50):
                angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(low, high)
                beside = place + distance * np.array([np.cos(angle), np.sin(angle)])
                if is_free(beside, low):
                    places.append(beside)
                    break
    x, y = np.array(places).T
    flips = rng.random(n) < _COIN_FLIPS if kind == "hard" else np.zeros(n, dtype=bool)
    label = np.array(CLASSES)[rng.choice(len(CLASSES), n, p=_PRIOR)]
    return pd.DataFrame({"image_id": image_id, "x": x, "y": y, "label": label, "coin_flip": flips})


def ask(
    rng: np.random.Generator,
    kind: str,
    truth: pd.DataFrame,
    reads: pd.DataFrame,
    crowd: pd.DataFrame,
    size: int,
    look_alikes: pd.DataFrame | None = None,
) -> SyntheticMarks:
    """Return what the crowd says of a given truth when it reads these tiles."""
    marks, look_alikes = draw_marks(rng, kind, truth, reads, crowd, size, look_alikes)
    votes, looks_like = draw_votes(rng, marks, truth, crowd)
    crowd = crowd.assign(volunteer_id=[f"volunteer_{v:03d}" for v in crowd.index])
    for table in (marks, reads, votes):
        table["volunteer_id"] = crowd["volunteer_id"].to_numpy()[table["volunteer_id"]]
    truth = truth.assign(looks_like=looks_like)
    return SyntheticMarks(marks, reads, votes, truth, crowd, look_alikes)
