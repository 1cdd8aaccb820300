"""The command line: `crystalviz analyze | explore | audit | train | consensus | ...`."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence

import crystalviz
from crystalviz.commands import COMMANDS

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = """\
Explore, explain and curate crystallization microscope images.

The way through:
  crystalviz analyze my_crystals --out results    one pass: features, class, CAM, groups, neighbours
  crystalviz explore results                      the linked dashboard in the browser
  crystalviz demo                                 both, on a sample that needs no download

With labelled images:
  crystalviz audit my_crystals                    which files are one picture, what a split leaks
  crystalviz train my_crystals --out classifier   a classifier of your own, with its report

With the marks of volunteers:
  crystalviz consensus marks.csv --out found      marks pooled into particles, a page to review them

With the store of the results:
  crystalviz store status results/store           what is in it; also verify, backup, export, import
  crystalviz serve results/store                  for Weaviate's own client, in any process
"""
_EPILOG = """\
exit codes:
  0 done    1 failed    2 wrong usage    130 interrupted (run again to go on)

`crystalviz COMMAND --help` shows the options and examples of a command.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str or None
        None: those of the process.

    Returns
    -------
    int
        The exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    if options.run is None:
        parser.print_help(sys.stderr)
        return USAGE
    try:
        return int(options.run(options))
    except KeyboardInterrupt as interrupt:
        if options.debug:
            traceback.print_exc()
        said = str(interrupt)
        print(f"\nInterrupted{': ' + said if said else ''}.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        else:
            print(f"crystalviz: {_one_line(error)}", file=sys.stderr)
        return FAILED


def _one_line(error: Exception) -> str:
    ours = type(error).__module__.startswith("crystalviz")
    known = ours or isinstance(error, OSError | ValueError | RuntimeError | ImportError)
    said = " ".join(str(error).split())
    if known and said:
        return said
    return f"{type(error).__name__}: {said} (--debug shows where)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crystalviz",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=crystalviz.__version__)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
