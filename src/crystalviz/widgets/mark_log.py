"""The log of an expert's decisions, to the table that the consensus takes and back.

Twin of ``widgets_js/src/mark_map/decisions.ts``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.gold import places_of, read_gold
from crystalviz.consensus.inputs import Problem, numbers_of

COLUMNS = ["image_id", "x", "y", "exists", "label", "instance_id"]
Entry = dict[str, Any]
"""`instance` (its id), `exists` (bool), `label` (number of a class, or None)."""


def check_log(log: Sequence[Entry], rows: Mapping[str, int], n_classes: int) -> None:
    """Check the entries of a log.

    Parameters
    ----------
    rows : mapping
        The instance ids that there are.
    n_classes : int
        How many classes there are.

    Raises
    ------
    ValueError
        Naming the first entry that is wrong.
    """
    for place, entry in enumerate(log):
        wrong = None
        label = entry.get("label")
        if set(entry) != {"instance", "exists", "label"}:
            wrong = "it needs instance, exists and label, and nothing else"
        elif entry["instance"] not in rows:
            wrong = f"there is no instance {entry['instance']!r}"
        elif not isinstance(entry["exists"], bool):
            wrong = f"exists is True or False, not {entry['exists']!r}"
        elif label is not None and (type(label) is not int or not 0 <= label < n_classes):
            wrong = f"label is the number of a class (0 to {n_classes - 1}) or None, not {label!r}"
        if wrong is not None:
            raise ValueError(f"entry {place} of the decisions: {wrong}")


def decisions_of(
    log: Sequence[Entry],
    candidates: pd.DataFrame,
    rows: Mapping[str, int],
    classes: Sequence[Any],
) -> pd.DataFrame:
    """Return the last decision about each instance, as `MarkConsensus.fit(gold=...)` takes it.

    Instances come in the order in which they were first settled.

    Parameters
    ----------
    log : sequence of Entry
    candidates : DataFrame
        `MarkConsensus.candidates_`.
    rows : mapping
        Instance id to row of the candidates.
    classes : sequence
        The labels as they came, by number.
    """
    last = {entry["instance"]: entry for entry in log}
    labels = [None if one["label"] is None else classes[one["label"]] for one in last.values()]
    places = candidates.iloc[[rows[name] for name in last]]
    return (
        places[["image_id", "x", "y"]]
        .reset_index(drop=True)
        .assign(
            exists=np.array([one["exists"] for one in last.values()], dtype=bool),
            # Not inferred: numbers beside None would become other numbers.
            label=pd.Series(labels, dtype=object),
            instance_id=pd.Series(list(last), dtype=object),
        )
    )


def log_of(
    gold: pd.DataFrame,
    candidates: pd.DataFrame,
    ids: Sequence[str],
    classes: Sequence[Any],
    jitter: float,
) -> tuple[list[Entry], pd.DataFrame]:
    """Return decisions as a log, and those that are about no candidate or no class of it.

    Parameters
    ----------
    gold : DataFrame
        As `MarkConsensus.fit` takes it.
    candidates : DataFrame
        `MarkConsensus.candidates_`.
    ids : sequence of str
        Their instance ids.
    classes : sequence
        The labels as they came, by number.
    jitter : float
        Of the marks, pixels.
    """
    gold = gold.reset_index(drop=True)
    images = pd.concat([candidates["image_id"], gold.get("image_id", pd.Series(dtype=object))])
    problems: list[Problem] = []
    decided = read_gold(gold, images.astype(object).unique(), problems)
    if problems:
        warnings.warn(
            f"{len(problems)} of {len(gold)} decisions cannot be used; row {problems[0].row!r}: "
            f"{problems[0].reason}",
            stacklevel=4,
        )
    place = places_of(candidates, decided, jitter)
    label = numbers_of(decided["label"], classes)
    named = decided["label"].notna().to_numpy()
    ours = (place >= 0) & ((label >= 0) | ~named)
    log = [
        {
            "instance": ids[place[i]],
            "exists": bool(decided["exists"].iloc[i]),
            "label": int(label[i]) if named[i] else None,
        }
        for i in np.flatnonzero(ours)
    ]
    rest = decided[~ours].assign(instance_id=pd.Series(dtype=object))
    return log, rest[COLUMNS].reset_index(drop=True)
