"""`crystalviz analyze FOLDER --out OUT`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from crystalviz._wording import problems_text
from crystalviz.analysis import Analysis, analyze
from crystalviz.images import ImageSet
from crystalviz.outputs import (
    EXPLORER_FILE,
    OVERLAY_FOLDER,
    STORE_FOLDER,
    TABLE_FILE,
    VECTORS_FILE,
    without_folder,
    write_explorer,
    write_overlays,
    write_table,
    write_vectors,
)


def analyze_command(options: argparse.Namespace) -> int:
    """Run the command with the options of `crystalviz.cli`; return the exit code."""
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
    )
    write_table(analysis, out)
    write_vectors(analysis, out)
    drawn = 0
    failed: list[tuple[str, str]] = []
    if not options.no_overlays:
        drawn, failed = write_overlays(
            analysis, images, out, options.top, options.opacity, progress
        )
    if not options.no_explorer:
        write_explorer(analysis, out)
    print(_report(analysis, options, drawn))
    if analysis.problems and not progress:
        print(problems_text(analysis.problems), file=sys.stderr)
    for name, reason in failed:
        print(f"no overlay for {name}: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _report(analysis: Analysis, options: argparse.Namespace, drawn: int) -> str:
    out: Path = options.out
    rows, dimension = analysis.vectors.shape
    kept = rows - analysis.computed
    lines = [
        (str(options.folder), f"{analysis.summary}; {analysis.computed} computed, {kept} known"),
        (str(out / TABLE_FILE), f"the table, {rows} rows"),
        (str(out / VECTORS_FILE), f"{rows} x {dimension} float32"),
    ]
    if not options.no_overlays:
        share = f"the top {100 * options.top:g} % of the pixels coloured"
        lines.append((str(out / OVERLAY_FOLDER), f"{rows} pictures ({drawn} drawn), {share}"))
    if not options.no_explorer:
        lines.append((str(out / EXPLORER_FILE), "the explorer; any browser opens it, offline"))
    lines.append((str(out / STORE_FOLDER), f"for `crystalviz explore {out}` and cz.load_analysis"))
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)
