"""`MarkConsensus`: crowd marks in, labelled instances and the volunteers' skill out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crystalviz.consensus.gold import hold_places, known_classes
from crystalviz.consensus.inputs import MarkData, Problem, read_tables, read_votes
from crystalviz.consensus.labelling import (
    RULES,
    Labelled,
    Votes,
    dawid_skene,
    find_ties,
    majority,
    settle,
)
from crystalviz.consensus.locating import Located, locate
from crystalviz.consensus.locating.clustered import cluster_marks, located_from
from crystalviz.consensus.locating.start import first_jitter
from crystalviz.consensus.tables import instance_table, label_columns, owners, volunteer_table

METHODS = ("model", "hdbscan", "dbscan", "kmeans")
LABELLINGS = ("dawid-skene", "majority")


class MarkConsensus(BaseEstimator):
    """Pools the marks of many volunteers into instances, each with the probability that it exists.

    Marks of overlapping tiles are pooled in pixels of the whole image. A read marks an instance at
    most once; reads that saw an instance and did not mark it count against it; volunteers differ
    in jitter, misses and stray marks, which are estimated along. Nothing needs tuning.

    Parameters
    ----------
    method : str
        "model", or one of the usual clusterings to compare with: "hdbscan" (the recipe of Key2Cat
        with `min_marks` 11 and the mean), "dbscan", "kmeans".
    labels : str
        How votes make a label: "dawid-skene", "majority", or "auto", the first for the model and
        the second for the clusterings.
    rule : str
        How an instance is labelled whose leading classes have the same number of votes: "skill"
        (better volunteers weigh more), "prior" (the class that is more frequent), "ambiguous" (no
        label). Such an instance has `tie` set in any case.
    min_probability : float
        The model's places below it are candidates, not instances.
    jitter : float or "auto"
        First guess of the standard deviation of marks around their instance on each axis, pixels.
    min_marks : int
        Of HDBSCAN and DBSCAN: the smallest cluster.
    eps : float or "auto"
        Of DBSCAN: the radius, pixels; twice the jitter.
    n_clusters : int or "auto"
        Of K-means: how many an image.
    centre : str
        Of the clusterings: "mean" or "median" of a cluster's marks.
    random_state : int
        Of K-means. Nothing else is random.

    Attributes
    ----------
    instances_ : DataFrame
        One row an instance: image_id, x, y, radius (pixels: the median of what readers drew, else
        the root mean square distance of its marks), position_error (standard error of the
        centre, pixels), p_exists, n_marks, n_readers, n_chances (reads that showed it) and, with
        labels, label, p_label_<class>, tie, entropy (bits).
    candidates_ : DataFrame
        The same columns for all places, with those that are less likely instances than
        `min_probability`; the first rows are `instances_`.
    marks_ : DataFrame
        The input's rows that were used, in its order, with `instance` (row of `candidates_`, -1
        for a stray) and `p_instance`.
    volunteers_ : DataFrame
        One row a volunteer: n_reads, n_marks, miss_rate, false_mark_rate, jitter and
        confusion_<true>_<said>, each with the bounds of a 95 % interval (_low, _high).
    classes_ : list
        The labels, as they came.
    problems_ : list of Problem
        Rows of the input that were set aside, each with its reason.
    jitter_ : float
        Of all volunteers together, pixels.
    label_correlation_ : float
        Of votes on one instance beyond its class: 0 for independent readers.

    Examples
    --------
    >>> import crystalviz as cz
    >>> scene = cz.datasets.synthetic_marks("easy", images=1)
    >>> found = cz.consensus.MarkConsensus().fit(scene.marks, reads=scene.reads)
    >>> len(found.instances_) == len(scene.truth)
    True
    """

    def __init__(
        self,
        method: str = "model",
        *,
        labels: str = "auto",
        rule: str = "skill",
        min_probability: float = 0.5,
        jitter: float | str = "auto",
        min_marks: int = 11,
        eps: float | str = "auto",
        n_clusters: int | str = "auto",
        centre: str = "mean",
        random_state: int = 0,
    ) -> None:
        self.method = method
        self.labels = labels
        self.rule = rule
        self.min_probability = min_probability
        self.jitter = jitter
        self.min_marks = min_marks
        self.eps = eps
        self.n_clusters = n_clusters
        self.centre = centre
        self.random_state = random_state

    def fit(
        self,
        marks: pd.DataFrame,
        votes: pd.DataFrame | None = None,
        reads: pd.DataFrame | None = None,
        gold: pd.DataFrame | None = None,
    ) -> MarkConsensus:
        """Find the instances.

        Parameters
        ----------
        marks : DataFrame
            One row a mark: image_id, x, y (pixels of the whole image), volunteer_id,
            classification_id; if there, label, mark_id, radius.
        votes : DataFrame, optional
            One row a vote on a mark: mark_id, volunteer_id, label.
        reads : DataFrame, optional
            One row a tile shown to a volunteer: image_id, tile_id, volunteer_id,
            classification_id, x0, y0, width, height (pixels of the whole image). With it a reader
            who saw an instance and left no mark counts as a miss; without it every reader is
            taken to have seen all of the tile, where marks have a tile_id, or of the image, and
            those who marked nothing are not known of.
        gold : DataFrame, optional
            What an expert settled: image_id, x, y, and `exists` (bool) or `label` or both.

        Raises
        ------
        ValueError
            When a parameter or a column is not valid, or no mark is usable.
        """
        self._check()
        data = read_tables(marks, reads)
        located = self._locate(data)
        owner, share = owners(located, len(data.marks))
        radius = data.marks["radius"].to_numpy(float) if "radius" in data.marks else None
        places = instance_table(data, located, owner, radius)
        if gold is not None:
            hold_places(places, gold, located.jitter, data.problems)
        labelled, classes = self._label(data, places, votes, owner, share, gold, located.jitter)
        self.classes_ = classes
        self.label_correlation_ = labelled.correlation if labelled is not None else 0.0
        self._keep(data, located, places, owner, share, labelled)
        return self

    def _check(self) -> None:
        for name, value, allowed in (
            ("method", self.method, METHODS),
            ("labels", self.labels, (*LABELLINGS, "auto")),
            ("rule", self.rule, RULES),
            ("centre", self.centre, ("mean", "median")),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        for name, size in (("jitter", self.jitter), ("eps", self.eps)):
            if size != "auto" and not (isinstance(size, int | float) and 0 < size < np.inf):
                raise ValueError(f'{name} must be "auto" or a number of pixels, not {size!r}')

    def _locate(self, data: MarkData) -> Located:
        given = None if self.jitter == "auto" else float(self.jitter)
        if self.method == "model":
            return locate(data.canvas, given)
        jitter = given or first_jitter(data.canvas)
        labels = cluster_marks(
            data.canvas,
            self.method,
            min_marks=self.min_marks,
            eps=2 * jitter if self.eps == "auto" else float(self.eps),
            n_clusters=None if self.n_clusters == "auto" else int(self.n_clusters),
            seed=self.random_state,
        )
        return located_from(data.canvas, labels, self.centre, jitter)

    def _label(
        self,
        data: MarkData,
        places: pd.DataFrame,
        votes: pd.DataFrame | None,
        owner: np.ndarray,
        share: np.ndarray,
        gold: pd.DataFrame | None,
        jitter: float,
    ) -> tuple[Labelled | None, list[Any]]:
        """Add the label columns to the places; return how, and the classes."""
        cast = _votes_cast(data, votes)
        if cast is None:
            return None, []
        classes = _classes(cast["label"])
        who, volunteer = _volunteer_numbers(data.volunteers, cast["volunteer_id"])
        of_mark = cast["mark"].to_numpy()
        counts = (owner[of_mark] >= 0) & (share[of_mark] > 0)
        ballots = Votes(
            owner[of_mark][counts],
            volunteer[counts],
            pd.Index(classes).get_indexer(cast["label"])[counts],
            share[of_mark][counts],
            len(places),
            len(who),
            len(classes),
        )
        known = None
        if gold is not None and "label" in gold:
            known = known_classes(places, gold, classes, jitter)
        wanted = self.labels
        if wanted == "auto":
            wanted = "dawid-skene" if self.method == "model" else "majority"
        labelled = dawid_skene(ballots, known)
        probability = labelled.probability if wanted == "dawid-skene" else majority(ballots)
        tally = ballots.tally(0.5)
        if known is not None:
            tally[known >= 0] = np.eye(len(classes))[known[known >= 0]]
        chosen = settle(probability, tally, labelled.prior, self.rule)
        for name, column in label_columns(
            probability, classes, chosen, find_ties(probability, tally)
        ).items():
            places[name] = column
        return labelled, classes

    def _keep(
        self,
        data: MarkData,
        located: Located,
        places: pd.DataFrame,
        owner: np.ndarray,
        share: np.ndarray,
        labelled: Labelled | None,
    ) -> None:
        """Set the attributes: instances first among the candidates, in the order of images."""
        settled = self.min_probability if self.method == "model" else 0.0
        real = places["p_exists"].to_numpy() >= settled
        image = located.image
        order = np.lexsort((places["x"], places["y"], image, ~real))
        rank = np.append(np.argsort(order), -1)
        self.candidates_ = places.iloc[order].reset_index(drop=True)
        self.instances_ = self.candidates_.iloc[: real.sum()].copy()
        marks = data.marks.assign(instance=rank[owner], p_instance=share)
        self.marks_ = marks.sort_index() if marks.index.is_unique else marks
        self.volunteers_ = volunteer_table(data, located, labelled, self.classes_)
        self.problems_: list[Problem] = data.problems
        self.jitter_ = located.jitter
        self._data = data

    def fit_predict(self, marks: pd.DataFrame, **tables: pd.DataFrame) -> np.ndarray:
        """Fit, and return the row of `candidates_` for each used mark, -1 for strays."""
        self.fit(marks, **tables)
        found: np.ndarray = self.marks_["instance"].to_numpy()
        return found

    def summary(self) -> str:
        """Return in one sentence what was found."""
        check_is_fitted(self)
        text = (
            f"{len(self.instances_)} instances in {self.instances_['image_id'].nunique()} images "
            f"from {len(self.marks_)} marks of {len(self.volunteers_)} volunteers; "
            f"{len(self.candidates_) - len(self.instances_)} places are less likely than "
            f"{self.min_probability:g}; jitter {self.jitter_:.1f} px"
        )
        if self.classes_:
            text += f"; {int(self.instances_['tie'].sum())} ties between classes"
        if self.problems_:
            text += f"; {len(self.problems_)} rows set aside"
        return text


def _votes_cast(data: MarkData, votes: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return all votes as mark (row number), volunteer_id, label; None where there are none."""
    parts = []
    marks = data.marks
    if "label" in marks:
        own = marks["label"].notna().to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "mark": np.flatnonzero(own),
                    "volunteer_id": data.volunteers[data.canvas.volunteer[own]],
                    "label": marks["label"][own].to_numpy(),
                }
            )
        )
    if votes is not None:
        if "mark_id" not in marks:
            raise ValueError("votes name marks by mark_id, and the table of marks has no mark_id")
        votes = read_votes(votes, data.problems)
        place = pd.Index(marks["mark_id"])
        if not place.is_unique:
            twice = place[place.duplicated()][0]
            raise ValueError(f"mark_id {twice!r} stands for two marks; votes on it are ambiguous")
        row = place.get_indexer(votes["mark_id"])
        data.problems += [
            Problem("votes", label, "no usable mark has its mark_id")
            for label in votes.index[row < 0]
        ]
        parts.append(votes.assign(mark=row)[row >= 0][["mark", "volunteer_id", "label"]])
    cast = pd.concat(parts, ignore_index=True) if parts else None
    return cast if cast is not None and len(cast) else None


def _classes(labels: pd.Series) -> list[Any]:
    """Return the distinct labels in order, unchanged."""
    distinct = labels.unique().tolist()
    try:
        return sorted(distinct)
    except TypeError:
        return sorted(distinct, key=lambda one: (type(one).__name__, str(one)))


def _volunteer_numbers(known: np.ndarray, voters: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return all volunteers, those who marked first, and the number of each vote's."""
    number = pd.Index(known).get_indexer(voters)
    others, place = np.unique(voters[number < 0].astype(str), return_inverse=True)
    number = number.copy()
    number[number < 0] = len(known) + place
    return np.concatenate([known.astype(object), others]), number
