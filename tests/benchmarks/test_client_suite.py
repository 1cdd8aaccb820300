"""The count of the client's suite: what is out of scope, and what became of the rest."""

from __future__ import annotations

import json
from pathlib import Path

from client_suite import read_report
from client_suite_scope import OutOfScope


def test_scope_names_cases_one_by_one_or_by_a_star() -> None:
    scope = OutOfScope({"test_a.py::test_x[1-*]": "one", "test_b.py::*": "two"})
    assert scope.reason("integration/test_a.py::test_x[1-2]") == "one"
    assert scope.reason("integration/test_a.py::test_x[2-2]") is None
    assert scope.reason("integration/test_a.py::test_x") is None
    assert scope.reason("integration/test_b.py::test_y[a\nb]") == "two"
    assert OutOfScope.from_json(scope.to_json()) == scope


def test_every_pattern_of_the_scope_has_a_reason() -> None:
    scope = OutOfScope.read()
    assert len(scope.patterns) > 50
    assert all(pattern.startswith("test_") and "::" in pattern for pattern in scope.patterns)
    assert all(scope.patterns.values())
    # What is claimed to be in the store is not out of scope.
    for name in ("filter", "get", "tenants", "batch", "nested", "geo"):
        assert scope.reason(f"integration/test_collection_{name}.py::test_anything") is None


def test_a_case_that_never_ended_has_failed(tmp_path: Path) -> None:
    report = tmp_path / "report"
    lines = [
        *({"case": case, "outcome": "collected"} for case in "abcde"),
        {"case": "o", "outcome": "out of scope", "why": "users"},
        {"case": "a", "outcome": "passed"},
        {"case": "b", "outcome": "failed", "why": "call"},
        {"case": "b", "outcome": "failed", "why": "clean-up"},
        {"case": "c", "outcome": "skipped", "why": "version"},
        {"case": "d", "outcome": "passed"},
        {"case": "d", "outcome": "failed", "why": "clean-up"},
    ]
    report.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    outcome = read_report(report)
    assert outcome.passed == ["a"]
    assert outcome.failed == {"b": "call", "d": "clean-up", "e": "did not end"}
    assert outcome.skipped == {"c": "version"}
    assert outcome.out_of_scope == {"o": "users"}
    assert outcome.in_scope == 4
    assert read_report(tmp_path / "nothing").in_scope == 0
