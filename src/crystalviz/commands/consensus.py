"""`crystalviz consensus MARKS [LABELS] --out OUT`: marks of volunteers to labelled particles."""

from __future__ import annotations

import argparse
import hashlib
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystalviz._wording import counted
from crystalviz.commands.arguments import command_parser, share, whole_number

if TYPE_CHECKING:
    from crystalviz.consensus import MarkConsensus
    from crystalviz.consensus.outputs.result_folder import ResultFolder
    from crystalviz.consensus.reading import CrowdTables
    from crystalviz.images import ImageSet

_DESCRIPTION = """\
Pool the marks of many volunteers into particles, each with the chance that it is there and its
class, and write into OUT:

  OUT/instances.csv     one row a particle: place, chance, class, readers, ties
  OUT/candidates.csv    the same with the places that are too unlikely
  OUT/marks.csv         one row a mark, with its particle
  OUT/volunteers.csv    one row a volunteer: misses, false marks, jitter, confusions
  OUT/review.csv        what an expert should look at, ties and doubtful ones first
  OUT/reads_needed.csv  which images are settled, and what more readers would gain
  OUT/problems.csv      rows that were set aside, each with its reason
  OUT/coco.json, OUT/yolo/, OUT/masks/   for training a detector (where image sizes are known)
  OUT/crops/            with --images: a picture of each particle, for `crystalviz analyze`
  OUT/review.html       the map to look at and settle doubtful ones, in one offline file
  OUT/settings.json     how it was made

Tables come as Parquet too, where pyarrow is installed. MARKS and LABELS are classification exports
of Zooniverse, or tidy tables (CSV, TSV, Parquet, JSON) with one row a mark (image, x, y, volunteer)
and a vote (mark, volunteer, label): which it is, and which column is what, is seen from their
headings and printed. Nothing leaves this machine. A run that is interrupted leaves no half file.
"""
_EXAMPLES = """\
examples:
  crystalviz consensus find-classifications.csv --out found
  crystalviz consensus find.csv what-is-it.csv --out found --images micrographs
  crystalviz consensus clicks.csv --out found --columns image_id=scan volunteer_id=who
  crystalviz consensus clicks.json --out found --y-up
  crystalviz consensus tile_clicks.csv --out found --subjects tiles.csv
  crystalviz consensus clicks.csv --out hdbscan --method hdbscan
  crystalviz consensus find.csv --out settled --gold decisions.csv   what review.html saved
  crystalviz analyze found/crops --out explored                      look at the particles
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(
        commands, "consensus", "marks of volunteers to particles", _DESCRIPTION, _EXAMPLES, _run
    )
    option = command.add_argument
    option("marks", metavar="MARKS", type=Path, help="the marks: an export or a tidy table")
    option("labels", metavar="LABELS", type=Path, nargs="?", help="what volunteers called them")
    option("--out", metavar="OUT", type=Path, required=True, help="folder for the results")
    option("--images", metavar="FOLDER", type=Path, help="the images that were marked")
    _add_input(command.add_argument_group("what the files say"))
    _add_exports(command.add_argument_group("of Zooniverse's exports"))
    _add_method(command.add_argument_group("how to pool"))
    _add_output(command.add_argument_group("what to write"))


def _add_input(group: Any) -> None:
    option = group.add_argument
    option("--reads", metavar="FILE", type=Path, help="who saw which image or tile, a tidy table")
    option(
        "--subjects",
        metavar="FILE",
        type=Path,
        help="where each tile lies: tile_id or subject_id, image_id, x0, y0; or Zooniverse's "
        "export of subjects",
    )
    option(
        "--gold",
        metavar="FILE",
        type=Path,
        help="an expert's decisions: image_id, x, y, exists, label",
    )
    option(
        "--columns",
        metavar="ROLE=COLUMN",
        nargs="+",
        action="extend",
        type=_role,
        default=[],
        help="which column is what, where it cannot be guessed, e.g. image_id=scan",
    )
    option("--size", metavar="WIDTHxHEIGHT", type=_size, help="of the images, pixels")
    option("--y-up", action="store_true", help="y counts from the image's lower edge")
    option("--hash-names", action="store_true", help="hashes in the place of volunteers' names")


def _add_exports(group: Any) -> None:
    option = group.add_argument
    option(
        "--label",
        choices=("auto", "tool", "detail", "none"),
        default="auto",
        help="what labels a mark in MARKS: the tool, the answer to its sub-task, nothing "
        "(default: auto); none goes with tidy tables too",
    )
    option("--task", help="only this task of MARKS, e.g. T0")
    option("--labels-task", metavar="TASK", help="the question of LABELS, e.g. T1")
    option("--workflow", metavar="ID", help="only this workflow of MARKS")
    option("--labels-workflow", metavar="ID", help="only this workflow of LABELS")
    option(
        "--versions",
        metavar="VERSION",
        nargs="+",
        action="extend",
        help="only these versions of the workflow",
    )


def _add_method(group: Any) -> None:
    option = group.add_argument
    option(
        "--method",
        choices=("model", "hdbscan", "dbscan", "kmeans"),
        default="model",
        help="the model, or a clustering to compare with; hdbscan is Key2Cat's recipe "
        "(default: model)",
    )
    option(
        "--labelling",
        choices=("auto", "dawid-skene", "majority"),
        default="auto",
        help="how votes make a label (default: auto)",
    )
    option(
        "--rule",
        choices=("skill", "prior", "ambiguous"),
        default="skill",
        help="how ties are settled (default: skill)",
    )
    option(
        "--min-probability",
        metavar="SHARE",
        type=share,
        default=0.5,
        help="what is less likely is a candidate, not a particle (default: 0.5)",
    )
    option("--jitter", metavar="PX", type=_pixels, help="a first guess of the clicks' spread")
    option(
        "--min-marks",
        metavar="N",
        type=whole_number(2),
        default=11,
        help="smallest cluster of hdbscan and dbscan (default: 11)",
    )
    option("--eps", metavar="PX", type=_pixels, help="radius of dbscan (default: twice the spread)")
    option("--clusters", metavar="K", type=whole_number(1), help="of kmeans, an image")
    option(
        "--centre", choices=("mean", "median"), default="mean", help="of a clustering's clusters"
    )


def _add_output(group: Any) -> None:
    option = group.add_argument
    option(
        "--radius", metavar="PX", type=_pixels, help="of boxes and masks (default: each its own)"
    )
    option(
        "--crop-size",
        metavar="PX",
        type=whole_number(8),
        default=64,
        help="side of the crops (default: 64)",
    )
    option("--no-html", action="store_true", help="do not write OUT/review.html")
    option("--no-progress", action="store_true", help="no progress bars")


def _run(options: argparse.Namespace) -> int:
    from crystalviz.consensus import MarkConsensus
    from crystalviz.consensus.outputs.result_folder import ResultFolder
    from crystalviz.consensus.outputs.results import NAMES, Pictures, write_results
    from crystalviz.consensus.outputs.table_files import available_formats
    from crystalviz.consensus.reading import read_decisions

    _require_files(options)
    folder = ResultFolder(options.out)
    folder.require_free(NAMES)
    images = _images(options)
    tables = _tables(options, images)
    for name, text in tables.facts:
        print(f"{name}: {text}")
    pictures = Pictures.of(tables.marks, tables.reads, images, options.size)
    gold, problems = None, tables.problems
    if options.gold is not None:
        gold, refused = read_decisions(options.gold, dict(options.columns))
        problems += refused
        print(f"{options.gold}: {counted(len(gold), 'decision')}")
    found = MarkConsensus(
        options.method,
        labels=options.labelling,
        rule=options.rule,
        min_probability=options.min_probability,
        jitter=options.jitter or "auto",
        min_marks=options.min_marks,
        eps=options.eps or "auto",
        n_clusters=options.clusters or "auto",
        centre=options.centre,
    ).fit(tables.marks, tables.votes, tables.reads, gold)
    found.problems_ = [*problems, *map(tables.in_the_file, found.problems_)]
    print(found.summary())
    formats = available_formats()
    progress = not options.no_progress
    folder.begin(_settings(options, tables, found))
    lines = write_results(
        *(found, folder, pictures, images),
        formats=formats,
        radius=options.radius,
        crop_size=options.crop_size,
        progress=progress,
    )
    if not options.no_html:
        lines.append(_write_review(found, folder, images, progress))
    folder.finish()
    print(_report(folder.path, lines))
    print(_told(found, pictures, formats), end="", file=sys.stderr)
    return 0


def _require_files(options: argparse.Namespace) -> None:
    """Find out before the work that a file is missing."""
    for name in ("marks", "labels", "reads", "subjects", "gold"):
        path = getattr(options, name)
        if path is not None and not path.exists():
            raise FileNotFoundError(f"{path}: there is no such file")


def _images(options: argparse.Namespace) -> ImageSet | None:
    if options.images is None:
        return None
    from crystalviz.images import ImageSet
    from crystalviz.outputs import without_folder

    return without_folder(ImageSet.from_folder(options.images, labels=None), options.out)


def _tables(options: argparse.Namespace, images: ImageSet | None) -> CrowdTables:
    from crystalviz.consensus.reading import ExportOptions, read_crowd

    return read_crowd(
        options.marks,
        options.labels,
        reads=options.reads,
        subjects=options.subjects,
        columns=dict(options.columns),
        sizes=images if options.size is None else options.size,
        y_up=options.y_up,
        options=ExportOptions(
            options.label,
            options.task,
            options.labels_task,
            options.workflow,
            options.labels_workflow,
            options.versions,
        ),
        hash_names=options.hash_names,
    )


def _write_review(
    found: MarkConsensus, folder: ResultFolder, images: ImageSet | None, progress: bool
) -> tuple[str, str]:
    from crystalviz.consensus.outputs.results import REVIEW_PAGE
    from crystalviz.widgets import MarkMap

    with warnings.catch_warnings():
        # Pictures that are missing are told below, all of them.
        warnings.simplefilter("ignore", UserWarning)
        page = MarkMap(found, images)
        page.to_html(folder.file(REVIEW_PAGE), progress=progress)
    return REVIEW_PAGE, "look, settle the doubtful ones, save decisions for --gold; offline"


def _settings(
    options: argparse.Namespace, tables: CrowdTables, found: MarkConsensus
) -> dict[str, Any]:
    import crystalviz

    given = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(options).items()
        if name not in ("run", "debug", "no_progress") and value is not None
    }
    inputs = [getattr(options, name) for name in ("marks", "labels", "reads", "subjects", "gold")]
    return {
        "crystalviz": crystalviz.__version__,
        "command": given,
        "inputs_blake2b": {str(path): _digest(path) for path in inputs if path is not None},
        "understood": dict(tables.facts),
        "parameters": found.get_params(),
        "classes": found.classes_,
        "jitter": found.jitter_,
        "label_correlation": found.label_correlation_,
        "summary": found.summary(),
    }


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _report(out: Path, lines: list[tuple[str, str]]) -> str:
    width = max(len(str(out / name)) for name, _ in lines)
    return "\n".join(f"{out / name!s:<{width}}  {text}" for name, text in lines)


def _told(found: MarkConsensus, pictures: Any, formats: tuple[str, ...]) -> str:
    """Return what a user should know besides: rows set aside, pictures that are missing."""
    lines = []
    problems = found.problems_
    if problems:
        lines.append(f"{counted(len(problems), 'row')} set aside (problems.csv):")
        for one in problems[:3]:
            row = one.row if isinstance(one.row, str) else f"row {one.row}"
            lines.append(f"  {one.table}, {row}: {one.reason}")
    if pictures.missing:
        lines.append(f"no picture of {counted(len(pictures.missing), 'image')}:")
        lines += [f"  {reason}" for _, reason in pictures.missing[:3]]
    if not pictures.sizes:
        lines.append(
            "no boxes and masks: the sizes of the images are not known. Give --images, --size or "
            "--reads"
        )
    if "parquet" not in formats:
        lines.append('no Parquet: pip install "crystalviz[parquet]"')
    return "".join(f"{line}\n" for line in lines)


def _role(text: str) -> tuple[str, str]:
    role, equals, column = text.partition("=")
    if not equals or not role or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not ROLE=COLUMN, e.g. image_id=scan")
    return role.strip(), column.strip()


def _size(text: str) -> tuple[float, float]:
    parts = text.lower().replace("×", "x").split("x")
    try:
        width, height = (int(part) for part in parts)
    except ValueError:
        width = height = 0
    if width < 1 or height < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT in pixels, e.g. 2048x2048")
    return float(width), float(height)


def _pixels(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of pixels")
    return value
