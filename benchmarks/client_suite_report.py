"""A pytest plugin of `client_suite.py`: leaves cases out, and writes what became of the others.

It is given by environment: `CLIENT_SUITE_OUT` (a JSON list of patterns to leave out) and
`CLIENT_SUITE_REPORT` (a file that gets one line of JSON for each case as it ends, so that
what was done is known even if the process is killed).
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from client_suite_scope import OutOfScope


def _write(**line: Any) -> None:
    with open(os.environ["CLIENT_SUITE_REPORT"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what is out of scope, and name it."""
    scope = OutOfScope.from_json(os.environ["CLIENT_SUITE_OUT"])
    kept = []
    for item in items:
        reason = scope.reason(item.nodeid)
        if reason is None:
            _write(case=item.nodeid, outcome="collected")
            kept.append(item)
        else:
            _write(case=item.nodeid, outcome="out of scope", why=reason)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write the outcome of a case: that of its call, or of a set-up or clean-up that failed."""
    if report.when != "call" and report.outcome == "passed":
        return
    why = ""
    if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        why = str(report.longrepr[2])
    elif report.outcome == "failed":
        crash = getattr(report.longrepr, "reprcrash", None)
        why = str(crash.message if crash else report.longrepr)
    _write(case=report.nodeid, outcome=report.outcome, why=why, seconds=report.duration)
