"""The one pass over the images: each is decoded once and goes through the model once.

Decoding and measuring run in threads while the model works on the batch before. Every batch is
committed, so an interrupted run loses at most the batch under way, and the next one goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from tqdm.auto import tqdm

from crystalviz.images import ImageSet
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

BATCH_SIZE = 32
# A batch is closed early at this many pixels, so that mosaics do not fill the memory.
_BATCH_PIXELS = 1 << 26


@dataclass
class _Batch:
    rows: list[int] = field(default_factory=list)
    pixels: list[np.ndarray] = field(default_factory=list)

    @property
    def full(self) -> bool:
        weight = sum(image.size for image in self.pixels)
        return len(self.rows) >= BATCH_SIZE or weight >= _BATCH_PIXELS


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
    images: ImageSet, model: Model, database: Database, progress: bool = True
) -> PassResult:
    """Make the records that `database` lacks for these images and this model.

    Copies of one file are computed once. A file that fails goes to `images.problems`.

    Parameters
    ----------
    images : ImageSet
    model : Model
    database : Database
        Open for writing.
    progress : bool
        Show a bar with the rate and the time left.

    Raises
    ------
    PassesInterrupted
        When interrupted; the message says how many images are done.
    """
    bar = tqdm(
        total=len(images), desc="Analyzing", unit="image", disable=not progress, dynamic_ncols=True
    )
    keys: list[str | None] = [None] * len(images)
    done: set[str] = set()
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
            with ThreadPoolExecutor(_threads(), thread_name_prefix="crystalviz") as pool:
                try:
                    for batch in _one_ahead(_batches(images, list(first.values()), stamps)):
                        batch_keys = [str(keys[row]) for row in batch.rows]
                        _compute(batch, batch_keys, described, model, database, pool)
                        done.update(batch_keys)
                        bar.update(len(batch.rows))
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
            computed = len(done & first.keys())
            bar.total = bar.n
    except KeyboardInterrupt:
        finished = [key if key in done else None for key in keys]
        count = sum(key is not None for key in finished)
        raise PassesInterrupted(
            f"{count} of {len(images)} images are done and kept; the next run goes on from there",
            finished,
        ) from None
    contents = [key if key in done else None for key in keys]
    _explain_missing(images, keys, contents)
    return PassResult(contents, computed)


def _threads() -> int:
    return min(8, os.cpu_count() or 1)


def _read_keys(images: ImageSet, keys: list[str | None]) -> list[tuple[int, int] | None]:
    """Fill `keys` from the bytes of the files; return their (size, time) from before."""

    def key_of(row: int) -> tuple[str | None, tuple[int, int] | None]:
        try:
            stamp = _stamp(images, row)
            return f"{images.content_hash(row)}-{RECIPE}", stamp
        except OSError as error:
            reason = error.strerror or type(error).__name__
            images.problems.append(
                (images.ids[row], f"the file cannot be read ({reason}); check it and run again")
            )
            return None, None

    stamps: list[tuple[int, int] | None] = [None] * len(images)
    pool = ThreadPoolExecutor(_threads(), thread_name_prefix="crystalviz")
    try:
        for row, (key, stamp) in enumerate(pool.map(key_of, range(len(images)))):
            keys[row], stamps[row] = key, stamp
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return stamps


def _stamp(images: ImageSet, row: int) -> tuple[int, int]:
    status = os.stat(images.root / images.ids[row])
    return status.st_size, status.st_mtime_ns


def _batches(
    images: ImageSet, rows: list[int], stamps: list[tuple[int, int] | None]
) -> Iterator[_Batch]:
    batch = _Batch()
    stream = images.stream(rows)
    try:
        for row, pixels in stream:
            if not _unchanged(images, row, stamps[row]):
                continue
            batch.rows.append(row)
            batch.pixels.append(pixels)
            if batch.full:
                yield batch
                batch = _Batch()
        if batch.rows:
            yield batch
    finally:
        getattr(stream, "close", lambda: None)()


def _one_ahead(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """Yield the batches; the next one is read while the model works on this one."""
    with ThreadPoolExecutor(1, thread_name_prefix="crystalviz") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _unchanged(images: ImageSet, row: int, before: tuple[int, int] | None) -> bool:
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


def _compute(
    batch: _Batch,
    keys: list[str],
    described: set[str],
    model: Model,
    database: Database,
    pool: ThreadPoolExecutor,
) -> None:
    futures = {
        key: pool.submit(describe_picture, pixels)
        for key, pixels in zip(keys, batch.pixels, strict=True)
        if key not in described
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
    pictures: list[tuple[str, PictureRecord]] = [
        (key, future.result()) for key, future in futures.items()
    ]
    add_records(database, model.fingerprint, pictures, passes)
    described.update(futures)


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
