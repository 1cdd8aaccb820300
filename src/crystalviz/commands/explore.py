"""`crystalviz explore OUT`: the dashboard of an analysis."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from crystalviz.commands.arguments import add_port, command_parser
from crystalviz.commands.mirroring import add_mirror

_DESCRIPTION = """\
Open the dashboard of an analysis in the browser (Voilà, on this machine only).
"""
_EXAMPLES = """\
examples:
  crystalviz explore results
  crystalviz explore results --no-browser
  crystalviz explore results --mirror http://localhost:8080
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(commands, "explore", "the dashboard", _DESCRIPTION, _EXAMPLES, _run)
    command.add_argument("out", metavar="OUT", type=Path, help="what `analyze --out` wrote")
    add_port(command)
    command.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    command.add_argument(
        "--theme",
        choices=("auto", "dark", "light"),
        default="auto",
        help="of the page (default: auto, as the browser prefers)",
    )
    add_mirror(command)


def _run(options: argparse.Namespace) -> int:
    from crystalviz.dashboard import explore

    return explore(
        options.out,
        options.port,
        not options.no_browser,
        options.theme,
        options.mirror,
        options.mirror_grpc_port,
    )
