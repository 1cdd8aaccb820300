"""What the model found, as tables: instances, marks, volunteers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta, chi2

from crystalviz.consensus.inputs import MarkData
from crystalviz.consensus.labelling import Labelled
from crystalviz.consensus.locating import Located
from crystalviz.consensus.locating.readers import JITTER_PRIOR
from crystalviz.consensus.outputs.names import class_texts

# Intervals hold with this probability.
CONFIDENCE = 0.95


def owners(located: Located, n_marks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each mark's place (n,) int and the probability (n,) that it is that one's.

    -1 where the mark is more likely a stray than any place's.
    """
    links = located.links
    order = np.lexsort((links.centre, -located.share, links.mark))
    first = order[np.flatnonzero(np.diff(links.mark[order], prepend=-1))]
    owner = np.full(n_marks, -1)
    probability = np.zeros(n_marks)
    owner[links.mark[first]] = links.centre[first]
    probability[links.mark[first]] = located.share[first]
    stray = located.stray > probability
    owner[stray] = -1
    probability[stray] = 0.0
    return owner, probability


def instance_table(
    data: MarkData, located: Located, owner: np.ndarray, radius: np.ndarray | None
) -> pd.DataFrame:
    """Return one row a place, without labels.

    Parameters
    ----------
    owner : (n,) int
        The place of each mark, or -1.
    radius : (n,) float, optional
        What readers drew, pixels; NaN where a mark has none.
    """
    places = pd.DataFrame(
        {
            "image_id": data.images[located.image],
            "x": located.x,
            "y": located.y,
            "radius": _radii(data, located, owner, radius),
            "position_error": located.radius,
            "p_exists": located.probability,
        }
    )
    k = len(places)
    mine = owner >= 0
    places["n_marks"] = np.bincount(owner[mine], minlength=k)
    who = pd.DataFrame({"place": owner[mine], "volunteer": data.canvas.volunteer[mine]})
    readers = who.drop_duplicates()["place"].to_numpy()
    places["n_readers"] = np.bincount(readers, minlength=k)
    places["n_chances"] = located.chances.astype(np.int64)
    return places


def _radii(
    data: MarkData, located: Located, owner: np.ndarray, drawn: np.ndarray | None
) -> np.ndarray:
    """Return the median of the radii that readers drew; else how far marks lie, on average."""
    mine = owner >= 0
    k = len(located.x)
    centres = np.column_stack([located.x, located.y])
    places = data.canvas.in_image(data.canvas.points[mine])
    squared = ((places - centres[owner[mine]]) ** 2).sum(1)
    count = np.bincount(owner[mine], minlength=k)
    summed = np.bincount(owner[mine], squared, k)
    spread: np.ndarray = np.sqrt(
        np.divide(summed, count, out=np.full(k, 2.0 * located.jitter**2), where=count > 1)
    )
    if drawn is not None:
        median = pd.Series(drawn[mine]).groupby(owner[mine]).median().reindex(range(k))
        spread = np.where(median.isna(), spread, median)
    return spread


def label_columns(
    probability: np.ndarray,
    tally: np.ndarray,
    classes: Sequence[Any],
    chosen: np.ndarray,
    ties: np.ndarray,
) -> dict[str, Any]:
    """Return the columns that say what places are: label, p_label_..., votes_..., tie, entropy.

    Parameters
    ----------
    probability, tally : (k, classes) float
        Of each class, and how many votes it got.
    chosen : (k,) int
        The class of each place, -1 for none.
    ties : (k,) bool
        Which places are tied.
    """
    p = probability
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = -np.where(p > 0, p * np.log2(p), 0.0).sum(1)
    names = [*classes, None]
    label = pd.Series([names[i] for i in chosen], dtype=object)
    texts = class_texts(classes)
    # Beside None whole numbers would become floats: the column then stays as it is.
    columns: dict[str, Any] = {"label": label if (chosen < 0).any() else label.infer_objects()}
    columns |= {f"p_label_{name}": p[:, i] for i, name in enumerate(texts)}
    columns |= {f"votes_{name}": tally[:, i] for i, name in enumerate(texts)}
    return columns | {"tie": ties, "entropy": np.maximum(bits, 0.0)}


def volunteer_table(
    data: MarkData,
    located: Located,
    voters: np.ndarray,
    labelled: Labelled | None,
    classes: Sequence[Any],
) -> pd.DataFrame:
    """Return one row a volunteer: misses, false marks, jitter, confusions, each with an interval.

    Parameters
    ----------
    voters : (w,) array
        All volunteers; those who were shown tiles first, as in `data`.

    Intervals are the middle 95 % of the posterior: beta for rates, scaled inverse chi-squared for
    the jitter.
    """
    readers = located.readers
    w = len(voters)
    n_reads = np.bincount(data.canvas.reads.volunteer, minlength=w)
    n_marks = np.bincount(data.canvas.volunteer, minlength=w)
    columns: dict[str, np.ndarray] = {
        "volunteer_id": voters,
        "n_reads": n_reads,
        "n_marks": n_marks,
    }
    # Who only voted is as far as the crowd goes: no hits, no chances.
    none = np.zeros(w - len(readers.hits))
    hits, chances = np.append(readers.hits, none), np.append(readers.chances, none)
    jitter = np.append(readers.jitter, none + located.jitter)
    if labelled is not None:
        columns["n_votes"] = labelled.n_votes
    _rate(columns, "miss_rate", np.maximum(chances - hits, 0.0), chances)
    _rate(columns, "false_mark_rate", np.append(readers.strays, none), n_marks)
    columns["jitter"] = jitter
    freedom = 2 * hits + 2 * JITTER_PRIOR
    squares = jitter**2 * freedom
    low, high = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    columns["jitter_low"] = np.sqrt(squares / chi2.ppf(high, freedom))
    columns["jitter_high"] = np.sqrt(squares / chi2.ppf(low, freedom))
    if labelled is not None:
        texts = class_texts(classes)
        for i, true in enumerate(texts):
            total = labelled.counts[:, i].sum(1)
            for j, said in enumerate(texts):
                prior = labelled.pooled[i, j]
                name = f"confusion_{true}_{said}"
                _rate(columns, name, labelled.counts[:, i, j], total, prior)
    return pd.DataFrame(columns)


def _rate(
    columns: dict[str, np.ndarray],
    name: str,
    events: np.ndarray,
    trials: np.ndarray,
    prior: float | None = None,
) -> None:
    """Add a rate with its interval, drawn towards that of all volunteers together."""
    if prior is None:
        prior = float(events.sum() / max(trials.sum(), 1e-9))
    prior = min(max(prior, 1e-3), 1 - 1e-3)
    strength = 2.0
    alpha = events + strength * prior
    other = np.maximum(trials - events, 0.0) + strength * (1 - prior)
    columns[name] = alpha / (alpha + other)
    columns[f"{name}_low"] = beta.ppf((1 - CONFIDENCE) / 2, alpha, other)
    columns[f"{name}_high"] = beta.ppf((1 + CONFIDENCE) / 2, alpha, other)
