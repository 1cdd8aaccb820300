"""Who said which class of which mark: labels of marks and votes on them, in one table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crystalviz.consensus.inputs import MarkData, Problem, numbered, numbers_of, read_votes


def votes_cast(data: MarkData, votes: pd.DataFrame | None) -> pd.DataFrame:
    """Return all votes as mark (row number), volunteer_id, label; no rows where there are none."""
    parts = [pd.DataFrame({"mark": [], "volunteer_id": [], "label": []}, dtype=object)]
    marks = data.marks
    if "label" in marks:
        own = marks["label"].notna().to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "mark": np.flatnonzero(own),
                    "volunteer_id": data.volunteers[data.canvas.volunteer[own]],
                    "label": marks["label"][own].to_numpy(object),
                }
            )
        )
    if votes is not None:
        if "mark_id" not in marks:
            raise ValueError("votes name marks by mark_id, and the table of marks has no mark_id")
        votes = read_votes(votes, data.problems)
        named = marks["mark_id"].dropna()
        twice = named[named.duplicated()]
        if len(twice):
            raise ValueError(
                f"mark_id {twice.iloc[0]!r} stands for two marks; votes on it are ambiguous"
            )
        # Marks that had to be set aside keep no row; those without a name no votes.
        row = np.append(np.flatnonzero(marks["mark_id"].notna()), -1)[
            numbers_of(votes["mark_id"], named.to_numpy(object))
        ]
        data.problems += [
            Problem("votes", label, "no usable mark has its mark_id")
            for label in votes.index[row < 0]
        ]
        votes = votes.assign(mark=row, label=votes["label"].astype(object))
        parts.append(votes[row >= 0][["mark", "volunteer_id", "label"]])
    # Labels of marks and of votes may differ in type; each comes back as it is.
    parts = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(parts, ignore_index=True)


def distinct_labels(labels: pd.Series, decided: pd.Series) -> list[Any]:
    """Return the distinct labels in order, unchanged, with those that only the expert gave.

    A decision that reads like a label means that label, since files keep no types.
    """
    distinct = labels.unique().tolist()
    beyond = numbers_of(decided, distinct) < 0
    distinct += decided[beyond].unique().tolist()
    try:
        return sorted(distinct)
    except TypeError:
        return sorted(distinct, key=lambda one: (type(one).__name__, str(one)))


def volunteer_numbers(known: np.ndarray, voters: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return all volunteers, those who were shown tiles first, and the number of each vote's."""
    number = numbers_of(voters, known)
    beyond = number < 0
    others, place = numbered(voters[beyond])
    number[beyond] = len(known) + place
    return np.concatenate([known.astype(object), others.astype(object)]), number
