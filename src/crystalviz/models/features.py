"""Vectors and probabilities of many images."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz.images import Images, ImageSet, as_image_set
from crystalviz.images.sources import ArraySet, ImageSource
from crystalviz.models.batches import batches, one_ahead
from crystalviz.models.elsewhere import SentModel, goes_elsewhere, results_in_order, send
from crystalviz.models.load import load_model
from crystalviz.models.model import Model
from crystalviz.models.pose_average import PoseAverage

# What a task gives back: rows, vectors, probability, class_probability, problems.
_Part = tuple[list[int], np.ndarray, np.ndarray, np.ndarray, list[tuple[str, str]]]


@dataclass(frozen=True)
class Features:
    """Features of n images.

    Attributes
    ----------
    vectors : (n, d) float32
    probability : (n,) float32
        P(positive class) for two classes, P(predicted class) for more; NaN where the model has
        no class head.
    ids : list of str
    class_probability : (n, K) float32
        Of each class; NaN without a head.
    """

    vectors: np.ndarray
    probability: np.ndarray
    ids: list[str]
    class_probability: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def extract_features(
    images: Images,
    model: Model | str,
    batch_size: int = 32,
    progress: bool = False,
    n_jobs: int | None = None,
    poses: int = 1,
) -> Features:
    """Run `model` over the images.

    The images of the next batch are decoded while the model works on one. Inside
    ``joblib.parallel_config`` with another backend or several jobs, or with `n_jobs`, the batches
    go to those workers; the numbers are the same to the last bit.

    Parameters
    ----------
    images : ImageSet, path, array, or list of paths or arrays
    model : Model or str
        A loaded model or a name for `load_model`.
    batch_size : int
        How many decoded images are held at a time; the numbers do not depend on it.
    progress : bool
        Show a bar with rate and time left.
    n_jobs : int, optional
        Processes; -1 for one for each core. Workers on other machines need the same files under
        the same paths.
    poses : {1, 8}
        8: the means over the turned and mirrored copies of each image, which do not depend on
        how it is turned (`PoseAverage`), at eight times the cost.

    Returns
    -------
    Features
        In the order of the images. A file that cannot be decoded is left out and
        listed in the `problems` of the image set.

    Raises
    ------
    ValueError
        If `batch_size` is under 1, `n_jobs` is 0, or `poses` is neither 1 nor 8.
    WorkerError
        If a worker process ends while it works.

    Examples
    --------
    >>> with joblib.parallel_config(backend="dask"):  # doctest: +SKIP
    ...     features = cz.extract_features("my_crystals/", "crystalnet")
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more, not {batch_size}")
    if poses not in (1, 8):
        raise ValueError(f"poses must be 1 or 8, not {poses}")
    loaded: Any = load_model(model) if isinstance(model, str) else model
    if poses == 8:
        loaded = PoseAverage(loaded)
    source = as_image_set(images)
    if goes_elsewhere(n_jobs):
        parts = _parts_elsewhere(source, loaded, batch_size, n_jobs)
    else:
        parts = _parts_here(source, range(len(source)), loaded, batch_size)

    from tqdm.auto import tqdm

    rows: list[int] = []
    empty = np.empty((0, len(loaded.class_names)), np.float32)
    found: tuple[list[np.ndarray], ...] = (
        [np.empty((0, loaded.dimension), np.float32)],
        [np.empty(0, np.float32)],
        [empty],
    )
    with tqdm(total=len(source), unit="image", desc=loaded.name, disable=not progress) as bar:
        for done, vectors, probability, by_class, problems in parts:
            rows += done
            for values, part in zip(found, (vectors, probability, by_class), strict=True):
                values.append(part)
            source.problems.extend(each for each in problems if each not in source.problems)
            bar.update(len(done))
    names = list(source.ids)
    vectors, probability, by_class = (np.concatenate(values) for values in found)
    return Features(vectors, probability, [names[row] for row in rows], by_class)


def _parts_here(
    source: ImageSource, rows: range | list[int], model: Any, size: int
) -> Iterator[_Part]:
    for batch in one_ahead(batches(source.stream(rows), size)):
        seen = model.one_pass(batch.pixels)
        yield batch.rows, seen.vectors, seen.probability, seen.class_probability, []


def _parts_elsewhere(
    source: ImageSource, model: Any, size: int, n_jobs: int | None
) -> Iterator[_Part]:
    sent = send(model)
    starts = range(0, len(source), size)
    chunks = (list(range(start, min(start + size, len(source)))) for start in starts)
    tasks = ((sent, part_of(source, rows), rows, size) for rows in chunks)
    yield from results_in_order(_part_there, tasks, n_jobs)


def _part_there(sent: SentModel, part: ImageSource, rows: list[int], size: int) -> _Part:
    """Run on a worker; `rows` are those of `part` in the whole set."""
    model = sent.open()
    parts = list(_parts_here(part, range(len(rows)), model, size))
    if not parts:
        seen = model.one_pass([])
        parts = [([], seen.vectors, seen.probability, seen.class_probability, [])]
    done = [rows[row] for each in parts for row in each[0]]
    vectors, probability, by_class = (
        np.concatenate([np.asarray(each[i]) for each in parts]) for i in (1, 2, 3)
    )
    return done, vectors, probability, by_class, list(part.problems)


def part_of(source: ImageSource, rows: list[int]) -> ImageSource:
    """Return some images of a set, with problems of their own, to send to another process."""
    if isinstance(source, ImageSet):
        part = copy.copy(source.subset(rows))
        part.problems = []
        return part
    return ArraySet([source.pixels(row) for row in rows], [source.ids[row] for row in rows])
