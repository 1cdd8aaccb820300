"""Time the rows of a comparison in turn, round by round, while the machine is quiet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from comparison import Comparison, Timing
from quiet import ForeignLoad, wait_until_quiet

Clock = Callable[[], float]


@dataclass(frozen=True)
class Settings:
    """How a comparison is run.

    Attributes
    ----------
    rounds : int
    busy : float
        Share of the machine's CPU time that others may take during a timing, 0 to 1.
    patience : float
        Seconds to wait for a quiet machine, for each timing.
    anyway : bool
        Time without waiting and without repeating; the load is still reported.
    least_seconds : float
        A quick call is repeated until one timing takes so long.
    """

    rounds: int = 5
    busy: float = 0.08
    patience: float = 600.0
    anyway: bool = False
    least_seconds: float = 0.2


class MachineBusyError(RuntimeError):
    """Other processes kept the machine busy for longer than the patience."""


def measure(
    comparison: Comparison,
    settings: Settings | None = None,
    clock: Clock = time.perf_counter,
    load: ForeignLoad | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Timing]:
    """Time every row once a round, in turn, and return the timings in the rows' order.

    A timing during which others took more than ``settings.busy`` is repeated.

    Raises
    ------
    MachineBusyError
        If the machine does not get quiet.
    """
    settings = settings or Settings()
    load = load or ForeignLoad()
    timings = [Timing(row) for row in comparison.rows]
    ready: list[tuple[Timing, Callable[[], Any]]] = []
    for timing in timings:
        try:
            call = timing.row.prepare()
            call()  # the first call imports, compiles and fills caches
        except ImportError as error:
            timing.missing = str(error)
            continue
        ready.append((timing, call))
    for turn in range(settings.rounds):
        # Each round starts with another row, so that none is always timed after the same one.
        first = turn % max(1, len(ready))
        for timing, call in ready[first:] + ready[:first]:
            seconds, foreign = _timed(call, settings, clock, load, sleep)
            timing.seconds.append(seconds / timing.row.work)
            timing.foreign.append(foreign)
    return timings


def _timed(
    call: Callable[[], Any],
    settings: Settings,
    clock: Clock,
    load: ForeignLoad,
    sleep: Callable[[float], None],
) -> tuple[float, float]:
    """Return the seconds of one call, and the share of the machine that others took."""
    begun = clock()
    while True:
        left = settings.patience - (clock() - begun)
        if not settings.anyway and not wait_until_quiet(settings.busy, left, load, sleep):
            raise MachineBusyError(
                f"other processes took more than {settings.busy:.0%} of the machine for "
                f"{settings.patience:.0f} s; stop them, raise --busy or --patience, or give "
                "--anyway to time on a busy machine"
            )
        load.start()
        start = clock()
        calls = 0
        while True:
            call()
            calls += 1
            seconds = clock() - start
            if seconds >= settings.least_seconds:
                break
        share = load.share()
        if settings.anyway or share is None or share <= settings.busy:
            return seconds / calls, share if share is not None else float("nan")
