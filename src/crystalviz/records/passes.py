"""The one pass over the images: each is decoded once and goes through the model once.

Decoding and measuring run in threads while the model works on the batch before, or batches go to
the workers of a joblib backend. Every batch is committed, so an interrupted run loses at most the
batches under way, and the next one goes on. Only the calling process writes.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from crystalviz.images import ImageSet
from crystalviz.models.batches import BATCH_SIZE, Batch, batches, one_ahead
from crystalviz.models.elsewhere import (
    SentModel,
    WorkerError,
    goes_elsewhere,
    results_in_order,
    send,
)
from crystalviz.records.database import Database
from crystalviz.records.images import (
    PassRecord,
    PictureRecord,
    add_records,
    intact_passes,
    intact_pictures,
)
from crystalviz.records.pictures import describe_picture

if TYPE_CHECKING:
    from crystalviz.models import Model

# Part of every record's key. Count it up when decoding, the scene signature, the sizes of the
# pictures or their encoding change: older records are then made again.
RECIPE = 1

# Size in bytes and time of the last change of a file.
_FileStamp = tuple[int, int]


@dataclass
class _Made:
    """What was made of one batch of images.

    Attributes
    ----------
    keys : list of str
        Record keys of the images that are done.
    pictures, passes : list of (str, record)
        What is to be written.
    problems : list of (str, str)
    """

    keys: list[str] = field(default_factory=list)
    pictures: list[tuple[str, PictureRecord]] = field(default_factory=list)
    passes: list[tuple[str, PassRecord]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class PassResult:
    """What `run_passes` did.

    Attributes
    ----------
    contents : list of (str or None)
        Record key of each image; None for an image that was set aside.
    computed : int
        How many pictures were decoded and went through the model.
    """

    contents: list[str | None]
    computed: int


class PassesInterrupted(KeyboardInterrupt):
    """A KeyboardInterrupt during the passes; `contents` is as in `PassResult`, of what is done."""

    def __init__(self, message: str, contents: list[str | None]) -> None:
        super().__init__(message)
        self.contents = contents


def run_passes(
    images: ImageSet,
    model: Model,
    database: Database,
    progress: bool = True,
    n_jobs: int | None = None,
) -> PassResult:
    """Make the records that `database` lacks for these images and this model.

    Copies of one file are computed once. A file that fails goes to `images.problems`. Inside
    ``joblib.parallel_config`` with another backend or several jobs, or with `n_jobs`, the batches
    go to those workers; the records are the same to the last bit.

    Parameters
    ----------
    images : ImageSet
    model : Model
    database : Database
        Open for writing.
    progress : bool
        Show a bar with the rate and the time left.
    n_jobs : int, optional
        Processes; -1 for one for each core. Workers on other machines need the same files under
        the same paths.

    Raises
    ------
    PassesInterrupted
        When interrupted; the message says how many images are done.
    WorkerError
        If a worker process ends while it works; what is done is kept.
    """
    bar = tqdm(
        total=len(images), desc="Analyzing", unit="image", disable=not progress, dynamic_ncols=True
    )
    keys: list[str | None] = [None] * len(images)
    done: set[str] = set()
    elsewhere = goes_elsewhere(n_jobs)
    try:
        with bar:
            stamps = _read_keys(images, keys)
            wanted = [key for key in keys if key is not None]
            described = intact_pictures(database, wanted)
            done = described & intact_passes(database, model.fingerprint, wanted)
            first: dict[str, int] = {}
            for row, key in enumerate(keys):
                if key is not None and key not in done:
                    first.setdefault(key, row)
            # What the cache had does not count for the rate.
            bar.initial = bar.n = len(images) - len(first)
            bar.unpause()
            bar.refresh()
            todo = _Todo(
                images,
                list(first.values()),
                list(first),
                [stamps[row] for row in first.values()],
                [key not in described for key in first],
            )
            made = _made_elsewhere(todo, model, n_jobs) if elsewhere else _made_here(todo, model)
            for part in made:
                add_records(database, model.fingerprint, part.pictures, part.passes)
                done.update(part.keys)
                images.problems.extend(each for each in part.problems)
                bar.update(len(part.keys))
            computed = len(done & first.keys())
            bar.total = bar.n
    except KeyboardInterrupt:
        finished = [key if key in done else None for key in keys]
        count = sum(key is not None for key in finished)
        raise PassesInterrupted(
            f"{count} of {len(images)} images are done and kept; the next run goes on from there",
            finished,
        ) from None
    except WorkerError as error:
        count = sum(key in done for key in keys)
        raise WorkerError(f"{error}; {count} of {len(images)} images are done and kept") from error
    contents = [key if key in done else None for key in keys]
    _explain_missing(images, keys, contents)
    return PassResult(contents, computed)


@dataclass(frozen=True)
class _Todo:
    """Images to work on; the lists run along `rows` of the set."""

    images: ImageSet
    rows: list[int]
    keys: list[str]
    stamps: list[_FileStamp | None]
    describe: list[bool]

    def part(self, start: int) -> _Todo:
        """Return a batch of it to send away, with problems of its own."""
        here = slice(start, start + BATCH_SIZE)
        images = copy.copy(self.images.subset(self.rows[here]))
        images.problems = []
        rows = list(range(len(images)))
        return _Todo(images, rows, self.keys[here], self.stamps[here], self.describe[here])


def _made_here(todo: _Todo, model: Any) -> Iterator[_Made]:
    place = {row: i for i, row in enumerate(todo.rows)}
    with ThreadPoolExecutor(_threads(), thread_name_prefix="crystalviz") as pool:
        try:
            for batch in one_ahead(batches(_unchanged_pixels(todo), BATCH_SIZE)):
                yield _make(batch, todo, place, model, pool)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _made_elsewhere(todo: _Todo, model: Model, n_jobs: int | None) -> Iterator[_Made]:
    if todo.rows:
        sent = send(model)
        tasks = ((sent, todo.part(start)) for start in range(0, len(todo.rows), BATCH_SIZE))
        yield from results_in_order(_made_there, tasks, n_jobs)


def _made_there(sent: SentModel, todo: _Todo) -> _Made:
    """Run on a worker."""
    whole = _Made()
    for part in _made_here(todo, sent.open()):
        whole.keys += part.keys
        whole.pictures += part.pictures
        whole.passes += part.passes
    whole.problems = list(todo.images.problems)
    return whole


def _threads() -> int:
    return min(8, os.cpu_count() or 1)


def _read_keys(images: ImageSet, keys: list[str | None]) -> list[_FileStamp | None]:
    """Fill `keys` from the bytes of the files; return their (size, time) from before."""

    def key_of(row: int) -> tuple[str | None, _FileStamp | None]:
        try:
            stamp = _stamp(images, row)
            return f"{images.content_hash(row)}-{RECIPE}", stamp
        except OSError as error:
            reason = error.strerror or type(error).__name__
            images.problems.append(
                (images.ids[row], f"the file cannot be read ({reason}); check it and run again")
            )
            return None, None

    stamps: list[_FileStamp | None] = [None] * len(images)
    pool = ThreadPoolExecutor(_threads(), thread_name_prefix="crystalviz")
    try:
        for row, (key, stamp) in enumerate(pool.map(key_of, range(len(images)))):
            keys[row], stamps[row] = key, stamp
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return stamps


def _stamp(images: ImageSet, row: int) -> _FileStamp:
    status = os.stat(images.root / images.ids[row])
    return status.st_size, status.st_mtime_ns


def _unchanged_pixels(todo: _Todo) -> Iterator[tuple[int, np.ndarray]]:
    stamps = dict(zip(todo.rows, todo.stamps, strict=True))
    stream = todo.images.stream(todo.rows)
    try:
        for row, pixels in stream:
            if _unchanged(todo.images, row, stamps[row]):
                yield row, pixels
    finally:
        getattr(stream, "close", lambda: None)()


def _unchanged(images: ImageSet, row: int, before: _FileStamp | None) -> bool:
    # A microscope may still be writing: pixels of one version must not be kept under the hash
    # of another.
    try:
        same = _stamp(images, row) == before
    except OSError:
        same = False
    if not same:
        images.problems.append(
            (images.ids[row], "the file changed while it was read; run again when it is complete")
        )
    return same


def _make(
    batch: Batch, todo: _Todo, place: dict[int, int], model: Any, pool: ThreadPoolExecutor
) -> _Made:
    keys = [todo.keys[place[row]] for row in batch.rows]
    futures = {
        key: pool.submit(describe_picture, pixels)
        for key, row, pixels in zip(keys, batch.rows, batch.pixels, strict=True)
        if todo.describe[place[row]]
    }
    seen = model.one_pass(batch.pixels)
    passes = [
        (
            key,
            PassRecord(
                float(seen.probability[i]) if model.has_head else None,
                np.asarray(seen.vectors[i], np.float32),
                np.asarray(seen.maps[i], np.float32),
                np.asarray(seen.class_probability[i], np.float32) if model.has_head else None,
            ),
        )
        for i, key in enumerate(keys)
    ]
    pictures = [(key, future.result()) for key, future in futures.items()]
    return _Made(keys, pictures, passes)


def _explain_missing(images: ImageSet, keys: list[str | None], contents: list[str | None]) -> None:
    """Give copies of a file that failed, which were not tried again, its reason."""
    reasons = dict(images.problems)
    of_key = {
        key: reasons[name]
        for key, name in zip(keys, images.ids, strict=True)
        if key is not None and name in reasons
    }
    for name, key, content in zip(images.ids, keys, contents, strict=True):
        if content is None and name not in reasons:
            reason = of_key.get(key or "", "it could not be read; run again")
            images.problems.append((name, reason))
