"""Synthetic crowd marks: volunteers of differing skill click at particles on overlapping tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

CLASSES = ("particle", "cluster", "atom", "debris")
KINDS = ("easy", "crowded", "hard")

_PRIOR = (0.40, 0.35, 0.15, 0.10)
# Instances keep away from the border, so that each lies in as many tiles as the others.
_MARGIN = 195
_JITTER = 3.0
_APART = {"easy": 25.0, "crowded": 20.0, "hard": 20.0}
_NEIGHBOUR = {"crowded": (12.0, 18.0), "hard": (10.0, 16.0)}
_DOUBLE_CLICK = {"easy": 0.0, "crowded": 0.02, "hard": 0.03}
_STRAY = 0.1
_LOOK_ALIKES = 25
_LOOK_ALIKE_MARKED = 0.12
_SPAMMERS = 0.05
_COIN_FLIPS = 0.05
# Near a tile's edge, pixels, instances are missed three times as often.
_EDGE = 10.0


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
        image_id, x, y, label, and `coin_flip`: whether it looks as much like another class.
    volunteers : DataFrame
        volunteer_id, jitter (pixels), miss_rate, accuracy, spammer.
    """

    marks: pd.DataFrame
    reads: pd.DataFrame
    votes: pd.DataFrame
    truth: pd.DataFrame
    volunteers: pd.DataFrame


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
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if volunteers < readers:
        raise ValueError(f"{readers} readers a tile need as many volunteers, not {volunteers}")
    rng = np.random.default_rng(seed)
    crowd = _crowd(rng, kind, volunteers)
    truth = pd.concat(
        [_instances(rng, kind, f"image_{i:03d}", per_image, size) for i in range(images)],
        ignore_index=True,
    )
    reads = _reads(rng, images, readers, volunteers, size, tile, stride)
    marks = _marks(rng, kind, truth, reads, crowd, size)
    votes = _votes(rng, marks, truth, crowd)
    crowd = crowd.assign(volunteer_id=[f"volunteer_{v:03d}" for v in crowd.index])
    for table in (marks, reads, votes):
        table["volunteer_id"] = crowd["volunteer_id"].to_numpy()[table["volunteer_id"]]
    return SyntheticMarks(marks, reads, votes, truth, crowd)


def _crowd(rng: np.random.Generator, kind: str, n: int) -> pd.DataFrame:
    hard = kind == "hard"
    return pd.DataFrame(
        {
            "volunteer_id": "",
            "jitter": _JITTER * np.exp(rng.normal(0, 0.35, n)) if hard else np.full(n, _JITTER),
            "miss_rate": rng.beta(4, 16, n) if hard else np.full(n, 0.1),
            "accuracy": rng.beta(0.78 * 8, 0.22 * 8, n) if hard else np.full(n, 0.85),
            "spammer": rng.random(n) < _SPAMMERS if hard else np.zeros(n, dtype=bool),
        }
    )


def _instances(
    rng: np.random.Generator, kind: str, image_id: str, n: int, size: int
) -> pd.DataFrame:
    margin = min(_MARGIN, size / 4)
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


def _reads(
    rng: np.random.Generator,
    images: int,
    readers: int,
    volunteers: int,
    size: int,
    tile: int,
    stride: int,
) -> pd.DataFrame:
    tile = min(tile, size)
    starts = np.unique(np.append(np.arange(0, size - tile + 1, stride), size - tile))
    rows = [(i, x, y) for i in range(images) for x in starts for y in starts]
    activity = (1.0 + np.arange(volunteers)) ** -0.8
    activity /= activity.sum()
    # The readers of a tile are different people: a draw without replacement by Gumbel keys.
    keys = np.log(activity) + rng.gumbel(size=(len(rows), volunteers))
    who = np.argsort(-keys, axis=1, kind="stable")[:, :readers]
    image, x0, y0 = (np.repeat(column, readers) for column in np.array(rows).T)
    return pd.DataFrame(
        {
            "image_id": [f"image_{i:03d}" for i in image],
            "tile_id": [f"image_{i:03d}_{x}_{y}" for i, x, y in zip(image, x0, y0, strict=True)],
            "volunteer_id": who.ravel(),
            "classification_id": np.arange(len(image)),
            "x0": x0.astype(float),
            "y0": y0.astype(float),
            "width": float(tile),
            "height": float(tile),
        }
    )


def _marks(
    rng: np.random.Generator,
    kind: str,
    truth: pd.DataFrame,
    reads: pd.DataFrame,
    crowd: pd.DataFrame,
    size: int,
) -> pd.DataFrame:
    parts = []
    for image_id, here in reads.groupby("image_id", sort=False):
        own = truth.index[truth["image_id"] == image_id].to_numpy()
        places = truth.loc[own, ["x", "y"]].to_numpy()
        read, place = _shown(here, places)
        who = here["volunteer_id"].to_numpy()
        spammer = crowd["spammer"].to_numpy()[who]
        miss = crowd["miss_rate"].to_numpy()[who[read]]
        if kind == "hard":
            corner = here[["x0", "y0"]].to_numpy()[read]
            inset = np.minimum(
                places[place] - corner, corner + here["width"].iloc[0] - places[place]
            )
            miss = np.where(inset.min(1) < _EDGE, np.minimum(3 * miss, 0.95), miss)
        hit = (rng.random(len(read)) >= miss) & ~spammer[read]
        parts.append(_clicks(rng, here, read[hit], places[place[hit]], own[place[hit]], crowd))
        again = rng.random(hit.sum()) < _DOUBLE_CLICK[kind]
        double = parts[-1][again].copy()
        double[["x", "y"]] += rng.normal(0, 1.0, (len(double), 2))
        parts.append(double)
        strays = np.bincount(read, minlength=len(here)) * _STRAY
        strays[spammer] = 4.0
        parts.append(_strays(rng, here, rng.poisson(strays)))
        if kind == "hard":
            alike = rng.uniform(0, size, (_LOOK_ALIKES, 2))
            read, place = _shown(here, alike)
            taken = (rng.random(len(read)) < _LOOK_ALIKE_MARKED) & ~spammer[read]
            nobody = np.full(taken.sum(), -1)
            parts.append(_clicks(rng, here, read[taken], alike[place[taken]], nobody, crowd))
    marks = pd.concat(parts, ignore_index=True)
    corner = reads.set_index("classification_id").loc[marks["classification_id"]]
    for axis, start, length in (("x", "x0", "width"), ("y", "y0", "height")):
        low = corner[start].to_numpy()
        marks[axis] = marks[axis].clip(low, low + corner[length].to_numpy())
    marks = marks.sort_values("classification_id", kind="stable", ignore_index=True)
    return marks.assign(mark_id=np.arange(len(marks)))


def _shown(reads: pd.DataFrame, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which reads show which places, as pairs of row numbers."""
    low = reads[["x0", "y0"]].to_numpy()
    high = low + reads[["width", "height"]].to_numpy()
    inside = ((places >= low[:, None]) & (places < high[:, None])).all(2)
    read, place = np.nonzero(inside)
    return read, place


def _clicks(
    rng: np.random.Generator,
    reads: pd.DataFrame,
    read: np.ndarray,
    places: np.ndarray,
    instance: np.ndarray,
    crowd: pd.DataFrame,
) -> pd.DataFrame:
    chosen = reads.iloc[read]
    jitter = crowd["jitter"].to_numpy()[chosen["volunteer_id"]]
    x, y = (places + rng.normal(0, 1, (len(read), 2)) * jitter[:, None]).T
    columns = ["image_id", "tile_id", "volunteer_id", "classification_id"]
    return chosen[columns].reset_index(drop=True).assign(x=x, y=y, instance=instance)


def _strays(rng: np.random.Generator, reads: pd.DataFrame, count: np.ndarray) -> pd.DataFrame:
    chosen = reads.iloc[np.repeat(np.arange(len(reads)), count)]
    columns = ["image_id", "tile_id", "volunteer_id", "classification_id"]
    return (
        chosen[columns]
        .reset_index(drop=True)
        .assign(
            x=(chosen["x0"] + rng.random(len(chosen)) * chosen["width"]).to_numpy(),
            y=(chosen["y0"] + rng.random(len(chosen)) * chosen["height"]).to_numpy(),
            instance=-1,
        )
    )


def _votes(
    rng: np.random.Generator, marks: pd.DataFrame, truth: pd.DataFrame, crowd: pd.DataFrame
) -> pd.DataFrame:
    """Let five volunteers name what each mark is on; a stray is on debris."""
    k, votes = len(CLASSES), min(5, len(crowd))
    number = {name: i for i, name in enumerate(CLASSES)}
    true = np.append(truth["label"].map(number).to_numpy(), number["debris"])
    other = (true + rng.integers(1, k, len(true))) % k
    flips = np.append(truth["coin_flip"].to_numpy(), False)
    instance = np.repeat(marks["instance"].to_numpy(), votes)
    who = _distinct(rng, len(marks), votes, len(crowd)).ravel()
    looks = np.where(
        flips[instance] & (rng.random(len(who)) < 0.5), other[instance], true[instance]
    )
    wrong = rng.random(len(who)) >= crowd["accuracy"].to_numpy()[who]
    said = np.where(wrong, (looks + rng.integers(1, k, len(who))) % k, looks)
    spam = crowd["spammer"].to_numpy()[who]
    said = np.where(spam, rng.integers(0, k, len(who)), said)
    return pd.DataFrame(
        {
            "mark_id": np.repeat(marks["mark_id"].to_numpy(), votes),
            "volunteer_id": who,
            "label": np.array(CLASSES)[said],
        }
    )


def _distinct(rng: np.random.Generator, rows: int, votes: int, n: int) -> np.ndarray:
    """Return `votes` different volunteers for each row: steps of one size from a random start."""
    start = rng.integers(0, n, (rows, 1))
    step = rng.integers(1, max((n - 1) // max(votes - 1, 1), 1) + 1, (rows, 1))
    return (start + step * np.arange(votes)) % n
