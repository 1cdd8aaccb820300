"""Volunteers who look at tiles: who sees what, what they mark, and what they call it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

CLASSES = ("particle", "cluster", "atom", "debris")
KINDS = ("easy", "crowded", "hard")

_JITTER = 3.0
_DOUBLE_CLICK = {"easy": 0.0, "crowded": 0.02, "hard": 0.03}
_STRAY = 0.1
_LOOK_ALIKES = 25
_LOOK_ALIKE_MARKED = 0.12
_SPAMMERS = 0.05
# Near a tile's edge, pixels, instances are missed three times as often.
_EDGE = 10.0


def draw_volunteers(rng: np.random.Generator, kind: str, n: int) -> pd.DataFrame:
    """Return `n` volunteers: jitter (pixels), miss_rate, accuracy, spammer."""
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


def draw_reads(
    rng: np.random.Generator,
    images: Sequence[str],
    readers: int,
    volunteers: int,
    size: int,
    tile: int,
    stride: int,
) -> pd.DataFrame:
    """Return one row a read: each tile goes to `readers` different volunteers (numbers)."""
    tile = min(tile, size)
    starts = np.unique(np.append(np.arange(0, size - tile + 1, stride), size - tile))
    rows = [(i, x, y) for i in range(len(images)) for x in starts for y in starts]
    activity = (1.0 + np.arange(volunteers)) ** -0.8
    activity /= activity.sum()
    # The readers of a tile are different people: a draw without replacement by Gumbel keys.
    keys = np.log(activity) + rng.gumbel(size=(len(rows), volunteers))
    who = np.argsort(-keys, axis=1, kind="stable")[:, :readers]
    image, x0, y0 = (np.repeat(column, readers) for column in np.array(rows).T)
    return pd.DataFrame(
        {
            "image_id": [images[i] for i in image],
            "tile_id": [f"{images[i]}_{x}_{y}" for i, x, y in zip(image, x0, y0, strict=True)],
            "volunteer_id": who.ravel(),
            "classification_id": np.arange(len(image)),
            "x0": x0.astype(float),
            "y0": y0.astype(float),
            "width": float(tile),
            "height": float(tile),
        }
    )


def draw_marks(
    rng: np.random.Generator,
    kind: str,
    truth: pd.DataFrame,
    reads: pd.DataFrame,
    crowd: pd.DataFrame,
    size: int,
    look_alikes: pd.DataFrame | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the marks that the reads leave, and the look-alikes that tempted the readers.

    Look-alikes that are given tempt in every kind; else a hard scene gets some of its own.
    """
    parts = []
    tempting = []
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
        if look_alikes is not None:
            alike = look_alikes.loc[look_alikes["image_id"] == image_id, ["x", "y"]].to_numpy()
        elif kind == "hard":
            alike = rng.uniform(0, size, (_LOOK_ALIKES, 2))
        else:
            continue
        read, place = _shown(here, alike)
        taken = (rng.random(len(read)) < _LOOK_ALIKE_MARKED) & ~spammer[read]
        nobody = np.full(taken.sum(), -1)
        parts.append(_clicks(rng, here, read[taken], alike[place[taken]], nobody, crowd))
        x, y = alike.T
        tempting.append(pd.DataFrame({"image_id": image_id, "x": x, "y": y}))
    marks = pd.concat(parts, ignore_index=True)
    corner = reads.set_index("classification_id").loc[marks["classification_id"]]
    for axis, start, length in (("x", "x0", "width"), ("y", "y0", "height")):
        low = corner[start].to_numpy()
        marks[axis] = marks[axis].clip(low, low + corner[length].to_numpy())
    marks = marks.sort_values("classification_id", kind="stable", ignore_index=True)
    nothing = pd.DataFrame({"image_id": pd.Series(dtype=str), "x": [], "y": []})
    tempted = pd.concat(tempting, ignore_index=True) if tempting else nothing
    return marks.assign(mark_id=np.arange(len(marks))), tempted


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


def draw_votes(
    rng: np.random.Generator, marks: pd.DataFrame, truth: pd.DataFrame, crowd: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray]:
    """Let five volunteers name what each mark is on; a stray is on debris.

    `truth` may say what an instance of a coin-flip class `looks_like`; else that is drawn.

    Returns
    -------
    DataFrame
        mark_id, volunteer_id (a number), label.
    (n,) array of str
        The class that each instance of `truth` looks like half of the time: its own, unless its
        class is a coin flip.
    """
    k, votes = len(CLASSES), min(5, len(crowd))
    number = {name: i for i, name in enumerate(CLASSES)}
    true = np.append(truth["label"].map(number).to_numpy(), number["debris"])
    other = (true + rng.integers(1, k, len(true))) % k
    if "looks_like" in truth:
        other[:-1] = truth["looks_like"].map(number)
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
    table = pd.DataFrame(
        {
            "mark_id": np.repeat(marks["mark_id"].to_numpy(), votes),
            "volunteer_id": who,
            "label": np.array(CLASSES)[said],
        }
    )
    return table, np.array(CLASSES)[np.where(flips, other, true)][:-1]


def _distinct(rng: np.random.Generator, rows: int, votes: int, n: int) -> np.ndarray:
    """Return `votes` different volunteers for each row: steps of one size from a random start."""
    start = rng.integers(0, n, (rows, 1))
    step = rng.integers(1, max((n - 1) // max(votes - 1, 1), 1) + 1, (rows, 1))
    return (start + step * np.arange(votes)) % n
