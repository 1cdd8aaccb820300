"""`MarkConsensus`: crowd marks in, labelled instances and the volunteers' skill out."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crystalviz._wording import counted
from crystalviz.consensus.ballots import distinct_labels, volunteer_numbers, votes_cast
from crystalviz.consensus.gold import Settled, decide, undecided
from crystalviz.consensus.inputs import MarkData, Problem, numbers_of, read_tables
from crystalviz.consensus.labelling import (
    RULES,
    Labelled,
    Votes,
    dawid_skene,
    find_ties,
    hold,
    majority,
    settle,
)
from crystalviz.consensus.locating import Located, locate
from crystalviz.consensus.locating.clustered import cluster_marks, located_from
from crystalviz.consensus.locating.start import first_guess
from crystalviz.consensus.review import LEAST, doubt, reasons, review_order
from crystalviz.consensus.tables import instance_table, label_columns, owners, volunteer_table


@dataclass
class _Pool:
    """What does not depend on an expert's decisions: marks, places, whose mark is whose, votes."""

    data: MarkData
    located: Located
    owner: np.ndarray
    share: np.ndarray
    places: pd.DataFrame
    cast: pd.DataFrame


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
        labels, label, p_label_<class>, votes_<class> (those that are rather about it than not),
        tie, entropy (bits).
    candidates_ : DataFrame
        The same columns for all places, with those that are less likely instances than
        `min_probability`; the first rows are `instances_`.
    marks_ : DataFrame
        The input's rows that were used, in its order, with `instance` (row of `candidates_`, -1
        for a stray) and `p_instance`.
    volunteers_ : DataFrame
        One row a volunteer: n_reads, n_marks, n_votes, miss_rate, false_mark_rate, jitter and
        confusion_<true>_<said>, each with the bounds of a 95 % interval (_low, _high).
    classes_ : list
        The labels, as they came.
    problems_ : list of Problem
        Rows of the input that were set aside, each with its reason.
    gold_ : DataFrame or None
        The expert's decisions that the rest rests on.
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
            What an expert settled: image_id, x, y, and `exists` (yes or no) or `label` or both.
            A decision is about the place next to it; one that names an instance where no place is
            adds it.

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
        cast = votes_cast(data, votes)
        self._pool = _Pool(data, located, owner, share, places, cast)
        return self.settle(gold)

    def settle(self, gold: pd.DataFrame | None) -> MarkConsensus:
        """Take an expert's decisions, without looking for the instances anew.

        Gives what `fit` with the same marks, votes and reads gives with this gold, which replaces
        the gold there was; None takes it back.

        Parameters
        ----------
        gold : DataFrame or None
            As `fit` takes it, and as `MarkMap.decisions` gives it.
        """
        check_is_fitted(self, "_pool")
        pool = self._pool
        problems = list(pool.data.problems)
        if gold is None:
            settled = undecided(pool.places)
        else:
            canvas, images = pool.data.canvas, pool.data.images
            settled = decide(pool.places, gold, canvas, images, pool.located.jitter, problems)
        self.gold_ = None if gold is None else gold.copy()
        self._conclude(settled, problems)
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
            if size != "auto" and not (isinstance(size, Real) and 0 < size < np.inf):
                raise ValueError(f'{name} must be "auto" or a number of pixels, not {size!r}')
        if not (isinstance(self.min_probability, Real) and 0 <= self.min_probability <= 1):
            raise ValueError(
                f"min_probability must be a number from 0 to 1, not {self.min_probability!r}"
            )
        counts = {"min_marks": self.min_marks, "n_clusters": self.n_clusters}
        if self.n_clusters == "auto":
            del counts["n_clusters"]
        for name, count in counts.items():
            if not (isinstance(count, Integral) and count >= 1):
                raise ValueError(f"{name} must be a whole number from 1 on, not {count!r}")

    def _locate(self, data: MarkData) -> Located:
        given = None if self.jitter == "auto" else float(self.jitter)
        if self.method == "model":
            return locate(data.canvas, given)
        jitter = given or first_guess(data.canvas).jitter
        labels = cluster_marks(
            data.canvas,
            self.method,
            min_marks=self.min_marks,
            eps=2 * jitter if self.eps == "auto" else float(self.eps),
            n_clusters=None if self.n_clusters == "auto" else int(self.n_clusters),
            seed=self.random_state,
        )
        return located_from(data.canvas, labels, self.centre, jitter)

    def _conclude(self, settled: Settled, problems: list[Problem]) -> None:
        """Label the places and set the attributes, instances first among the candidates."""
        pool = self._pool
        places = settled.places.copy()
        voters, labelled = self._label(settled, places)
        least = self.min_probability if self.method == "model" else 0.0
        real = (places["p_exists"].to_numpy() >= least) & ~settled.denied
        image = pd.Index(pool.data.images).get_indexer(places["image_id"])
        order = np.lexsort((places["x"], places["y"], image, ~real))
        rank = np.append(np.argsort(order), -1)
        self.candidates_ = places.iloc[order].reset_index(drop=True)
        self.instances_ = self.candidates_.iloc[: real.sum()].copy()
        marks = pool.data.marks.assign(instance=rank[pool.owner], p_instance=pool.share)
        self.marks_ = marks.sort_index() if marks.index.is_unique else marks
        self.volunteers_ = volunteer_table(pool.data, pool.located, voters, labelled, self.classes_)
        self.label_correlation_ = labelled.correlation if labelled is not None else 0.0
        self.problems_ = problems
        self.jitter_ = pool.located.jitter

    def _label(self, settled: Settled, places: pd.DataFrame) -> tuple[np.ndarray, Labelled | None]:
        """Add the label columns to the places; return all volunteers, and what they confuse."""
        pool = self._pool
        decided = settled.label != None  # noqa: E711
        said = pd.Series(settled.label[decided], dtype=object)
        cast = pool.cast
        voters, volunteer = volunteer_numbers(pool.data.volunteers, cast["volunteer_id"])
        self.classes_: list[Any] = distinct_labels(cast["label"], said)
        if not self.classes_:
            return voters, None
        classes = self.classes_
        of_mark = cast["mark"].to_numpy(np.int64)
        counts = (pool.owner[of_mark] >= 0) & (pool.share[of_mark] > 0)
        ballots = Votes(
            pool.owner[of_mark][counts],
            volunteer[counts],
            pd.Index(classes, dtype=object).get_indexer(cast["label"])[counts],
            pool.share[of_mark][counts],
            len(places),
            len(voters),
            len(classes),
        )
        known = np.full(len(places), -1)
        known[decided] = numbers_of(said, classes)
        labelled = dawid_skene(ballots, known)
        wanted = self.labels
        if wanted == "auto":
            wanted = "dawid-skene" if self.method == "model" else "majority"
        by_model = wanted == "dawid-skene"
        probability = labelled.probability if by_model else majority(ballots, known)
        cast_for = ballots.tally(0.5)
        tally = hold(cast_for.copy(), known)
        chosen = settle(probability, tally, labelled.prior, self.rule)
        ties = find_ties(probability, tally)
        columns = label_columns(probability, cast_for, classes, chosen, ties)
        for name, column in columns.items():
            places[name] = column
        return voters, labelled

    def doubtful(self, least: float = LEAST) -> pd.DataFrame:
        """Return what an expert should look at: ties, then what is most likely wrong.

        Parameters
        ----------
        least : float
            Places that are not tied are listed from this chance of being wrong on.

        Returns
        -------
        DataFrame
            Rows of `candidates_` with `doubt`, the chance that the row as it is written is wrong,
            and `reason`: "tie", "class", "existence", or "left out" (no instance so far).
        """
        check_is_fitted(self)
        n = len(self.instances_)
        table = self.candidates_.assign(
            doubt=doubt(self.candidates_, n), reason=reasons(self.candidates_, n)
        )
        return table.iloc[review_order(self.candidates_, n, least)]

    def fit_predict(self, marks: pd.DataFrame, **tables: pd.DataFrame) -> np.ndarray:
        """Fit, and return the row of `candidates_` for each used mark, -1 for strays."""
        self.fit(marks, **tables)
        found: np.ndarray = self.marks_["instance"].to_numpy()
        return found

    def summary(self) -> str:
        """Return in one sentence what was found."""
        check_is_fitted(self)
        n, candidates = len(self.instances_), len(self.candidates_)
        text = (
            f"{counted(n, 'instance')} in {counted(self.instances_['image_id'].nunique(), 'image')}"
            f" from {counted(len(self.marks_), 'mark')} of "
            f"{counted(len(self.volunteers_), 'volunteer')}; {counted(candidates - n, 'place')} "
            f"less likely than {self.min_probability:g}; jitter {self.jitter_:.1f} px"
        )
        if self.classes_:
            text += f"; {counted(int(self.instances_['tie'].sum()), 'tie')} between classes"
        if self.problems_:
            text += f"; {counted(len(self.problems_), 'row')} set aside"
        return text
