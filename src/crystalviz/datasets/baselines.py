"""What a classifier could guess without looking: size, mean gray and entropy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

BASELINES = ("size", "mean_gray", "entropy")
SHORTCUT_COLUMNS = {"size": [0, 1, 2, 3], "mean_gray": [4], "entropy": [5]}
"""Columns of `shortcut_features` by baseline."""

_FOLDS = 5


def shortcut_features(pixels: np.ndarray) -> np.ndarray:
    """Return what can be said of a picture without looking at it.

    Parameters
    ----------
    pixels : (H, W) uint8

    Returns
    -------
    (6,) float64
        Height, width, area, |log(height / width)|, mean gray value, Shannon entropy in bits.
    """
    from crystalviz.measures import shannon_entropy

    height, width = pixels.shape[:2]
    size = (height, width, height * width, abs(np.log(height / width)))
    return np.array([*size, pixels.mean(), shannon_entropy(pixels)], np.float64)


def predict_from_shortcuts(
    features: np.ndarray,
    targets: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    scenes: np.ndarray | None = None,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Learn each shortcut on one part of the images and predict another part with it.

    Parameters
    ----------
    features : (n, 6) float
        Rows of `shortcut_features`.
    targets : (n,) int
        Class of each image.
    train, test : (k,) int
        Indices of the images to learn from and to predict.
    scenes : (n,) int, optional
        Copies of one scene; kept together where models are compared.
    seed : int

    Returns
    -------
    dict of str to (len(test),) int
        For each of `BASELINES` the predicted classes. By logistic regression or a depth-3
        decision tree (which finds a class in the middle of the range too), whichever is
        better in cross-validation within the training images.

    Raises
    ------
    ValueError
        If the training images are of one class.
    """
    known = targets[train]
    if len(np.unique(known)) < 2:
        raise ValueError("the baselines need training images of at least two classes")
    groups = np.arange(len(train)) if scenes is None else scenes[train]
    result = {}
    for name in BASELINES:
        columns = features[:, SHORTCUT_COLUMNS[name]]
        model = _better(columns[train], known, groups, seed)
        model.fit(columns[train], known)
        result[name] = (
            np.asarray(model.predict(columns[test])) if len(test) else np.empty(0, known.dtype)
        )
    return result


def shortcut_baselines(
    images: Sequence[np.ndarray], labels: Sequence[str], folds: int = 5, seed: int = 0
) -> dict[str, float]:
    """Cross-validated accuracy of the three shortcuts that a data set may leave open.

    Parameters
    ----------
    images : sequence of (H, W) uint8
    labels : sequence of str
        Two classes.
    folds, seed : int
        Stratified cross-validation.

    Returns
    -------
    dict
        `size` (height, width, area and aspect together), `mean_gray`, `entropy`
        (Shannon entropy of the gray values, bits): accuracy, 0 to 1. For each the
        better of logistic regression and a depth-3 decision tree, so that a class
        in the middle of the range is found too.

    Raises
    ------
    ValueError
        If there are not two classes with at least `folds` images each.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    names, target = np.unique(np.asarray(labels), return_inverse=True)
    if len(names) != 2 or np.bincount(target).min() < folds:
        raise ValueError(
            f"the baselines need two classes of at least {folds} images, got "
            f"{dict(zip(names.tolist(), np.bincount(target).tolist(), strict=True))}"
        )
    features = np.array([shortcut_features(image) for image in images])
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    result = {}
    for name in BASELINES:
        columns = features[:, SHORTCUT_COLUMNS[name]]
        scores = [
            cross_val_score(model, columns, target, cv=splitter).mean() for model in _models(seed)
        ]
        result[name] = float(max(scores))
    return result


def _models(seed: int) -> list[Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    return [
        make_pipeline(StandardScaler(), LogisticRegression()),
        DecisionTreeClassifier(max_depth=3, random_state=seed),
    ]


def _better(columns: np.ndarray, targets: np.ndarray, groups: np.ndarray, seed: int) -> Any:
    """Return the model that does better on held-out scenes of the training images."""
    from sklearn.model_selection import StratifiedGroupKFold

    models = _models(seed)
    per_class = [len(np.unique(groups[targets == value])) for value in np.unique(targets)]
    folds = min(_FOLDS, *per_class)
    if folds < 2:
        # A class of one scene can be learned but not held out.
        return models[0]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    right = np.zeros(len(models))
    for learn, check in splitter.split(columns, targets, groups):
        if len(np.unique(targets[learn])) < 2:
            continue
        for index, model in enumerate(models):
            predicted = model.fit(columns[learn], targets[learn]).predict(columns[check])
            right[index] += (predicted == targets[check]).sum()
    return _models(seed)[int(right.argmax())]
