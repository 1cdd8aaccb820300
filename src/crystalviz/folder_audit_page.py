"""The audit of a folder as a page: what it says, and the scenes pictured."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from crystalviz._wording import counted
from crystalviz.folder_audit import GIVEN, part_names
from crystalviz.folder_audit_text import has_shortcut, shortcut_note, split_note, summary
from crystalviz.images import POSE_NAMES, ImageReadError, Pixels, tile
from crystalviz.report_page import ReportPage

if TYPE_CHECKING:
    from crystalviz.folder_audit import FolderAudit

SHOWN_SCENES = 200
SHOWN_IMAGES = 16
SHOWN_PROBLEMS = 200
_SIDE = 128


def audit_page(audit: FolderAudit, progress: bool = False) -> ReportPage:
    """Return the page of an audit.

    At most 200 scenes are pictured, with 16 images each: scenes with two labels first, then those
    that the split tears apart, then those with recompressed copies, then the largest. What is left
    out is said.
    """
    page = ReportPage(f"Audit of {audit.name}", summary(audit))
    kinds = audit.orbits.kinds
    page.facts(
        {
            "images": len(kinds),
            "scenes": audit.scene_count,
            "exact copies": kinds.count("exact"),
            "recompressed copies": kinds.count("lossy"),
            "scenes with two labels": len(audit.conflicts),
            "files set aside": len(audit.problems),
        }
    )
    if audit.conflicts:
        page.warning(
            f"{counted(len(audit.conflicts), 'scene')} with copies under different labels: at "
            "least one label is wrong. Pictured first below."
        )
    if has_shortcut(audit):
        page.warning(shortcut_note(audit))
    _add_worth(page, audit)
    _add_splits(page, audit)
    page.heading("Guessed without looking")
    if audit.shortcuts:
        page.table(audit.shortcut_table(), caption="Accuracy on held-out scenes, 95 % interval")
    if not has_shortcut(audit):
        page.paragraph(shortcut_note(audit))
    _add_scenes(page, audit, progress)
    if audit.problems:
        page.heading("Files set aside")
        shown = audit.problems[:SHOWN_PROBLEMS]
        page.table([{"file": name, "why, and what to do": reason} for name, reason in shown])
        if len(audit.problems) > len(shown):
            more = len(audit.problems) - len(shown)
            page.paragraph(f"{more:,} more {'is' if more == 1 else 'are'} not listed.")
    return page


def _add_worth(page: ReportPage, audit: FolderAudit) -> None:
    page.heading("What the images are worth")
    page.table(audit.class_table())
    page.paragraph(
        "Copies of one picture are one observation. The design effect (Kish) is the factor by "
        "which they inflate the variance of a mean over images; images divided by it are the "
        "effective images."
    )
    rows = [
        {"images of a scene": size, "scenes": scenes, "images": size * scenes}
        for size, scenes in audit.sizes().items()
    ]
    page.table(rows, caption="Scenes by size")


def _add_splits(page: ReportPage, audit: FolderAudit) -> None:
    page.heading("Splits" if len(audit.splits) > 1 else "Split")
    page.table(audit.split_table(), caption="What leaks, and what a perfect test score would prove")
    page.paragraph(split_note(audit))
    name, found = next(iter(audit.splits.items()))
    if name == GIVEN or len(audit.splits) == 1:
        pairs = [
            {
                "parts": f"{first} / {second}",
                "shared scenes": leak.scenes,
                "images of the second with a copy in the first": leak.images,
            }
            for (first, second), leak in found.leaks.items()
        ]
        page.table(pairs, caption=f"The {name} split, pair by pair")
        if found.repeated or found.missing:
            page.paragraph(
                f"Images that stand in it more than once: {found.repeated:,}. "
                f"Images in no part: {found.missing:,}."
            )


def _add_scenes(page: ReportPage, audit: FolderAudit, progress: bool) -> None:
    from tqdm.auto import tqdm

    members = audit.orbits.members()
    several = [number for number, indices in enumerate(members) if len(indices) > 1]
    page.heading("Scenes with more than one image")
    if not several:
        page.paragraph("There is none.")
        return
    name, parts = next(iter(audit.parts.items()))
    focus = name == GIVEN or len(audit.parts) == 1
    part = part_names(parts, len(audit.labels)) if focus else [None] * len(audit.labels)
    conflicts = set(audit.conflicts)
    kinds = audit.orbits.kinds

    def torn(number: int) -> bool:
        return len({part[index] for index in members[number] if part[index]}) > 1

    def rank(number: int) -> tuple[bool, bool, bool, int, int]:
        lossy = any(kinds[index] == "lossy" for index in members[number])
        own = (number not in conflicts, not torn(number), not lossy)
        return (*own, -len(members[number]), number)

    several.sort(key=rank)
    shown = several[:SHOWN_SCENES]
    page.paragraph(
        f"{counted(len(several), 'scene')} of two images or more"
        + (
            f"; {len(shown)} are pictured, those with two labels, in two parts, with recompressed "
            "copies and the largest before the others."
            if len(several) > len(shown)
            else "."
        )
        + " The pose is that of an image relative to the first of its scene; exact means equal "
        "pixels, lossy that it was recompressed, resized or slightly changed."
    )
    for number in tqdm(shown, desc="Pictures", unit="scene", disable=not progress):
        indices = members[number].tolist()
        notes = [f"Scene {number}", counted(len(indices), "image")]
        if number in conflicts:
            notes.append("TWO LABELS")
        if torn(number):
            notes.append("IN TWO PARTS")
        hidden = len(indices) - SHOWN_IMAGES
        if hidden > 0:
            notes.append(f"{hidden:,} not pictured")
        page.gallery(
            [
                (_thumbnail(audit, index), _caption(audit, index, part[index]))
                for index in indices[:SHOWN_IMAGES]
            ],
            " · ".join(notes),
        )


def _caption(audit: FolderAudit, index: int, part: str | None) -> str:
    orbits = audit.orbits
    kind, pose = orbits.kinds[index], int(orbits.poses[index])
    how = "first" if kind == "first" else f"{POSE_NAMES[pose]} · {kind}"
    told = [word for word in (audit.labels[index], part) if word]
    name = PurePosixPath(orbits.ids[index]).name
    return "\n".join([name, how, *([" · ".join(told)] if told else [])])


def _thumbnail(audit: FolderAudit, index: int) -> bytes:
    try:
        pixels: Pixels = audit.images.pixels(index)
    except ImageReadError:  # taken away since it was read
        pixels = np.zeros((_SIDE, _SIDE), np.uint8)
    buffer = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(tile(pixels, _SIDE)))
    image.save(buffer, "WEBP", quality=80)
    return buffer.getvalue()
