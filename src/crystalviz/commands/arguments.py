"""What the commands share: their parsers, and checks of what is typed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def command_parser(
    commands: Any, name: str, short: str, text: str, examples: str, run: Callable[..., int]
) -> argparse.ArgumentParser:
    """Add the command `name`, which `run(options)` carries out, and return its parser."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=short,
        description=text,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # Suppressed, or the default would overwrite a --debug given before the command.
    command.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the traceback of an error",
    )
    command.set_defaults(run=run)
    return command


def add_port(command: argparse.ArgumentParser) -> None:
    """Add `--port`."""
    command.add_argument(
        "--port",
        type=whole_number(0),
        default=0,
        help="port on 127.0.0.1 (default: a free one)",
    )


def whole_number(least: int) -> Callable[[str], int]:
    """Return an argument type: whole numbers from `least` up."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} up")
        return number

    return parse


def jobs(text: str) -> int:
    """Argument type: a number of processes, from 1 up, or -1 for one for each core."""
    return -1 if text.strip() == "-1" else whole_number(1)(text)


def share(text: str) -> float:
    """Argument type: 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value
