"""Fit a linear probe: multinomial logistic regression, tuned and judged by whole scenes."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from crystalviz.images.files import natural_key
from crystalviz.models.probe.linear import (
    PROBE_VERSION,
    LinearProbe,
    ProbeError,
    softmax,
    vectors_of,
)

if TYPE_CHECKING:
    from crystalviz.models.novelty import Reference

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""The values of C that are tried in this order, for standardised features."""
MOST_FOLDS = 5
LEAST_KNOWN = 20
"""Scenes from which on it can be told how far from them an unfamiliar picture is."""
_MANY_KNOWN, _MOST_KNOWN = 400, 2000
_ITERATIONS = 100
# Numbers in the vectors below which one thread is the fastest.
_SMALL = 1 << 21
# Logit of a class that a head has seen no image of: one in a million.
_UNSEEN = -14.0


def fit_probe(
    vectors: np.ndarray,
    labels: Sequence[str | None],
    scenes: Sequence[int] | np.ndarray | None = None,
    *,
    model: Any = None,
    keys: Sequence[str] | None = None,
    appearance: np.ndarray | None = None,
    progress: bool = False,
) -> LinearProbe:
    """Fit classes of one's own to the vectors of a model.

    Parameters
    ----------
    vectors : (n, d) float32
        Of the model's one pass.
    labels : sequence of (str or None)
        Class of each image; None for images without one, which are left out. Names that differ
        in case alone are one class.
    scenes : (n,) int, optional
        Images of one scene share a number and are never on both sides of a check; without it
        every image is a scene.
    model : Model, optional
        Whose vectors they are. The probe then refuses any other model, and two classes that are
        the model's own keep its order (negative, positive).
    keys : sequence of str, optional
        What names each image for good, for example the hash of its file; by default its place.
        With keys the probe does not depend on the order of the images.
    appearance : (n, 46) float32, optional
        `crystalviz.models.appearance.appearances` of the images: what the probe does not know is
        told far better with it.
    progress : bool
        Show a bar.

    Returns
    -------
    LinearProbe

    Raises
    ------
    ProbeError
        If the labels name fewer than two classes, or no class has two scenes; says what to do.

    Notes
    -----
    Features are standardised by the mean and deviation of the images that a head is fitted on;
    both are folded into its weights. C (the inverse of the L2 penalty) is the one with the least
    log loss out of scene; ties go to the stronger penalty, and once the loss rises weaker ones are
    not tried. For the head of a fold that loss is
    taken over the other folds, so that no image takes part in choosing the head that judges it.
    """
    from tqdm.auto import tqdm

    task = _labelled(vectors, labels, scenes, model, keys, appearance)
    folds = _folds(task)
    total = int(folds.max()) + 1
    with (
        _threads_for(task.vectors),
        tqdm(total=None, desc="Fitting", unit="fit", disable=not progress) as bar,
    ):
        paths = [_fit_path(task, folds != fold) for fold in range(1, total)]
        found: list[list[_Head]] = [[] for _ in paths]
        losses: list[list[float]] = []
        for _ in STRENGTHS:
            losses.append([])
            for fold, path in enumerate(paths, 1):
                found[fold - 1].append(next(path))
                losses[-1].append(_log_loss(found[fold - 1][-1], task, folds == fold))
                bar.update()
            # The loss falls, then rises: weaker penalties take longest and help no more.
            if len(losses) > 1 and sum(losses[-1]) > sum(losses[-2]):
                break
        table = np.array(losses).T
        picks = [int((table.sum(axis=0) - loss).argmin()) for loss in table]
        best = int(table.sum(axis=0).argmin())
        every = np.ones(len(folds), bool)
        heads = list(islice(_fit_path(task, every), best + 1))[-1:]
        bar.update(best + 1)
    heads += [path[pick] for path, pick in zip(found, picks, strict=True)]
    out_of_scene = np.empty((len(folds), len(task.names)))
    for fold in range(1, total):
        out_of_scene[folds == fold] = softmax(heads[fold].scores(task.vectors[folds == fold]))
    return LinearProbe(
        class_names=task.names,
        weights=np.stack([head.weights for head in heads]).astype(np.float32),
        bias=np.stack([head.bias for head in heads]).astype(np.float32),
        strengths=tuple(STRENGTHS[pick] for pick in (best, *picks)),
        keys=task.keys,
        codes=task.codes,
        folds=folds,
        scenes=task.scenes,
        out_of_scene=out_of_scene.astype(np.float32),
        model_name=task.model_name,
        model_vectors=task.model_vectors,
        digest=task.digest(),
        reference=_reference(task),
    )


def probe_digest(
    vectors: np.ndarray,
    labels: Sequence[str | None],
    scenes: Sequence[int] | np.ndarray | None = None,
    *,
    model: Any = None,
    keys: Sequence[str] | None = None,
) -> str:
    """Return the `LinearProbe.digest` that `fit_probe` would give, without fitting."""
    return _labelled(vectors, labels, scenes, model, keys).digest()


@dataclass(frozen=True)
class _Labelled:
    """The labelled images in the order of their keys."""

    names: tuple[str, ...]
    vectors: np.ndarray
    codes: np.ndarray
    scenes: np.ndarray
    keys: tuple[str, ...]
    model_name: str
    model_vectors: str
    looks: np.ndarray | None = None

    def digest(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        facts = (PROBE_VERSION, self.model_vectors, self.names, self.keys, self.vectors.shape)
        digest.update(repr(facts).encode())
        for array in (self.codes, self.scenes, self.vectors):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class _Head:
    """Weights (K, d) and bias (K,) on raw features, float64, their mean over the classes zero."""

    weights: np.ndarray
    bias: np.ndarray

    def scores(self, vectors: np.ndarray) -> np.ndarray:
        return np.asarray(vectors @ self.weights.T + self.bias)


def _labelled(
    vectors: np.ndarray,
    labels: Sequence[str | None],
    scenes: Sequence[int] | np.ndarray | None,
    model: Any,
    keys: Sequence[str] | None,
    appearance: np.ndarray | None = None,
) -> _Labelled:
    count = len(labels)
    named = [f"{row:09d}" for row in range(count)] if keys is None else list(keys)
    numbers = np.arange(count) if scenes is None else np.asarray(scenes)
    rows = sorted(
        (row for row in range(count) if labels[row] is not None),
        key=lambda row: (named[row], str(labels[row])),
    )
    names = _class_names([str(labels[row]) for row in rows], model)
    if len(names) < 2:
        found = f"all labelled images are {names[0]!r}" if names else "no image has a label"
        raise ProbeError(
            f"a probe tells classes apart, and {found}; put the images of each class into a "
            "subfolder named as the class, or give labels as a CSV file"
        )
    code = {name.casefold(): at for at, name in enumerate(names)}
    # Numbered by first appearance, so that the numbers do not depend on the order of the files.
    places: dict[Any, int] = {}
    chosen = np.ascontiguousarray(np.asarray(vectors)[rows], np.float32)
    if not np.isfinite(chosen).all():
        raise ProbeError("the vectors hold NaN or infinity, so no probe can be fitted to them")
    return _Labelled(
        names=names,
        vectors=chosen,
        codes=np.array([code[str(labels[row]).casefold()] for row in rows], np.int64),
        scenes=np.array([places.setdefault(numbers[row], len(places)) for row in rows], np.int64),
        keys=tuple(named[row] for row in rows),
        model_name=getattr(model, "name", ""),
        model_vectors="" if model is None else vectors_of(model),
        looks=None if appearance is None else np.asarray(appearance, np.float32)[rows],
    )


def _class_names(labels: list[str], model: Any) -> tuple[str, ...]:
    spelled: dict[str, str] = {}
    for label in sorted(labels):
        spelled.setdefault(label.casefold(), label)
    names = sorted(spelled.values(), key=natural_key)
    order = [name.casefold() for name in getattr(model, "class_names", ())]
    if len(names) == 2 and set(order) == spelled.keys():
        names.sort(key=lambda name: order.index(name.casefold()))
    return tuple(names)


def _folds(task: _Labelled) -> np.ndarray:
    """Return the fold of each image, from 1: whole scenes, the classes spread evenly."""
    from sklearn.model_selection import StratifiedGroupKFold

    scenes_of = [len(np.unique(task.scenes[task.codes == k])) for k in range(len(task.names))]
    several = [count for count in scenes_of if count > 1]
    if not several:
        raise ProbeError(
            "each class has one scene only (copies and rotated copies are one scene), so a probe "
            "could not be checked; give images of at least two scenes for the classes "
            + ", ".join(task.names)
        )
    splitter = StratifiedGroupKFold(min(MOST_FOLDS, *several))
    folds = np.zeros(len(task.codes), np.int64)
    with warnings.catch_warnings():
        # A class of fewer scenes than folds is no mistake: it is judged by heads that lack it.
        warnings.simplefilter("ignore", UserWarning)
        parts = splitter.split(np.zeros(len(folds)), task.codes, task.scenes)
        for fold, (_, held_out) in enumerate(parts, 1):
            folds[held_out] = fold
    return np.unique(folds, return_inverse=True)[1].astype(np.int64) + 1


def _fit_path(task: _Labelled, rows: np.ndarray) -> Iterator[_Head]:
    """Fit one strength after the other, each started from the one before."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    codes, classes = task.codes[rows], len(task.names)
    seen = np.unique(codes)
    dimension = task.vectors.shape[1]
    if len(seen) == 1:
        bias = np.full(classes, _UNSEEN)
        bias[seen] = 0.0
        yield from repeat(_centred(np.zeros((classes, dimension)), bias))
    chosen = task.vectors[rows]
    mean = chosen.mean(axis=0, dtype=np.float64)
    deviation = chosen.std(axis=0, dtype=np.float64)
    deviation[deviation < 1e-12 * np.maximum(1.0, np.abs(mean))] = 1.0
    del chosen
    regression = LogisticRegression(max_iter=_ITERATIONS, warm_start=True)
    for strength in STRENGTHS:
        # Made again for each strength: the copies of all folds would not fit into the memory.
        standard = task.vectors[rows]
        standard -= mean.astype(np.float32)
        standard /= deviation.astype(np.float32)
        with warnings.catch_warnings():
            # Stopping early is one more way of holding the weights small.
            warnings.simplefilter("ignore", ConvergenceWarning)
            regression.set_params(C=strength).fit(standard, codes)
        del standard
        found = regression.coef_.astype(np.float64) / deviation
        offset = regression.intercept_.astype(np.float64) - found @ mean
        if len(seen) == 2:
            found = np.concatenate([-found, found]) / 2
            offset = np.concatenate([-offset, offset]) / 2
        weights, bias = np.zeros((classes, dimension)), np.full(classes, _UNSEEN)
        weights[seen], bias[seen] = found, offset
        yield _centred(weights, bias)


def _threads_for(vectors: np.ndarray) -> AbstractContextManager[Any]:
    """Keep small problems to one thread: there, threads only wait for each other."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1) if vectors.size < _SMALL else nullcontext()


def _reference(task: _Labelled) -> Reference | None:
    """Return the pictures that are known, one of each scene; None where they are too few."""
    from crystalviz.models.novelty import Reference

    _, first = np.unique(task.scenes, return_index=True)
    if len(first) < LEAST_KNOWN:
        return None
    first = first[np.linspace(0, len(first) - 1, min(len(first), _MOST_KNOWN)).astype(int)]
    # Where there are many, every fifth is held out to compare with; few are all needed.
    held = first[::5] if len(first) > _MANY_KNOWN else None
    kept = first if held is None else np.setdiff1d(first, held)

    def looks(rows: np.ndarray | None) -> np.ndarray | None:
        return None if task.looks is None or rows is None else task.looks[rows]

    return Reference.from_vectors(
        task.vectors[kept],
        None if held is None else task.vectors[held],
        train_appearance=looks(kept),
        held_out_appearance=looks(held),
        model=task.model_vectors,
    )


def _centred(weights: np.ndarray, bias: np.ndarray) -> _Head:
    return _Head(weights - weights.mean(axis=0), bias - bias.mean())


def _log_loss(head: _Head, task: _Labelled, rows: np.ndarray) -> float:
    """Return the sum of -log P(true class) over some of the images."""
    codes = task.codes[rows]
    chances = softmax(head.scores(task.vectors[rows]))[np.arange(len(codes)), codes]
    return float(-np.log(np.maximum(chances, 1e-12)).sum())
