"""Run a function over many items in threads, ahead of the consumer, in order, in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_workers() -> int:
    """Return how many threads decode at a time: the usable cores, at most 8."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(8, cores or 1))


def map_ahead(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int | None = None,
    weight: Callable[[Item], int] = lambda item: 1,
    budget: int | None = None,
) -> Iterator[tuple[Item, Result]]:
    """Yield ``(item, function(item))`` in the order of `items`.

    At most two items per worker are under way or waiting, and no new one starts while those
    weigh `budget` or more in all; one item alone always may. When the consumer stops early, what
    has not started is dropped.

    Parameters
    ----------
    function : callable
        Runs in a thread. What it raises is raised here, at its item's turn.
    weight : callable
        What an item weighs, in the unit of `budget` (pixels, when images are decoded).
    """
    workers = default_workers() if workers is None else workers
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    waiting: deque[tuple[Item, int, Future[Result]]] = deque()
    load = 0
    source = iter(items)
    exhausted = False
    pool = ThreadPoolExecutor(workers, thread_name_prefix="crystalviz-decode")
    try:
        while True:
            while not exhausted and len(waiting) < 2 * workers:
                if waiting and budget is not None and load >= budget:
                    break
                try:
                    item = next(source)
                except StopIteration:
                    exhausted = True
                    break
                heavy = weight(item)
                load += heavy
                waiting.append((item, heavy, pool.submit(function, item)))
            if not waiting:
                return
            item, heavy, future = waiting.popleft()
            result = future.result()
            load -= heavy
            # The future would keep the result alive while the consumer works on it.
            del future
            yield item, result
            del result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
