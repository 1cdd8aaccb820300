"""The numbers of a report: scores of each part, intervals, baselines, mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz._wording import counted
from crystalviz.datasets.baselines import BASELINES, predict_from_shortcuts
from crystalviz.images import group_interval
from crystalviz.models.training.scores import Scores, decide

DECIMALS = 4
OUT_OF_SCENE = "out-of-scene"
MAJORITY = "majority"


@dataclass(frozen=True, eq=False)
class Judged:
    """Classified images, and the parts that they are judged in.

    Attributes
    ----------
    ids : list of str
    class_names : tuple of str
    targets : (n,) int64
        Class of each image, -1 where it is not known.
    probability : (n, K) float64
        Of each class; NaN for an image that was not classified.
    scenes : (n,) int64
    parts : dict of str to (k,) int64
        Images of each part that have a class and a prediction.
    main : str
        The part whose scores count: what was neither learned from nor used for a choice.
    """

    ids: Sequence[str]
    class_names: tuple[str, ...]
    targets: np.ndarray
    probability: np.ndarray
    scenes: np.ndarray
    parts: dict[str, np.ndarray]
    main: str

    @property
    def predicted(self) -> np.ndarray:
        """(n,) predicted class, -1 where there is no prediction."""
        known = ~np.isnan(self.probability).any(axis=1)
        predicted = np.full(len(self.targets), -1, np.int64)
        if known.any():
            predicted[known] = decide(self.probability[known])
        return predicted

    def mistakes(self) -> list[tuple[str, int]]:
        """Return part and image of each wrong prediction, most certain first, main part first."""
        predicted = self.predicted
        found = []
        for part in sorted(self.parts, key=lambda name: name != self.main):
            if part == "train" != self.main:
                continue
            wrong = [i for i in self.parts[part].tolist() if predicted[i] != self.targets[i]]
            wrong.sort(key=lambda i: (-self.probability[i].max(), i))
            found += [(part, index) for index in wrong]
        return found


def score_part(
    targets: np.ndarray,
    predicted: np.ndarray,
    scenes: np.ndarray,
    class_names: Sequence[str],
    confidence: float,
) -> dict[str, Any]:
    """Return the scores of some images as plain values, ratios to four decimals.

    Returns
    -------
    dict
        `images`, `scenes`, `accuracy`, `interval` (low, high: of the accuracy, with scenes for
        trials), `macro_f1`, `classes` (by name: precision, recall, f1, support; None where
        there is nothing to divide by) and `confusion` (rows: the class, columns: predicted).
    """
    scores = Scores.of(targets, predicted, len(class_names))
    low, high = group_interval(predicted == targets, scenes, confidence)
    table = zip(
        class_names, scores.precision, scores.recall, scores.f1, scores.support, strict=True
    )
    return {
        "images": len(targets),
        "scenes": len(np.unique(scenes)),
        "accuracy": rounded(scores.accuracy),
        "interval": [rounded(low), rounded(high)],
        "macro_f1": rounded(scores.macro_f1),
        "classes": {
            name: {
                "precision": rounded(precision),
                "recall": rounded(recall),
                "f1": rounded(f1),
                "support": int(support),
            }
            for name, precision, recall, f1, support in table
        },
        "confusion": scores.confusion.tolist(),
    }


def score_baselines(
    judged: Judged,
    shortcuts: np.ndarray,
    learn: Sequence[tuple[np.ndarray, np.ndarray]],
    confidence: float,
) -> dict[str, dict[str, Any]]:
    """Score what could be guessed without looking, on the very same images.

    Parameters
    ----------
    judged : Judged
    shortcuts : (n, 6) float
        Rows of `crystalviz.datasets.baselines.shortcut_features`.
    learn : sequence of (train, test) index pairs
        One for a split; one for each fold of a cross-validation.
    confidence : float

    Returns
    -------
    dict
        For `size`, `mean_gray`, `entropy` and `majority` (always the most frequent class of
        the training images): accuracy, interval, macro_f1.
    """
    count = len(judged.class_names)
    predicted = {name: np.full(len(judged.targets), -1) for name in (*BASELINES, MAJORITY)}
    for train, test in learn:
        known = judged.targets[train]
        predicted[MAJORITY][test] = np.bincount(known, minlength=count).argmax()
        if len(np.unique(known)) < 2:
            # Nothing to tell apart: every baseline is the majority.
            guesses = dict.fromkeys(BASELINES, predicted[MAJORITY][test])
        else:
            guesses = predict_from_shortcuts(shortcuts, judged.targets, train, test, judged.scenes)
        for name in BASELINES:
            predicted[name][test] = guesses[name]
    tested = judged.parts[judged.main]
    targets, scenes = judged.targets[tested], judged.scenes[tested]
    result = {}
    for name, guess in predicted.items():
        scores = score_part(targets, guess[tested], scenes, judged.class_names, confidence)
        result[name] = {key: scores[key] for key in ("accuracy", "interval", "macro_f1")}
    return result


def warnings_of(report: Mapping[str, Any]) -> list[str]:
    """Return what a reader of the scores must know, in sentences."""
    main = report["parts"][report["judged_on"]]
    said = []
    if report["judged_on"] == "validation":
        said.append(
            "There is no test part: the scores are those of the validation part, which also chose "
            "the epoch and the stop, so they are too good."
        )
    empty = [name for name, row in main["classes"].items() if not row["support"]]
    if empty:
        said.append(
            f"The {report['judged_on']} part has no image of {', '.join(empty)}: nothing is known "
            "about how well that is recognised."
        )
    if main["scenes"] < 30:
        said.append(
            f"The {report['judged_on']} part has only {counted(main['scenes'], 'scene')}; the "
            "interval says how little that settles. Copies of a scene are one observation."
        )
    split = report.get("split")
    leaks = [leak for leak in (split["leaks"] if split else ()) if leak["scenes"]]
    if leaks:
        listed = "; ".join(
            f"{counted(leak['images'], 'image')} of {leak['parts'][1]} with a copy in "
            f"{leak['parts'][0]}"
            for leak in leaks
        )
        said.append(f"The split leaks: {listed}. The scores are better than they would be on new "
                    "pictures; use the grouped split.")  # fmt: skip
    strong = [
        (name, row["accuracy"])
        for name, row in report.get("baselines", {}).items()
        if name != MAJORITY
        and row["interval"][0] > 0.5
        and row["accuracy"] >= max(0.9, main["accuracy"] - 0.02)
    ]
    if strong:
        listed = ", ".join(f"{_WORDS[name]} {accuracy:.4f}" for name, accuracy in strong)
        said.append(
            f"Without looking at the picture, accuracy is already: {listed}. The classifier may "
            "have learned that shortcut; its score alone does not show that it sees crystals."
        )
    return said


_WORDS = {"size": "by size only", "mean_gray": "by brightness only", "entropy": "by entropy only"}


def rounded(value: float) -> float | None:
    """Return a ratio to four decimals; None for NaN, which JSON does not have."""
    return None if np.isnan(value) else round(float(value), DECIMALS)
