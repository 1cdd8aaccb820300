"""A circuit breaker: a server that is away is not asked again and again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Lock, get_ident

from crystalviz.store.errors import WeaviateInvalidInputError


class Breaker:
    """Decides whether a server is asked.

    Closed: every call goes through. After `threshold` failures in a row, or one that
    is certain (nothing listens), it is open: calls fail at once. After a pause one
    call is let through as a probe (half-open); when that fails the pause doubles,
    when it succeeds the breaker is closed. So an outage costs one deadline a pause, and
    the end of the outage is found without anybody's doing. A call belongs to the thread
    that asked `allow`.

    Parameters
    ----------
    threshold : int
        Failures in a row that open it.
    pause : float
        Seconds until the first probe; each is drawn between half of it and all of
        it, so that many clients do not come back in the same moment.
    longest : float
        Seconds that no pause exceeds.
    clock : callable
        Returns seconds that never go back.

    Attributes
    ----------
    last_error : str or None
        What the last failure was; None while calls succeed.
    """

    def __init__(
        self,
        threshold: int = 2,
        pause: float = 1.0,
        longest: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if threshold < 1 or not 0 < pause <= longest:
            raise WeaviateInvalidInputError(
                f"a breaker needs threshold >= 1 and 0 < pause <= longest, not threshold "
                f"{threshold}, pause {pause}, longest {longest}"
            )
        self.last_error: str | None = None
        self._threshold = threshold
        self._pause = pause
        self._longest = longest
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._next_pause = pause
        # When the next probe may go; None while closed.
        self._opens_again: float | None = None
        # The thread whose call is the probe.
        self._prober: int | None = None
        self._listeners: list[Callable[[str], None]] = []

    def __repr__(self) -> str:
        return f"<Breaker {self.state}>"

    @property
    def state(self) -> str:
        """`closed`, `open`, or `half-open` (a probe may go, or is on its way)."""
        with self._lock:
            return self._state()

    @property
    def retry_in(self) -> float:
        """Seconds until a call is let through; 0.0 when one is now."""
        with self._lock:
            if self._opens_again is None:
                return 0.0
            return max(0.0, self._opens_again - self._clock())

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Call `listener(state)` when the breaker opens ("open") and closes ("closed")."""
        self._listeners.append(listener)

    def allow(self) -> bool:
        """Return whether a call may go; one that may must be told of by `succeeded` or `failed`."""
        with self._lock:
            if self._opens_again is None:
                return True
            if self._prober is not None or self._clock() < self._opens_again:
                return False
            self._prober = get_ident()
            return True

    def succeeded(self) -> None:
        """Take note that the server answered, whatever it said."""
        with self._lock:
            before = self._opens_again is not None
            self._close()
        self._tell("closed" if before else None)

    def failed(self, error: str, certain: bool = False) -> None:
        """Take note that it did not; `certain` when there is no doubt that it is away."""
        with self._lock:
            before = self._opens_again is not None
            self.last_error = error
            self._failures += 1
            if before and self._prober != get_ident():
                # A call that set out before the breaker opened: no news.
                return
            if before or certain or self._failures >= self._threshold:
                wait = self._next_pause * random.uniform(0.5, 1.0)
                self._opens_again = self._clock() + wait
                self._next_pause = min(self._longest, 2.0 * self._next_pause)
                self._prober = None
            opened = not before and self._opens_again is not None
        self._tell("open" if opened else None)

    def abandoned(self) -> None:
        """Take note that the call ended without asking the server: a probe may go again."""
        with self._lock:
            if self._prober == get_ident():
                self._prober = None

    def reset(self) -> None:
        """Let the next call through."""
        with self._lock:
            before = self._opens_again is not None
            self._close()
        self._tell("closed" if before else None)

    def _close(self) -> None:
        self._opens_again = None
        self._prober = None
        self._failures = 0
        self._next_pause = self._pause
        self.last_error = None

    def _state(self) -> str:
        if self._opens_again is None:
            return "closed"
        if self._prober is not None or self._clock() >= self._opens_again:
            return "half-open"
        return "open"

    def _tell(self, state: str | None) -> None:
        # Outside the lock: a listener may ask the breaker.
        if state is not None:
            for listener in self._listeners:
                listener(state)
