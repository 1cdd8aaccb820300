"""Which cases of the client's suite are out of scope, and why: `client_suite_scope.toml`."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

SCOPE_FILE = Path(__file__).with_name("client_suite_scope.toml")


@dataclass(frozen=True)
class OutOfScope:
    """Patterns of cases, each with the reason; `*` stands for any text, all else for itself."""

    patterns: dict[str, str]

    @classmethod
    def read(cls, path: Path = SCOPE_FILE) -> OutOfScope:
        """Read the scope file: tables `[[out]]` with `reason` and `cases`."""
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["out"]
        return cls({case: table["reason"] for table in tables for case in table["cases"]})

    @classmethod
    def from_json(cls, text: str) -> OutOfScope:
        """Read what `to_json` wrote."""
        return cls(json.loads(text))

    def to_json(self) -> str:
        """Return the patterns as text, to be handed to another process."""
        return json.dumps(self.patterns)

    def reason(self, case: str) -> str | None:
        """Return why a case (`integration/test_x.py::test_y[z]`) is out of scope, or None."""
        name = case.removeprefix("integration/")
        for pattern, reason in self.patterns.items():
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name, re.DOTALL):
                return reason
        return None
