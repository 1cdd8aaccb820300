"""Small work runs on one thread, large work on those there are."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from crystalviz.clustering._threads import threads_for


def most_threads() -> int:
    np.ones((2, 2)) @ np.ones((2, 2))
    return max(pool["num_threads"] for pool in threadpool_info())


def test_only_small_work_is_kept_to_one_thread():
    with threadpool_limits(2):
        with threads_for(1000):
            assert most_threads() == 1
        assert most_threads() == 2
        with threads_for(1 << 24):
            assert most_threads() == 2
