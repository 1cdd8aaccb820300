from __future__ import annotations

import threading

import pytest

from crystalviz.store import errors
from crystalviz.store.remote import Breaker


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def breaker(clock: _Clock) -> Breaker:
    return Breaker(threshold=2, pause=1.0, longest=4.0, clock=clock)


def test_opens_after_failures_in_a_row(breaker: Breaker) -> None:
    assert breaker.allow()
    breaker.failed("late")
    assert (breaker.state, breaker.last_error) == ("closed", "late")
    breaker.succeeded()
    breaker.failed("late again")
    assert breaker.state == "closed"
    breaker.failed("third")
    assert (breaker.state, breaker.last_error) == ("open", "third")
    assert not breaker.allow()


def test_one_certain_failure_opens(breaker: Breaker) -> None:
    breaker.failed("refused", certain=True)
    assert breaker.state == "open"
    assert 0.5 <= breaker.retry_in <= 1.0


def test_one_probe_after_the_pause(breaker: Breaker, clock: _Clock) -> None:
    breaker.failed("refused", certain=True)
    clock.now += 1.0
    assert (breaker.state, breaker.retry_in) == ("half-open", 0.0)
    assert breaker.allow()
    assert not breaker.allow()
    breaker.succeeded()
    assert (breaker.state, breaker.last_error) == ("closed", None)
    assert breaker.allow()
    assert breaker.allow()


def test_pauses_double_up_to_the_longest(breaker: Breaker, clock: _Clock) -> None:
    breaker.failed("refused", certain=True)
    for longest in (2.0, 4.0, 4.0, 4.0):
        clock.now += 4.0
        assert breaker.allow()
        breaker.failed("still")
        assert longest / 2 <= breaker.retry_in <= longest
    clock.now += 4.0
    assert breaker.allow()
    breaker.succeeded()
    breaker.failed("refused", certain=True)
    assert breaker.retry_in <= 1.0


def test_abandoned_probe_lets_another_go(breaker: Breaker, clock: _Clock) -> None:
    breaker.failed("refused", certain=True)
    clock.now += 1.0
    assert breaker.allow()
    breaker.abandoned()
    assert breaker.allow()


def test_other_threads_leave_the_probe_alone(breaker: Breaker, clock: _Clock) -> None:
    breaker.failed("refused", certain=True)
    clock.now += 1.0
    assert breaker.allow()
    for tell in (breaker.abandoned, lambda: breaker.failed("an older call")):
        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
        assert not breaker.allow()
    breaker.failed("the probe itself")
    assert breaker.state == "open"


def test_late_failures_of_calls_from_before_do_not_prolong(breaker: Breaker) -> None:
    breaker.failed("refused", certain=True)
    before = breaker.retry_in
    breaker.failed("one that was under way")
    assert breaker.retry_in == before
    assert breaker.last_error == "one that was under way"


def test_reset_lets_the_next_call_through(breaker: Breaker) -> None:
    breaker.failed("refused", certain=True)
    breaker.reset()
    assert breaker.state == "closed"
    assert breaker.allow()


def test_listeners_hear_of_changes_only(breaker: Breaker, clock: _Clock) -> None:
    heard: list[str] = []
    breaker.subscribe(heard.append)
    breaker.succeeded()
    breaker.failed("refused", certain=True)
    breaker.failed("again")
    clock.now += 1.0
    assert breaker.allow()
    breaker.failed("probe")
    breaker.succeeded()
    breaker.succeeded()
    assert heard == ["open", "closed"]


def test_one_probe_of_many_threads(breaker: Breaker, clock: _Clock) -> None:
    breaker.failed("refused", certain=True)
    clock.now += 1.0
    start = threading.Barrier(8)
    allowed: list[bool] = []

    def ask() -> None:
        start.wait()
        allowed.append(breaker.allow())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False] * 7 + [True]


@pytest.mark.parametrize(
    "settings", [{"threshold": 0}, {"pause": 0.0}, {"pause": 2.0, "longest": 1.0}]
)
def test_refuses_settings(settings: dict[str, float]) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError, match="a breaker needs"):
        Breaker(**settings)  # type: ignore[arg-type]
