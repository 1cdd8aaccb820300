"""The bounded, ordered look-ahead."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalviz.images.ahead import map_ahead


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 5), st.integers(1, 6))
def test_order_holds_whatever_takes_long(naps: list[int], workers: int, budget: int):
    def work(nap: int) -> int:
        time.sleep(nap / 2000)
        return nap * 10

    results = list(map_ahead(work, naps, workers, lambda nap: nap, budget))
    assert results == [(nap, nap * 10) for nap in naps]


def test_the_source_is_read_no_further_than_the_look_ahead():
    taken = []

    def source():
        for item in range(100):
            taken.append(item)
            yield item

    stream = map_ahead(lambda item: item, source(), workers=3)
    next(stream)
    assert len(taken) == 6
    stream.close()
    assert len(taken) == 6


def test_errors_come_at_their_turn_and_stop_the_rest():
    started = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            started.set()
            raise RuntimeError("item 1")
        return item

    stream = map_ahead(work, range(10), workers=2)
    assert next(stream) == (0, 0)
    with pytest.raises(RuntimeError, match="item 1"):
        next(stream)
    with pytest.raises(ValueError, match="workers must be at least 1"):
        next(map_ahead(work, range(3), workers=0))
