"""How much of the machine other processes take, and waiting until they take little."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

_PROC = Path("/proc")


class ForeignLoad:
    """Measures the CPU time of all processes but this one and its children.

    ``start()`` and later ``share()``: the part of the machine's CPU time that others took since,
    0 to 1. Linux counts it in /proc in ticks of 10 ms; elsewhere psutil does, if it is installed;
    without either the load is unknown (None).
    """

    def __init__(self) -> None:
        self._read = _reader()
        self.start()

    def start(self) -> None:
        """Begin a new interval."""
        self._before = self._read() if self._read else (0.0, 0.0, 0.0)

    def share(self) -> float | None:
        """Return others' share of the CPU time since `start`; None where it is unknown."""
        if self._read is None:
            return None
        whole, busy, own = (
            now - then for now, then in zip(self._read(), self._before, strict=True)
        )
        return min(1.0, max(0.0, (busy - own) / whole)) if whole > 0 else 0.0


def wait_until_quiet(
    limit: float,
    patience: float,
    load: ForeignLoad,
    sleep: Callable[[float], None] = time.sleep,
    sample: float = 0.5,
) -> bool:
    """Sleep until others took at most `limit` of the machine during one sample.

    Returns False when `patience` seconds go by without such a sample.
    """
    waited = 0.0
    while waited < patience:
        load.start()
        sleep(sample)
        waited += sample
        share = load.share()
        if share is None or share <= limit:
            return True
    return False


def _reader() -> Callable[[], tuple[float, float, float]] | None:
    """Return a function giving (CPU time of the machine, busy part, this process tree's part)."""
    if (_PROC / "stat").is_file():
        return _read_proc
    try:
        import psutil
    except ImportError:
        return None

    def read() -> tuple[float, float, float]:
        times = psutil.cpu_times()
        own = 0.0
        me = psutil.Process()
        for process in [me, *me.children(recursive=True)]:
            try:
                own += sum(process.cpu_times()[:2])
            except psutil.NoSuchProcess:
                continue
        idle = times.idle + getattr(times, "iowait", 0.0)
        return sum(times), sum(times) - idle, own

    return read


def _read_proc() -> tuple[float, float, float]:
    ticks = os.sysconf("SC_CLK_TCK")
    # user nice system idle iowait irq softirq steal; guest time is part of user time.
    fields = [int(text) for text in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) / ticks, (sum(fields) - idle) / ticks, _own_ticks() / ticks


def _own_ticks() -> int:
    """User and system time of this process, its live descendants and those already ended."""
    spent: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:  # ended since the listing
            continue
        # The name in parentheses may hold spaces and parentheses itself.
        fields = text[text.rindex(")") + 2 :].split()
        pid = int(entry.name)
        children[int(fields[1])].append(pid)
        spent[pid] = sum(map(int, fields[11:15]))
    total, waiting = 0, [os.getpid()]
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0)
        waiting += children[pid]
    return total
