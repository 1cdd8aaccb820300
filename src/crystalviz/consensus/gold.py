"""What an expert settled: places that are or are not instances, and their classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crystalviz.consensus.inputs import Problem, numbers_of
from crystalviz.consensus.locating import Canvas

GOLD_COLUMNS = ("image_id", "x", "y")

# In jitters. A decision this near to a place is about it, whatever else was decided; up to the
# second distance it is about a place that no other decision is about.
_SAME = 1.0
_REACH = 3.0
_SAID = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass
class Settled:
    """Places after the expert's decisions.

    Attributes
    ----------
    places : DataFrame, k rows
        As `instance_table` makes them, with `p_exists` 0 or 1 where it was decided; then the
        places that only the expert named.
    label : (k,) object
        The classes that were decided, None elsewhere.
    denied : (k,) bool
        Which are no instances, whatever else speaks for them.
    """

    places: pd.DataFrame
    label: np.ndarray
    denied: np.ndarray


def undecided(places: pd.DataFrame) -> Settled:
    """Return the places as they are when no expert said anything."""
    k = len(places)
    return Settled(places, np.full(k, None, dtype=object), np.zeros(k, dtype=bool))


def decide(
    places: pd.DataFrame,
    gold: pd.DataFrame,
    canvas: Canvas,
    images: np.ndarray,
    jitter: float,
    problems: list[Problem],
) -> Settled:
    """Hold places to what the expert decided, and add those that only the expert saw.

    Parameters
    ----------
    places : DataFrame
        As `instance_table` makes them.
    gold : DataFrame
        As `read_gold` takes it. Of several decisions about one place the last counts.
    canvas, images
        The marks and reads, and what the numbers of images stand for.
    jitter : float
        Of the marks, pixels.
    problems : list of Problem
        Decisions that cannot be used are added.
    """
    decided = read_gold(gold, images, problems)
    place = places_of(places, decided, jitter)
    exists = decided["exists"].to_numpy(bool)
    lost = decided.index[(place < 0) & ~exists]
    problems += [Problem("gold", row, "no place lies near it") for row in lost]
    settled = undecided(places.copy())
    near = place >= 0
    probability = places["p_exists"].to_numpy(float, copy=True)
    probability[place[near]] = exists[near]
    settled.places["p_exists"] = probability
    settled.denied[place[near]] = ~exists[near]
    label = decided["label"].to_numpy(object)
    named = near & (label != None)  # noqa: E711
    settled.label[place[named]] = label[named]
    new = new_places(decided[~near], canvas, images, jitter)
    if len(new):
        more = undecided(new.drop(columns="label").reset_index(drop=True))
        return Settled(
            pd.concat([settled.places, more.places], ignore_index=True),
            np.append(settled.label, new["label"].to_numpy(object)),
            np.append(settled.denied, more.denied),
        )
    return settled


def read_gold(gold: pd.DataFrame, images: np.ndarray, problems: list[Problem]) -> pd.DataFrame:
    """Return the usable decisions: `GOLD_COLUMNS`, `exists` (bool) and `label` (None for none).

    Parameters
    ----------
    gold : DataFrame
        image_id, x, y, and `exists` or `label` or both. A row that does not say whether there is
        an instance names one.
    images : array
        The images that are known. An image is also known by the text of its id, since a file of
        decisions keeps no types.
    problems : list of Problem
        Decisions that cannot be used are added.

    Raises
    ------
    ValueError
        When a column is missing.
    """
    missing = [column for column in GOLD_COLUMNS if column not in gold]
    if missing:
        raise ValueError(
            f"the table of gold lacks {', '.join(missing)}. It needs {', '.join(GOLD_COLUMNS)} and "
            f"exists or label, and has {', '.join(map(str, gold.columns)) or 'no columns'}"
        )
    places = {axis: pd.to_numeric(gold[axis], errors="coerce") for axis in ("x", "y")}
    number = numbers_of(gold["image_id"], list(images))
    exists = [_said(value) for value in gold["exists"]] if "exists" in gold else [True] * len(gold)
    label = gold["label"] if "label" in gold else pd.Series(None, gold.index, dtype=object)
    decided = pd.DataFrame(
        {
            "image_id": [images[one] if one >= 0 else None for one in number],
            **places,
            "exists": np.array([one is not False for one in exists], dtype=bool),
            "label": pd.Series(
                [None if pd.isna(one) else one for one in label], gold.index, dtype=object
            ),
        },
        index=gold.index,
    )
    usable = np.ones(len(gold), dtype=bool)
    for bad, reason in (
        (~np.isfinite(decided["x"]) | ~np.isfinite(decided["y"]), "x or y is not a number"),
        (number < 0, "its image is not among those that were marked or read"),
        (np.array([one is None for one in exists], dtype=bool), "exists is neither yes nor no"),
    ):
        now = usable & np.asarray(bad)
        problems += [Problem("gold", row, reason) for row in gold.index[now]]
        usable &= ~now
    return decided[usable]


def places_of(places: pd.DataFrame, decided: pd.DataFrame, jitter: float) -> np.ndarray:
    """Return the row of the place (g,) that each decision is about, -1 for none.

    Parameters
    ----------
    places : DataFrame
        image_id, x, y.
    decided : DataFrame, g rows
        As `read_gold` returns them.
    jitter : float
        Of the marks, pixels.
    """
    found = np.full(len(decided), -1)
    ours = places.groupby("image_id", sort=False).indices
    for image, here in decided.groupby("image_id", sort=False).indices.items():
        own = ours.get(image)
        if own is None:
            continue
        asked = cKDTree(decided.iloc[here][["x", "y"]].to_numpy(float))
        tree = cKDTree(places.iloc[own][["x", "y"]].to_numpy(float))
        pairs = asked.sparse_distance_matrix(tree, _REACH * jitter, output_type="ndarray")
        pairs = pairs[np.lexsort((pairs["j"], pairs["i"], pairs["v"]))]
        taken = np.zeros(len(own), dtype=bool)
        for decision, place, apart in pairs.tolist():
            free = not taken[place] or apart <= _SAME * jitter
            if found[here[decision]] < 0 and free:
                found[here[decision]] = own[place]
                taken[place] = True
    return found


def new_places(
    decided: pd.DataFrame, canvas: Canvas, images: np.ndarray, jitter: float
) -> pd.DataFrame:
    """Return the places that only the expert saw, with the columns of an instance.

    Parameters
    ----------
    decided : DataFrame
        Decisions about no place. Of those that name one place twice the last counts.
    canvas, images
        The marks and reads, and what the numbers of images stand for.
    jitter : float
        Of the marks, pixels: the expert's place is taken to be as exact as one mark.

    Returns
    -------
    DataFrame
        The columns of `instance_table` and `label`, in the order of `decided`.
    """
    named = decided[decided["exists"].to_numpy(bool)]
    image = pd.Index(images).get_indexer(named["image_id"])
    points = named[["x", "y"]].to_numpy(float)
    last = np.ones(len(named), dtype=bool)
    for one in np.unique(image):
        here = np.flatnonzero(image == one)
        pairs = cKDTree(points[here]).query_pairs(_SAME * jitter, output_type="ndarray")
        last[here[pairs[:, 0]]] = False
    named, image, points = named[last], image[last], points[last]
    chances = canvas.cover_in(image, points) @ canvas.reads_of_frame
    return named[["image_id", "x", "y", "label"]].assign(
        radius=np.sqrt(2.0) * jitter,
        position_error=jitter,
        p_exists=1.0,
        n_marks=0,
        n_readers=0,
        n_chances=chances.astype(np.int64),
    )


def _said(value: Any) -> bool | None:
    """Return what the expert said about existence: True where nothing, None where nonsense."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return True
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _SAID.get(str(value).strip().lower())
