"""One thread for work too small to share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# Up to here threads spend longer waiting for each other than working, on a busy machine forty
# times as long.
_ENTRIES_WORTH_SHARING = 1 << 20


@contextmanager
def threads_for(entries: int) -> Iterator[None]:
    """Keep the linear algebra and OpenMP libraries to one thread where `entries` are few.

    Parameters
    ----------
    entries : int
        Size of the array that is worked on.
    """
    if entries > _ENTRIES_WORTH_SHARING:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
