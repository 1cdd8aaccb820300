"""weaviate-client's own integration suite against `crystalviz serve`, counted.

    python benchmarks/client_suite.py PATH_TO_CHECKOUT [--files test_iterator.py ...]

The checkout is that of github.com/weaviate/weaviate-python-client; nothing of it is kept here.
Fresh servers run on the ports that the suite expects, the suite runs from a copy in a
temporary folder, one process a file. Python needs crystalviz[weaviate], pytest, pytest-asyncio,
pandas and polars. `client_suite_scope.toml` names the cases that are out of scope, with reasons.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from client_suite_scope import OutOfScope

_FILE_SECONDS = 900
# The suite's own servers, each with its settings; ours are alike. Those that compute vectors or
# ask for passwords are missing, and the cases that need them are out of scope.
_PORTS = ((8080, 50051), (8087, 50058), (8090, 50061), (8093, 50065))
_SETTINGS = """\
[pytest]
asyncio_default_fixture_loop_scope = function
markers =
    profiling: of the suite
    timeout: of the suite
"""


@dataclass
class Outcome:
    """What became of the cases of one file."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    out_of_scope: dict[str, str] = field(default_factory=dict)

    @property
    def in_scope(self) -> int:
        """Cases that count; those that the suite itself skips are listed apart."""
        return len(self.passed) + len(self.failed)


def read_report(path: Path) -> Outcome:
    """Return the outcome that the plugin wrote; a case that never ended has failed."""
    outcome = Outcome()
    collected: dict[str, None] = {}
    passed: set[str] = set()
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        line = json.loads(text)
        case, how, why = line["case"], line["outcome"], line.get("why", "")
        if how == "collected":
            collected[case] = None
        elif how == "passed":
            passed.add(case)
        elif how == "out of scope":
            outcome.out_of_scope[case] = why
        elif how == "skipped":
            outcome.skipped[case] = why
        else:
            # Of a call and its clean-up that both failed, the call says more.
            outcome.failed.setdefault(case, why)
    for case in collected:
        if case in outcome.failed:
            continue
        if case in passed:
            outcome.passed.append(case)
        elif case not in outcome.skipped:
            outcome.failed[case] = "did not end"
    return outcome


@contextmanager
def served(folder: Path) -> Iterator[None]:
    """Serve a fresh store on each pair of ports that the suite expects."""
    servers = []
    try:
        for http_port, grpc_port in _PORTS:
            command = [sys.executable, "-m", "crystalviz.cli", "serve"]
            command += [str(folder / f"store {http_port}")]
            command += ["--http-port", str(http_port), "--grpc-port", str(grpc_port)]
            servers.append(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
            )
        for server, ports in zip(servers, _PORTS, strict=True):
            if "Serving" not in (server.stdout.readline() if server.stdout else ""):
                raise SystemExit(f"a server did not start; are the ports {ports} free?")
        yield
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.communicate(timeout=30)


def run_file(name: str, folder: Path, scope: OutOfScope) -> Outcome:
    """Run one file of the suite in a process of its own."""
    report = folder / f"{name}.jsonl"
    environment = {
        **os.environ,
        "CLIENT_SUITE_REPORT": str(report),
        "CLIENT_SUITE_OUT": scope.to_json(),
        "PYTHONPATH": os.pathsep.join(
            [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "client_suite_report", f"integration/{name}"]
    with open(folder / f"{name}.log", "w", encoding="utf-8") as log:
        try:
            subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=_FILE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"{name}: stopped after {_FILE_SECONDS} s", file=sys.stderr)
    return read_report(report)


def print_counts(outcomes: dict[str, Outcome]) -> None:
    """Print a line a file, what failed, and the sum."""
    print(f"{'file':42} passed  in scope  out of scope")
    for name, one in outcomes.items():
        print(f"{name:42} {len(one.passed):6}  {one.in_scope:8}  {len(one.out_of_scope):12}")
    reasons = Counter(why for one in outcomes.values() for why in one.out_of_scope.values())
    print("\nOut of scope, by reason:")
    for reason, count in reasons.most_common():
        print(f"  {count:4}  {reason}")
    for title, kind in (("Failed", "failed"), ("Skipped by the suite itself", "skipped")):
        cases = {case: why for one in outcomes.values() for case, why in getattr(one, kind).items()}
        print(f"\n{title}: {len(cases)}")
        for case, why in cases.items():
            print(f"  {case.removeprefix('integration/')}\n      {_first_line(why)}")
    passed = sum(len(one.passed) for one in outcomes.values())
    counted = sum(one.in_scope for one in outcomes.values())
    out = sum(len(one.out_of_scope) for one in outcomes.values())
    skipped = sum(len(one.skipped) for one in outcomes.values())
    share = passed / counted if counted else 0.0
    print(
        f"\n{passed} of {counted} cases in scope pass ({share:.1%}); {out} are out of scope, "
        f"{skipped} skipped by the suite itself, {counted + out + skipped} in all"
    )


def _first_line(text: str) -> str:
    lines = text.strip().splitlines() or [""]
    return lines[0][:200]


def main() -> int:
    """Run the suite and print the counts; 0 when at least 90 % of the cases in scope pass."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkout", type=Path, help="of weaviate-python-client")
    parser.add_argument("--files", nargs="+", metavar="NAME", help="only these files of it")
    parser.add_argument("--json", type=Path, help="write every case and its outcome here")
    parser.add_argument("--keep", type=Path, help="keep the logs of the runs in this new folder")
    options = parser.parse_args()
    suite = options.checkout / "integration"
    names = options.files or sorted(path.name for path in suite.glob("test_*.py"))
    scope = OutOfScope.read()
    outcomes = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(suite, folder / "integration")
        (folder / "pytest.ini").write_text(_SETTINGS, encoding="utf-8")
        with served(folder):
            for name in names:
                one = outcomes[name] = run_file(name, folder, scope)
                print(f"{name}: {len(one.passed)} of {one.in_scope}", file=sys.stderr, flush=True)
        if options.keep:
            shutil.copytree(folder, options.keep, ignore=shutil.ignore_patterns("store *"))
    print_counts(outcomes)
    if options.json:
        plain = {name: vars(one) for name, one in outcomes.items()}
        options.json.write_text(json.dumps(plain, indent=1), encoding="utf-8")
    counted = sum(one.in_scope for one in outcomes.values())
    return 0 if sum(len(one.passed) for one in outcomes.values()) >= 0.9 * counted else 1


if __name__ == "__main__":
    sys.exit(main())
