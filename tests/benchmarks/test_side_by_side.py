"""The harness of the benchmarks: known ratios, a busy machine, missing peers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import quiet
from quiet import ForeignLoad, wait_until_quiet
from side_by_side import (
    Check,
    Comparison,
    MachineBusyError,
    Row,
    Settings,
    Target,
    judge,
    main,
    measure,
    table,
)


class Machine:
    """A clock that the rows move on, and a load that is given."""

    def __init__(self, loads: list[float] | None = None) -> None:
        self.now = 0.0
        self.loads = loads or []
        self.order: list[str] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def start(self) -> None:
        """As `ForeignLoad.start`."""

    def share(self) -> float:
        return self.loads.pop(0) if self.loads else 0.0

    def row(self, name: str, seconds: float | list[float], **more) -> Row:
        """A row whose calls take the given seconds; a list: call by call."""
        steps = seconds if isinstance(seconds, list) else []

        def call() -> None:
            self.order.append(name)
            self.now += steps.pop(0) if steps else float(seconds)  # type: ignore[arg-type]

        return Row(name, lambda: call, **more)

    def measure(self, *rows: Row, checks: tuple[Check, ...] = (), **settings):
        comparison = Comparison("title", rows, "images", checks)
        settings = {"rounds": 3, "least_seconds": 0.0} | settings
        timings = measure(comparison, Settings(**settings), self.clock, self, self.sleep)
        return judge(comparison, timings)


def by_name(outcome) -> dict[str, dict]:
    return {line["name"]: line for line in outcome.lines}


def test_known_ratios_and_verdicts():
    machine = Machine()
    outcome = machine.measure(
        machine.row("slow", 8.0, role="seed", work=2),  # 4 s an image
        machine.row("peer", 2.0, role="peer"),
        machine.row("better peer", 1.0, role="peer"),
        machine.row("ours", 0.5, targets=[Target.times(8), Target.times(2, "better peer")]),
        machine.row("late", 0.5, targets=[Target.times(8.1)]),
        machine.row("in time", 3.0, work=6, targets=[Target.seconds(3.1), Target.rate(2)]),
        machine.row("slow rate", 3.0, work=6, targets=[Target.rate(2.1)]),
        machine.row("copy", 0.125, role="limit"),
        machine.row("near", 1.0, targets=[Target.times(1 / 8, "copy")]),
    )
    lines = by_name(outcome)
    assert lines["slow"]["seconds"] == 4
    assert lines["ours"]["times_seed"] == 8
    assert lines["ours"]["times_best_peer"] == 2
    assert lines["ours"]["share_of_limit"] == 0.25
    assert lines["in time"]["rate"] == 2
    assert {name: line["verdict"] for name, line in lines.items()} == {
        **{"slow": "", "peer": "", "better peer": "", "ours": "PASS", "late": "short"},
        **{"in time": "PASS", "slow rate": "short", "copy": "", "near": "PASS"},
    }
    assert outcome.short == ["late", "slow rate"]
    text = table(outcome)
    assert "within 8 x of copy" in text
    assert "25.0%" in text


def test_the_ratio_is_taken_inside_each_round():
    # The machine is four times slower in the second round: the ratio does not see it.
    machine = Machine()
    slow = machine.row("slow", [1, 10, 40, 10], role="seed")  # the first call warms up
    fast = machine.row("fast", [1, 1, 4, 2])
    lines = by_name(machine.measure(slow, fast))
    assert lines["fast"]["times_seed"] == 10
    assert lines["fast"]["rounds"] == [1, 4, 2]


def test_rows_are_interleaved_and_each_round_starts_with_another():
    machine = Machine()
    machine.measure(machine.row("a", 1.0), machine.row("b", 1.0), machine.row("c", 1.0))
    assert "".join(machine.order) == "abc" + "abc" + "bca" + "cab"


def test_quick_calls_are_repeated_until_they_can_be_timed():
    machine = Machine()
    lines = by_name(machine.measure(machine.row("a", 0.125), rounds=1, least_seconds=1.0))
    assert lines["a"]["seconds"] == 0.125
    assert len(machine.order) == 1 + 8


def test_a_disturbed_timing_is_repeated():
    # Load before the timing, during it; a busy sample is waited out, a busy timing thrown away.
    machine = Machine(loads=[0.5, 0.0, 0.9, 0.0, 0.01])
    lines = by_name(machine.measure(machine.row("a", [1, 7, 2]), rounds=1))
    assert lines["a"]["rounds"] == [2]
    assert lines["a"]["foreign"] == 0.01


def test_a_machine_that_stays_busy_is_an_error_unless_told_anyway():
    machine = Machine(loads=[0.5] * 1000)
    with pytest.raises(MachineBusyError, match="--anyway"):
        machine.measure(machine.row("a", 1.0), patience=20)
    assert machine.now < 30
    machine = Machine(loads=[0.5] * 1000)
    lines = by_name(machine.measure(machine.row("a", 1.0), anyway=True))
    assert lines["a"]["rounds"] == [1, 1, 1]
    assert lines["a"]["foreign"] == 0.5


def test_a_machine_that_is_quiet_only_between_timings_is_an_error_too():
    machine = Machine(loads=[0.0, 0.5] * 1000)
    with pytest.raises(MachineBusyError):
        machine.measure(machine.row("a", 1.0), patience=20)


def test_a_missing_peer_is_named_and_the_rest_goes_on():
    def prepare() -> Callable[[], object]:
        import no_such_package_at_all  # noqa: F401

        raise AssertionError("the import above fails")

    machine = Machine()
    outcome = machine.measure(
        Row("peer", prepare, role="peer"),
        machine.row("ours", 1.0, targets=[Target.times(2, "peer")]),
    )
    lines = by_name(outcome)
    assert lines["peer"]["verdict"] == "missing"
    assert "no_such_package_at_all" in table(outcome)
    assert lines["ours"]["verdict"] == "missing"
    assert lines["ours"]["times_best_peer"] is None
    assert outcome.short == []


def test_checks():
    machine = Machine()
    outcome = machine.measure(
        checks=(
            Check("agrees", lambda: 0.5, at_least=0.4),
            Check("off", lambda: 0.5, at_most=0.4),
            Check("nothing", lambda: float("nan"), at_least=0.0),
        )
    )
    assert [check["verdict"] for check in outcome.checks] == ["PASS", "short", "short"]
    assert outcome.short == ["off", "nothing"]


def test_a_target_that_names_no_row():
    machine = Machine()
    with pytest.raises(ValueError, match="no row: 'memcpi'"):
        machine.measure(machine.row("a", 1.0, targets=[Target.times(2, "memcpi")]))


def test_script_with_real_sleeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def comparisons(quick: bool):
        assert quick
        rows = [
            Row("slow", lambda: lambda: time.sleep(0.05), role="seed"),
            Row("fast", lambda: lambda: time.sleep(0.005), targets=[Target.times(3)]),
            Row("hopeless", lambda: lambda: time.sleep(0.005), targets=[Target.times(1000)]),
        ]
        yield Comparison("Sleeping", rows, "naps")

    path = tmp_path / "numbers.json"
    assert main(comparisons, "Doc.", ["--quick", "--anyway", "--json", str(path)]) == 1
    assert "Sleeping: hopeless" in capsys.readouterr().out
    written = json.loads(path.read_text())
    assert written["machine"]["python"]
    assert written["versions"]["numpy"]
    fast = written["comparisons"][0]["rows"][1]
    assert 3 < fast["times_seed"] < 11
    assert len(fast["rounds"]) == 3
    assert main(comparisons, "Doc.", ["--rounds", "0", "--quick"]) == 2


def write_proc(folder: Path, user: int, idle: int, processes: dict[int, tuple]) -> None:
    """Write what Linux shows in /proc; a process is (parent, name, ticks of its own, of ended)."""
    folder.mkdir(exist_ok=True)
    (folder / "stat").write_text(f"cpu  {user} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3\n")
    for pid, (parent, name, ticks, ended) in processes.items():
        (folder / str(pid)).mkdir(exist_ok=True)
        text = f"{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 {ended} 0 20 0 1\n"
        (folder / str(pid) / "stat").write_text(text)


def test_foreign_load_counts_others_but_not_this_process_and_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("quiet._PROC", tmp_path)
    me = os.getpid()
    tree = {me: (1, "py) thon (x", 10, 0), 901: (me, "child", 5, 0), 902: (901, "pool", 0, 0)}
    write_proc(tmp_path, user=1000, idle=1000, processes={1: (0, "init", 50, 0)} | tree)
    load = ForeignLoad()
    # 400 ticks in all, 100 of them idle; this tree took 60 + 30 + 90 + 20 (ended children).
    tree = {me: (1, "py) thon (x", 70, 20), 901: (me, "child", 35, 0), 902: (901, "pool", 90, 0)}
    write_proc(tmp_path, user=1300, idle=1100, processes={1: (0, "init", 150, 0)} | tree)
    assert load.share() == pytest.approx((300 - 200) / 400)
    load.start()
    assert load.share() == 0


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="the load is read from /proc")
def test_own_time_is_what_the_system_says_of_this_process_and_its_children():
    # In a process of its own: children that other tests left running are not in `os.times`.
    code = """
import os, subprocess, sys
from quiet import _read_proc
subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
times = os.times()
print(_read_proc()[2], sum(times[:4]), times.children_user)
"""
    told = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.path.dirname(quiet.__file__)},
    )
    own, all_told, of_children = map(float, told.stdout.split())
    assert own == pytest.approx(all_told, abs=0.1)
    assert of_children > 0.1


def test_waiting_gives_up():
    machine = Machine(loads=[0.9] * 100)
    assert not wait_until_quiet(0.1, 5.0, machine, machine.sleep)
    assert 5 <= machine.now <= 6
    machine = Machine(loads=[0.9, 0.9, 0.05])
    assert wait_until_quiet(0.1, 5.0, machine, machine.sleep)
