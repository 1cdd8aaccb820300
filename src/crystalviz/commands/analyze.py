"""`crystalviz analyze FOLDER --out OUT`: a folder of images to results."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystalviz._mirror_settings import mirror_settings
from crystalviz._wording import problems_text
from crystalviz.commands.arguments import command_parser, jobs, share, whole_number
from crystalviz.commands.mirroring import add_mirror, finish

if TYPE_CHECKING:
    from crystalviz.analysis import Analysis

_DESCRIPTION = """\
Analyze a folder of images (PNG, JPEG, TIFF, BMP, WebP; subfolders too) and write into OUT:

  OUT/analysis.csv         one row per image: class, confidence, entropy, scene, group, ...
  OUT/vectors.npy          feature vectors, (images, dimensions) float32, rows as in the table
  OUT/overlays/<image_id>  each image at its own size with its class activation map (always PNG)
  OUT/explorer.html        the whole explorer in one file that works offline
  OUT/probe/               with --head probe: the probe and a report, index.html
  OUT/store/               what `crystalviz explore`, cz.load_analysis and cz.connect read

Nothing leaves this machine, unless --mirror names a server. Damaged files are set aside and
listed. Interrupt at any time: the same command goes on where it stopped, and later computes only
new and changed images.
"""
_EXAMPLES = """\
examples:
  crystalviz analyze my_crystals --out results
  crystalviz analyze archive/cropped/cropped --out results     the Kaggle layout: labels cex, pg
  crystalviz analyze frames --out results --labels none        unlabeled images
  crystalviz analyze frames --out results --labels labels.csv  columns image_id and class_label
  crystalviz analyze frames --out results --model mine.keras --clusters 6
  crystalviz analyze my_classes --out results --head probe     own classes, one subfolder each
  crystalviz analyze frames --out more --head results/probe    the same classes on other images
  crystalviz analyze frames --out results --mirror http://localhost:8080   Weaviate follows
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(
        commands, "analyze", "a folder of images to results", _DESCRIPTION, _EXAMPLES, _run
    )
    option = command.add_argument
    option("folder", metavar="FOLDER", type=Path, help="folder with the images")
    option("--out", metavar="OUT", type=Path, required=True, help="folder for the results")
    option(
        "--labels",
        metavar="parent|none|CSV",
        default="parent",
        help="where class labels come from: the folder an image lies in, nowhere, or a CSV file "
        "(default: parent)",
    )
    option(
        "--model",
        default="crystalnet",
        help="crystalnet (built in), resnet50, resnet101, or a .keras, .h5 or .onnx file "
        "(default: crystalnet)",
    )
    option(
        "--head",
        metavar="probe|PATH",
        help="predict the classes that the labels name, two or many, by a linear probe that is "
        "fitted in seconds (probe), or those of a probe that was kept (its folder); without it, "
        "the classes of the model",
    )
    option(
        "--poses",
        type=int,
        choices=(1, 8),
        default=1,
        help="8: the mean over all turned and mirrored poses of each image, so that nothing "
        "depends on how it is turned; takes eight times as long (default: 1)",
    )
    option(
        "--engine",
        choices=("auto", "keras", "onnx", "openvino"),
        default="auto",
        help="what runs the model (default: auto, the fastest that is installed)",
    )
    option(
        "--jobs",
        metavar="N",
        type=jobs,
        help="processes that share the work, -1 for one for each core (default: this one)",
    )
    option(
        "--clusters",
        metavar="K",
        type=whole_number(1),
        default=4,
        help="groups for K-means (default: 4)",
    )
    option(
        "--neighbors",
        metavar="K",
        type=whole_number(1),
        default=10,
        help="neighbours kept of each image (default: 10)",
    )
    option(
        "--top",
        metavar="SHARE",
        type=share,
        default=0.16,
        help="share of the pixels that an overlay colours, 0 to 1 (default: 0.16)",
    )
    option(
        "--opacity",
        metavar="SHARE",
        type=share,
        default=0.5,
        help="opacity of the colour, 0 to 1 (default: 0.5)",
    )
    add_mirror(command)
    option("--no-overlays", action="store_true", help="do not write OUT/overlays")
    option("--no-explorer", action="store_true", help="do not write OUT/explorer.html")
    option("--no-progress", action="store_true", help="no progress bars")


def _run(options: argparse.Namespace) -> int:
    from crystalviz.analysis import analyze
    from crystalviz.images import ImageSet
    from crystalviz.outputs import (
        STORE_FOLDER,
        without_folder,
        write_explorer,
        write_overlays,
        write_probe,
        write_table,
        write_vectors,
    )

    out: Path = options.out
    progress = not options.no_progress
    labels: Any = {"parent": "parent", "none": None}.get(options.labels, options.labels)
    images = without_folder(ImageSet.from_folder(options.folder, labels=labels), out)
    analysis = analyze(
        images,
        options.model,
        n_clusters=options.clusters,
        store=out / STORE_FOLDER,
        progress=progress,
        k=options.neighbors,
        head=options.head,
        poses=options.poses,
        engine=options.engine,
        n_jobs=options.jobs,
        mirror=mirror_settings(options.mirror, options.mirror_grpc_port),
    )
    write_table(analysis, out)
    write_vectors(analysis, out)
    if options.head == "probe" and analysis.probe is not None:
        write_probe(analysis, images, out)
    drawn = 0
    failed: list[tuple[str, str]] = []
    if not options.no_overlays:
        drawn, failed = write_overlays(
            analysis, images, out, options.top, options.opacity, progress
        )
    if not options.no_explorer:
        write_explorer(analysis, out)
    print(_report(analysis, options, drawn, finish(analysis)))
    if analysis.problems and not progress:
        print(problems_text(analysis.problems), file=sys.stderr)
    for name, reason in failed:
        print(f"no overlay for {name}: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _report(
    analysis: Analysis,
    options: argparse.Namespace,
    drawn: int,
    mirrored: tuple[str, str] | None,
) -> str:
    from crystalviz.outputs import (
        EXPLORER_FILE,
        OVERLAY_FOLDER,
        PROBE_FOLDER,
        STORE_FOLDER,
        TABLE_FILE,
        VECTORS_FILE,
    )

    out: Path = options.out
    rows, dimension = analysis.vectors.shape
    kept = rows - analysis.computed
    lines = [
        (str(options.folder), f"{analysis.summary}; {analysis.computed} computed, {kept} known"),
        (str(out / TABLE_FILE), f"the table, {rows} rows"),
        (str(out / VECTORS_FILE), f"{rows} x {dimension} float32"),
    ]
    if not options.no_overlays:
        coloured = f"the top {100 * options.top:g} % of the pixels coloured"
        lines.append((str(out / OVERLAY_FOLDER), f"{rows} pictures ({drawn} drawn), {coloured}"))
    if not options.no_explorer:
        lines.append((str(out / EXPLORER_FILE), "the explorer; any browser opens it, offline"))
    if options.head == "probe" and analysis.probe is not None:
        lines.append((str(out / PROBE_FOLDER), "the probe; index.html shows its errors"))
    lines.append((str(out / STORE_FOLDER), f"for `crystalviz explore {out}` and cz.load_analysis"))
    if mirrored is not None:
        lines.append(mirrored)
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)
