"""What a classifier could guess without looking: size, mean gray and entropy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BASELINES = ("size", "mean_gray", "entropy")


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
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    names, target = np.unique(np.asarray(labels), return_inverse=True)
    if len(names) != 2 or np.bincount(target).min() < folds:
        raise ValueError(
            f"the baselines need two classes of at least {folds} images, got "
            f"{dict(zip(names.tolist(), np.bincount(target).tolist(), strict=True))}"
        )
    shapes = np.array([image.shape[:2] for image in images], float)
    features = {
        "size": np.column_stack(
            [shapes, shapes.prod(axis=1), np.abs(np.log(shapes[:, 0] / shapes[:, 1]))]
        ),
        "mean_gray": np.array([[image.mean()] for image in images]),
        "entropy": np.array([[_entropy(image)] for image in images]),
    }
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    result = {}
    for name in BASELINES:
        scores = [
            cross_val_score(model, features[name], target, cv=splitter).mean()
            for model in (
                make_pipeline(StandardScaler(), LogisticRegression()),
                DecisionTreeClassifier(max_depth=3, random_state=seed),
            )
        ]
        result[name] = float(max(scores))
    return result


def _entropy(image: np.ndarray) -> float:
    """Shannon entropy in bits; the ground floor's public measure, on decoded pixels."""
    from crystalviz.measures import shannon_entropy

    return float(shannon_entropy(image))
