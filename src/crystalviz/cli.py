"""The command line: `crystalviz analyze | explore | demo`."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import crystalviz

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = """\
Explore, explain and curate crystallization microscope images.

The way through:
  crystalviz analyze my_crystals --out results    one pass: features, class, CAM, groups, neighbours
  crystalviz explore results                      the linked dashboard in the browser
  crystalviz demo                                 both, on a sample that needs no download
"""
_EPILOG = """\
exit codes:
  0 done    1 failed    2 wrong usage    130 interrupted (run again to go on)

`crystalviz COMMAND --help` shows the options and examples of a command.
"""
_ANALYZE = """\
Analyze a folder of images (PNG, JPEG, TIFF, BMP, WebP; subfolders too) and write into OUT:

  OUT/analysis.csv         one row per image: class, confidence, entropy, scene, group, ...
  OUT/vectors.npy          feature vectors, (images, dimensions) float32, rows as in the table
  OUT/overlays/<image_id>  each image at its own size with its class activation map (always PNG)
  OUT/explorer.html        the whole explorer in one file that works offline
  OUT/store/               what `crystalviz explore`, cz.load_analysis and cz.connect read

Nothing leaves this machine. Damaged files are set aside and listed. Interrupt at any time: the
same command goes on where it stopped, and later computes only new and changed images.
"""
_ANALYZE_EXAMPLES = """\
examples:
  crystalviz analyze my_crystals --out results
  crystalviz analyze archive/cropped/cropped --out results     the Kaggle layout: labels cex, pg
  crystalviz analyze frames --out results --labels none        unlabeled images
  crystalviz analyze frames --out results --labels labels.csv  columns image_id and class_label
  crystalviz analyze frames --out results --model mine.keras --clusters 6
"""
_EXPLORE = """\
Open the dashboard of an analysis in the browser (Voilà, on this machine only).
"""
_DEMO = """\
Analyze the sample of synthetic crystals and open its dashboard. Nothing is downloaded.
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
    _add_analyze(commands)
    _add_explore(commands)
    _add_demo(commands)
    return parser


def _command(
    commands: Any, name: str, short: str, text: str, examples: str, run: Callable[..., int]
) -> argparse.ArgumentParser:
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


def _add_analyze(commands: Any) -> None:
    command = _command(
        commands, "analyze", "a folder of images to results", _ANALYZE, _ANALYZE_EXAMPLES, _analyze
    )
    add = command.add_argument
    add("folder", metavar="FOLDER", type=Path, help="folder with the images")
    add("--out", metavar="OUT", type=Path, required=True, help="folder for the results")
    add(
        "--labels",
        metavar="parent|none|CSV",
        default="parent",
        help="where class labels come from: the folder an image lies in, nowhere, or a CSV file "
        "(default: parent)",
    )
    add(
        "--model",
        default="crystalnet",
        help="crystalnet (built in), resnet50, resnet101, or a .keras or .h5 file "
        "(default: crystalnet)",
    )
    add(
        "--clusters",
        metavar="K",
        type=_whole_number(1),
        default=4,
        help="groups for K-means (default: 4)",
    )
    add(
        "--neighbors",
        metavar="K",
        type=_whole_number(1),
        default=10,
        help="neighbours kept of each image (default: 10)",
    )
    add(
        "--top",
        metavar="SHARE",
        type=_share,
        default=0.16,
        help="share of the pixels that an overlay colours, 0 to 1 (default: 0.16)",
    )
    add(
        "--opacity",
        metavar="SHARE",
        type=_share,
        default=0.5,
        help="opacity of the colour, 0 to 1 (default: 0.5)",
    )
    add("--no-overlays", action="store_true", help="do not write OUT/overlays")
    add("--no-explorer", action="store_true", help="do not write OUT/explorer.html")
    add("--no-progress", action="store_true", help="no progress bars")


def _add_explore(commands: Any) -> None:
    examples = (
        "examples:\n  crystalviz explore results\n  crystalviz explore results --no-browser\n"
    )
    command = _command(commands, "explore", "the dashboard", _EXPLORE, examples, _explore)
    command.add_argument("out", metavar="OUT", type=Path, help="what `analyze --out` wrote")
    _add_port(command)
    command.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    command.add_argument(
        "--theme",
        choices=("auto", "dark", "light"),
        default="auto",
        help="of the page (default: auto, as the browser prefers)",
    )


def _add_demo(commands: Any) -> None:
    examples = "examples:\n  crystalviz demo\n  crystalviz demo --headless\n"
    command = _command(commands, "demo", "see it work on a sample", _DEMO, examples, _demo)
    _add_port(command)
    command.add_argument(
        "--headless",
        action="store_true",
        help="wait until a browser without a window has drawn every panel, then stop",
    )


def _add_port(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port",
        type=_whole_number(0),
        default=0,
        help="port on 127.0.0.1 (default: a free one)",
    )


def _analyze(options: argparse.Namespace) -> int:
    from crystalviz.analyze_command import analyze_command

    return analyze_command(options)


def _explore(options: argparse.Namespace) -> int:
    from crystalviz.dashboard import explore

    return explore(options.out, options.port, not options.no_browser, options.theme)


def _demo(options: argparse.Namespace) -> int:
    from crystalviz.dashboard import demo

    return demo(options.headless, options.port)


def _whole_number(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} up")
        return number

    return parse


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
