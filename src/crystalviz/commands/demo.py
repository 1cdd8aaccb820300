"""`crystalviz demo`: analyze the sample and open its dashboard."""

from __future__ import annotations

import argparse
from typing import Any

from crystalviz.commands.arguments import add_port, command_parser

_DESCRIPTION = """\
Analyze the sample of synthetic crystals and open its dashboard. Nothing is downloaded.
"""
_EXAMPLES = """\
examples:
  crystalviz demo
  crystalviz demo --headless
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(
        commands, "demo", "see it work on a sample", _DESCRIPTION, _EXAMPLES, _run
    )
    add_port(command)
    command.add_argument(
        "--headless",
        action="store_true",
        help="wait until a browser without a window has drawn every panel, then stop",
    )


def _run(options: argparse.Namespace) -> int:
    from crystalviz.dashboard import demo

    return demo(options.headless, options.port)
