"""`crystalviz audit FOLDER`: scenes, copies, splits that leak, shortcuts."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from crystalviz.commands.arguments import command_parser

_DESCRIPTION = """\
Say what a folder of labelled images is worth before a network is trained on it:

  scenes     images that are one picture, turned, mirrored, recompressed or resized
  labels     copies of one picture under different labels
  splits     how many test images have a copy in train, and what an error-free test would prove
  shortcuts  how far image size, brightness or entropy alone tell the classes apart

It is printed, and written as one HTML file with the scenes pictured. Nothing leaves this machine.
"""
_EXAMPLES = """\
examples:
  crystalviz audit archive/cropped/cropped
  crystalviz audit my_crystals --split results/split.csv --out audit.html
  crystalviz audit my_crystals --split sorted --strict
  crystalviz audit my_crystals --split group --write-split split.csv

exit codes:
  0 done    1 failed, or with --strict: the split leaks or a scene has two labels
"""


def add(commands: Any) -> None:
    """Add the command."""
    command = command_parser(
        commands, "audit", "copies, leaks and shortcuts in a folder", _DESCRIPTION, _EXAMPLES, _run
    )
    option = command.add_argument
    option("folder", metavar="FOLDER", type=Path, help="folder with the images")
    option(
        "--out",
        metavar="HTML",
        type=Path,
        default=Path("audit.html"),
        help="the page to write (default: audit.html)",
    )
    option(
        "--split",
        metavar="CSV|sorted|random|group",
        help="the split to audit: a CSV file with the columns image_id and part, or one made here: "
        "by sorted names, by shuffled names, by scenes (default: compare these three)",
    )
    option(
        "--labels",
        metavar="parent|none|CSV",
        default="parent",
        help="where class labels come from: the folder an image lies in, nowhere, or a CSV file "
        "(default: parent)",
    )
    option("--seed", type=int, default=0, help="of the random and the group split (default: 0)")
    option(
        "--write-split",
        metavar="CSV",
        type=Path,
        help="write the split that --split makes here (default: the one by scenes)",
    )
    option("--strict", action="store_true", help="exit with 1 on a leak or a scene with two labels")
    option("--no-progress", action="store_true", help="no progress bars")


def _run(options: argparse.Namespace) -> int:
    from crystalviz.folder_audit import SPLITS, audit_folder
    from crystalviz.images import ImageSet, write_split

    out: Path = options.out / "audit.html" if options.out.is_dir() else options.out
    for path in (out, options.write_split):
        _require_place(path)
    split = options.split
    if options.write_split and split is not None and split not in SPLITS:
        raise ValueError(
            f"--write-split writes a split that is made here; --split {split} is a file already. "
            f"Leave one of them out, or give --split one of {', '.join(SPLITS)}"
        )
    labels: Any = {"parent": "parent", "none": None}.get(options.labels, options.labels)
    images = ImageSet.from_folder(options.folder, labels=labels)
    progress = not options.no_progress
    audit = audit_folder(images, split, seed=options.seed, progress=progress)
    print(audit)
    lines = []
    if options.write_split:
        name = split or "group"
        write_split(audit.parts[name], images, options.write_split)
        lines.append(f"{options.write_split}: the {name} split")
    lines.append(f"{audit.write(out, progress)}: the audit, with the scenes pictured")
    print("\n" + "\n".join(lines))
    return int(options.strict and (audit.leaks or bool(audit.conflicts)))


def _require_place(path: Path | None) -> None:
    """Find out before the work, not after it, that a file cannot be written."""
    if path is None:
        return
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {path}: the folder {path.parent} does not exist; create it first"
        )
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise PermissionError(f"cannot write {path}; give a file in a folder of yours")
