"""Decoded images in batches of bounded size, read while the model works on the batch before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

BATCH_SIZE = 32
# A batch is closed early at this many pixels, so that mosaics do not fill the memory.
BATCH_PIXELS = 1 << 26


@dataclass
class Batch:
    """Some images of a set.

    Attributes
    ----------
    rows : list of int
        Which.
    pixels : list of (H, W) uint8
    """

    rows: list[int] = field(default_factory=list)
    pixels: list[np.ndarray] = field(default_factory=list)


def batches(stream: Iterable[tuple[int, np.ndarray]], size: int = BATCH_SIZE) -> Iterator[Batch]:
    """Gather ``(row, pixels)`` into batches of `size`, or fewer where the images are large."""
    batch, weight = Batch(), 0
    try:
        for row, pixels in stream:
            batch.rows.append(row)
            batch.pixels.append(pixels)
            weight += pixels.size
            if len(batch.rows) >= size or weight >= BATCH_PIXELS:
                yield batch
                batch, weight = Batch(), 0
        if batch.rows:
            yield batch
    finally:
        getattr(stream, "close", lambda: None)()


def one_ahead(source: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the batches; the next one is read while the consumer works on this one."""
    with ThreadPoolExecutor(1, thread_name_prefix="crystalviz") as reader:
        coming = reader.submit(next, source, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, source, None)
            yield batch
