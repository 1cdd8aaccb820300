"""Votes with a known truth, and the ways to settle them: crystalviz beside crowd-kit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from crowd_scenes import Scene

BINS = 10


@dataclass(frozen=True)
class Poll:
    """Who said what of which task.

    Attributes
    ----------
    votes : DataFrame
        task, worker, label: each as text.
    truth : Series
        The right label of tasks, by task; not of all of them, perhaps.
    """

    votes: pd.DataFrame
    truth: pd.Series


# A call that settles a poll, and returns the probabilities: tasks as index, labels as columns.
Settler = Callable[[], pd.DataFrame]


def poll_of(scene: Scene) -> Poll:
    """Return the five votes on each mark of a real instance, and this instance's class."""
    made = scene.made
    votes = made.votes
    columns = {"task": votes["mark_id"], "worker": votes["volunteer_id"], "label": votes["label"]}
    table = pd.DataFrame(columns).astype(str).reset_index(drop=True)
    real = made.marks[made.marks["instance"] >= 0]
    truth = made.truth["label"].to_numpy()[real["instance"].to_numpy()]
    return Poll(table, pd.Series(truth, real["mark_id"].astype(str)))


def poll_from(folder: Path) -> Poll:
    """Read `answer.csv` (question, worker, answer) and `truth.csv` (question, truth).

    Raises
    ------
    ValueError
        When a file or column is missing.
    """
    tables = []
    for name, columns in (
        ("answer.csv", ["question", "worker", "answer"]),
        ("truth.csv", ["question", "truth"]),
    ):
        path = folder / name
        if not path.is_file():
            raise ValueError(f"--answers {folder}: there is no {name} in it")
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if not set(columns) <= set(table.columns):
            raise ValueError(f"{path}: it needs the columns {', '.join(columns)}")
        tables.append(table[columns])
    answers, truth = tables
    answers.columns = pd.Index(["task", "worker", "label"])
    return Poll(answers, truth.drop_duplicates("question").set_index("question")["truth"])


def ours(poll: Poll) -> Settler:
    """Return crystalviz' labels of votes, from a table as well."""
    from crystalviz.consensus.labelling import Votes, dawid_skene

    def settle() -> pd.DataFrame:
        numbers, names = zip(
            *(pd.factorize(poll.votes[name], sort=True) for name in ("task", "worker", "label")),
            strict=True,
        )
        sizes = [len(one) for one in names]
        votes = Votes(*numbers, np.ones(len(poll.votes)), *sizes)
        return pd.DataFrame(dawid_skene(votes).probability, names[0], names[2])

    return settle


def crowd_kit(poll: Poll, name: str, **settings: int) -> Settler:
    """Return one of crowd-kit's aggregations, by the name of its class."""
    from crowdkit.aggregation import classification

    make = getattr(classification, name)
    return lambda: make(**settings).fit_predict_proba(poll.votes)


def accuracy(poll: Poll, probability: pd.DataFrame) -> float:
    """Return how often the likeliest label is right; of equal ones the first by name."""
    known = probability.sort_index(axis=1).reindex(poll.truth.index).dropna(how="all")
    return float((known.idxmax(axis=1) == poll.truth.loc[known.index]).mean())


def calibration_error(poll: Poll, probability: pd.DataFrame) -> float:
    """Return the expected calibration error, in ten bins.

    Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    known = probability.sort_index(axis=1).reindex(poll.truth.index).dropna(how="all")
    sure = known.max(axis=1).to_numpy()
    right = (known.idxmax(axis=1) == poll.truth.loc[known.index]).to_numpy()
    part = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[part == b].mean() - right[part == b].mean()) for b in np.unique(part)]
    return float(np.dot(gaps, np.unique(part, return_counts=True)[1]) / len(sure))
