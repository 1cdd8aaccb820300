"""What is compared: rows that do the same work, their targets, and checks on what they return."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["seed", "peer", "ours", "limit"]


@dataclass(frozen=True)
class Target:
    """What a row must reach; made by `times`, `seconds` or `rate`."""

    kind: Literal["times", "seconds", "rate"]
    value: float
    than: str | None = None

    @classmethod
    def times(cls, factor: float, than: str | None = None) -> Target:
        """Be at least `factor` times as fast as the row `than` (None: the seed's way)."""
        return cls("times", factor, than)

    @classmethod
    def seconds(cls, most: float) -> Target:
        """Take at most so many seconds a call."""
        return cls("seconds", most)

    @classmethod
    def rate(cls, least: float) -> Target:
        """Do at least so many units of work a second."""
        return cls("rate", least)

    def __str__(self) -> str:
        if self.kind == "seconds":
            return f"< {self.value:g} s"
        if self.kind == "rate":
            return f">= {self.value:,g}/s"
        if self.value < 1:
            return f"within {1 / self.value:g} x of {self.than or 'seed'}"
        return f">= {self.value:g} x {self.than or 'seed'}"


@dataclass(frozen=True)
class Row:
    """One way of doing the work.

    Attributes
    ----------
    name : str
    prepare : callable
        Does what is not timed; returns the call that is.
    role : "seed", "peer", "ours" or "limit"
        "limit" is the least that the hardware needs: a copy of the bytes, the bare arithmetic.
    work : float
        Units of work in one call; two rows may do different amounts.
    targets : sequence of Target
    """

    name: str
    prepare: Callable[[], Callable[[], Any]]
    role: Role = "ours"
    work: float = 1.0
    targets: Sequence[Target] = ()


@dataclass(frozen=True)
class Check:
    """A number that is not a time: agreement, memory. `measure` is called once."""

    name: str
    measure: Callable[[], float]
    at_least: float | None = None
    at_most: float | None = None

    def passes(self, value: float) -> bool:
        """Return whether `value` lies within the bounds; NaN never does."""
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return low and high and value == value


@dataclass(frozen=True)
class Comparison:
    """Rows that do the same work, and checks on what they return."""

    title: str
    rows: Sequence[Row]
    unit: str = "calls"
    checks: Sequence[Check] = ()
    note: str = ""


@dataclass
class Timing:
    """What was measured of one row: seconds per unit of work in each round."""

    row: Row
    seconds: list[float] = field(default_factory=list)
    foreign: list[float] = field(default_factory=list)
    missing: str = ""

    @property
    def median(self) -> float:
        """Seconds per unit of work."""
        return statistics.median(self.seconds)

    def times_faster_than(self, other: Timing) -> float:
        """Return the median over the rounds of the ratio inside each round."""
        pairs = zip(other.seconds, self.seconds, strict=True)
        return statistics.median(theirs / mine for theirs, mine in pairs)
