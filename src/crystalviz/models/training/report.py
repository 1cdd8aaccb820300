"""The report folder of a classifier, trained here or fitted on features."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import crystalviz
from crystalviz.datasets.baselines import shortcut_features
from crystalviz.images import ArraySet, Split, audit_split, write_split
from crystalviz.models.training.evaluation import (
    OUT_OF_SCENE,
    Judged,
    score_baselines,
    score_part,
    warnings_of,
)
from crystalviz.models.training.figures import confusion_figure, metrics_figure
from crystalviz.models.training.report_page import report_page
from crystalviz.models.training.report_text import report_text

if TYPE_CHECKING:
    import pandas as pd

REPORT_FILE = "report.json"
TEXT_FILE = "report.txt"
PAGE_FILE = "index.html"
_DPI = 160


def write_report(
    folder: str | os.PathLike[str],
    *,
    title: str,
    ids: Sequence[str],
    class_names: Sequence[str],
    targets: np.ndarray,
    probability: np.ndarray,
    scenes: np.ndarray,
    pixels_of: Callable[[int], np.ndarray],
    split: Split | None = None,
    folds: np.ndarray | None = None,
    shortcuts: np.ndarray | None = None,
    maps: np.ndarray | None = None,
    history: pd.DataFrame | None = None,
    best_epoch: int = 0,
    target_f1: float = 0.997,
    facts: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
    left_out: Sequence[tuple[str, str]] = (),
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Write what a classifier of n images achieves, and what that is worth.

    Give `split` for a classifier that learned from one part, or `folds` for one whose
    predictions are out-of-scene (each from a fit without the image's fold).

    Parameters
    ----------
    folder : path
        Made where it is not there. Files of the same names are replaced.
    title : str
    ids : sequence of str
        One id per image.
    class_names : sequence of K str
        In the order of the class indices; of two, the second is the positive one.
    targets : (n,) int
        Class index of each image; -1 for an image without a label.
    probability : (n, K) float
        Of each class, by rows; NaN rows for images without a prediction.
    scenes : (n,) int
        `crystalviz.find_scenes`: copies of a scene are one observation.
    pixels_of : callable
        Position to (H, W) uint8; called for the pictures in the gallery, and for all
        labelled ones if `shortcuts` is None.
    split : Split, optional
        Of positions. Judged on its test part; on its validation part where test is empty.
    folds : (n,) int, optional
        Fold of each image, -1 for an image in none. No scene may stand in two folds.
    shortcuts : (n, 6) float, optional
        Rows of `crystalviz.datasets.baselines.shortcut_features`; rows of images without a
        label may be NaN. None computes them.
    maps : (n, h, w) float, optional
        Class activation maps of the predicted classes, for the gallery.
    history : DataFrame, optional
        Columns epoch, loss, val_loss and `val_f1 <name>`: written and drawn.
    best_epoch, target_f1
        Marked in the drawing of the history.
    facts : mapping, optional
        What the classifier is, in words and numbers: part of the report, in this order.
    notes : sequence of str
        How it was made, in sentences.
    left_out : sequence of (str, str)
        Files that were not used, with the reason.
    confidence : float
        Of the intervals.

    Returns
    -------
    dict
        What `report.json` holds: `judged_on` (name of a part), `parts` (see
        `evaluation.score_part`), `baselines`, `split` (its audit) or None, `mistakes`, `facts`,
        `notes`, `warnings`.

    Raises
    ------
    ValueError
        If not exactly one of `split` and `folds` is given, lengths differ, a scene stands in two
        folds, or no labelled image has a prediction in the part that counts.

    Notes
    -----
    Files: `report.json`, `report.txt`, `index.html`, `predictions.csv`, `confusion.png`; with a
    split `split.csv`, with a history `history.csv` and `metrics.png`.
    """
    targets = np.asarray(targets, np.int64)
    probability = np.asarray(probability, np.float64)
    scenes = np.asarray(scenes, np.int64)
    names = tuple(map(str, class_names))
    count = len(ids)
    if not (targets.shape == scenes.shape == (count,) and probability.shape == (count, len(names))):
        raise ValueError(
            f"{count} ids and {len(names)} classes need targets and scenes of shape ({count},) and "
            f"probability of shape ({count}, {len(names)}), not {targets.shape}, {scenes.shape} "
            f"and {probability.shape}"
        )
    parts, main, learn = _parts(split, folds, targets, probability, scenes)
    judged = Judged(list(ids), names, targets, probability, scenes, parts, main)
    if shortcuts is None:
        shortcuts = np.full((count, 6), np.nan)
        for position in np.flatnonzero(targets >= 0).tolist():
            shortcuts[position] = shortcut_features(pixels_of(position))

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    predicted = judged.predicted
    report: dict[str, Any] = {
        "title": title,
        "crystalviz": crystalviz.__version__,
        "class_names": list(names),
        "judged_on": main,
        "confidence": confidence,
        "parts": {
            name: score_part(targets[chosen], predicted[chosen], scenes[chosen], names, confidence)
            for name, chosen in parts.items()
        },
        "baselines": score_baselines(judged, shortcuts, learn, confidence),
        "split": None,
        "mistakes": [
            {
                "image_id": ids[index],
                "part": part,
                "class": names[targets[index]],
                "predicted": names[predicted[index]],
                "probability": round(float(probability[index, predicted[index]]), 4),
                "scene": int(scenes[index]),
            }
            for part, index in judged.mistakes()
        ],
        "facts": dict(facts or {}),
        "notes": list(notes),
        "left_out": [list(pair) for pair in left_out],
    }
    if split is not None:
        labels = [names[target] if target >= 0 else None for target in targets]
        # Only ids and labels are looked at: the scenes are known.
        known = ArraySet([np.empty((1, 1), np.uint8)] * count, list(ids), labels)
        audit = audit_split(known, split, scenes, labels)
        report["split"] = _audit(audit)
        write_split(split, known, out / "split.csv")
    report["warnings"] = warnings_of(report)

    _predictions(judged).to_csv(out / "predictions.csv", index=False)
    matrix = np.array(report["parts"][main]["confusion"])
    figures = [(confusion_figure(matrix, names, main), "confusion.png")]
    if history is not None:
        history.to_csv(out / "history.csv", index=False)
        figures.append((metrics_figure(history, names, best_epoch, target_f1), "metrics.png"))
    for figure, name in figures:
        figure.savefig(out / name, dpi=_DPI, facecolor="#ffffff", metadata={"Software": None})
    text = report_text(report)
    _write(out / TEXT_FILE, text)
    page = report_page(report, judged, pixels_of, maps, history, best_epoch, target_f1)
    page.write(out / PAGE_FILE)
    # Last, so that a report.json says that the folder is complete.
    _write(out / REPORT_FILE, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return report


def _parts(
    split: Split | None,
    folds: np.ndarray | None,
    targets: np.ndarray,
    probability: np.ndarray,
    scenes: np.ndarray,
) -> tuple[dict[str, np.ndarray], str, list[tuple[np.ndarray, np.ndarray]]]:
    """Return the parts to judge, the one that counts, and what baselines learn from for it."""
    labelled = targets >= 0
    usable = labelled & ~np.isnan(probability).any(axis=1)
    if (split is None) == (folds is None):
        raise ValueError("a report needs either a split or the folds of a cross-validation")
    if split is not None:
        given = {"train": split.train, "validation": split.validation, "test": split.test}
        parts = {name: part[usable[part]] for name, part in given.items()}
        parts = {name: part for name, part in parts.items() if len(part)}
        main = "test" if "test" in parts else "validation"
        train = split.train[labelled[split.train]]
        learn = [(train, parts.get(main, train[:0]))]
    else:
        numbers = np.asarray(folds, np.int64)
        if numbers.shape != targets.shape:
            raise ValueError(f"{len(targets)} images need as many folds, not {numbers.shape}")
        inside = np.flatnonzero(usable & (numbers >= 0))
        pairs = np.unique(np.column_stack([scenes[inside], numbers[inside]]), axis=0)
        if len(np.unique(pairs[:, 0])) < len(pairs):
            raise ValueError("a scene stands in two folds, so the predictions are not out-of-scene")
        parts, main = {OUT_OF_SCENE: inside} if len(inside) else {}, OUT_OF_SCENE
        learn = [
            (inside[numbers[inside] != fold], inside[numbers[inside] == fold])
            for fold in np.unique(numbers[inside])
        ]
    if main not in parts or any(not len(train) for train, _ in learn):
        raise ValueError(
            f"there is nothing to judge: no labelled image with a prediction in the part {main!r}, "
            "or none to learn from"
        )
    return parts, main, learn


def _audit(audit: Any) -> dict[str, Any]:
    return {
        "images": audit.images,
        "scenes": audit.scenes,
        "design_effects": audit.design_effects,
        "labels": audit.labels,
        "leaks": [
            {"parts": list(parts), "scenes": leak.scenes, "images": leak.images}
            for parts, leak in audit.leaks.items()
        ],
        "clean": audit.clean,
        "text": str(audit),
    }


def _predictions(judged: Judged) -> pd.DataFrame:
    import pandas as pd

    names = np.array([*judged.class_names, ""], object)
    table = pd.DataFrame({"image_id": judged.ids})
    part_of = np.full(len(judged.ids), "", object)
    for name, chosen in judged.parts.items():
        part_of[chosen] = name
    table["part"] = part_of
    table["scene"] = judged.scenes
    table["class_label"] = names[judged.targets]
    table["predicted_label"] = names[judged.predicted]
    for index, name in enumerate(judged.class_names):
        table[f"probability {name}"] = judged.probability[:, index].round(6)
    return table


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
