"""Time several ways of doing one thing, interleaved, and compare them inside each round.

A benchmark script names its comparisons and hands them over::

    from side_by_side import Comparison, Row, Target, main

    def comparisons(quick):
        image = ...
        yield Comparison("Entropy of one image", [
            Row("one at a time", lambda: lambda: slow(image), role="seed", work=1),
            Row("library X", prepare_x, role="peer"),
            Row("crystalviz", lambda: lambda: fast(image), targets=[Target.times(40)]),
            Row("memcpy", lambda: image.copy, role="limit"),
        ], unit="images")

    if __name__ == "__main__":
        raise SystemExit(main(comparisons, __doc__))

`prepare` does what is not timed and returns the call that is. When it raises ImportError, the row
is named as missing and the others go on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from comparison import Check, Comparison, Row, Target, Timing
from machine import machine_facts, versions
from outcome import Outcome, judge, summary, table
from rounds import MachineBusyError, Settings, measure

__all__ = [
    "Check",
    "Comparison",
    "MachineBusyError",
    "Outcome",
    "Row",
    "Settings",
    "Target",
    "Timing",
    "judge",
    "main",
    "measure",
    "table",
]


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return the options that every benchmark script has."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="timings of each row (5)")
    parser.add_argument("--quick", action="store_true", help="smaller work, 3 rounds at most")
    parser.add_argument(
        "--busy", type=float, default=8, help="percent of the machine that others may take (8)"
    )
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds to wait for a quiet machine (600)"
    )
    parser.add_argument(
        "--anyway", action="store_true", help="time on a busy machine; the load is printed"
    )
    parser.add_argument("--json", type=Path, help="write the numbers of every round here")
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    """Return the settings that parsed `arguments` ask for."""
    rounds = min(3, options.rounds) if options.quick else options.rounds
    if rounds < 1:
        raise ValueError(f"--rounds must be at least 1, not {rounds}")
    return Settings(rounds, options.busy / 100, options.patience, options.anyway)


def run(comparisons: Iterable[Comparison], settings: Settings, json_path: Path | None) -> int:
    """Measure and print each comparison; return 0 if no target was missed, else 1."""
    facts, packages = machine_facts(), versions()
    print("; ".join(f"{name} {value}" for name, value in facts.items()))
    print("; ".join(f"{name} {value}" for name, value in packages.items()), flush=True)
    outcomes = []
    for comparison in comparisons:
        outcome = judge(comparison, measure(comparison, settings))
        outcomes.append(outcome)
        print("\n" + table(outcome), flush=True)
    written = [outcome.as_dict() for outcome in outcomes]
    if len(outcomes) > 1:
        print("\nAll targets\n-----------\n" + summary(written))
    if json_path:
        whole = {"machine": facts, "versions": packages, "rounds": settings.rounds}
        json_path.write_text(json.dumps(whole | {"comparisons": written}, indent=1) + "\n")
    short = [f"{outcome.title}: {name}" for outcome in outcomes for name in outcome.short]
    print("\n" + ("short of the target: " + "; ".join(short) if short else "no target missed"))
    return 1 if short else 0


def main(
    comparisons: Callable[[bool], Iterable[Comparison]],
    description: str | None = None,
    argv: Sequence[str] | None = None,
) -> int:
    """Run a benchmark script: parse the options, measure, print.

    Parameters
    ----------
    comparisons : callable
        ``comparisons(quick)`` yields the script's comparisons.
    """
    options = arguments(description).parse_args(argv)
    try:
        return run(comparisons(options.quick), settings_from(options), options.json)
    except (MachineBusyError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
