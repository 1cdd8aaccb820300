"""The audit of a folder as text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crystalviz._wording import counted
from crystalviz.report_page import format_value, reads_as_number

if TYPE_CHECKING:
    from crystalviz.folder_audit import FolderAudit

_LISTED = 5


def audit_text(audit: FolderAudit) -> str:
    """Return the audit in a few tables and sentences."""
    blocks = [
        summary(audit),
        text_table(audit.class_table()),
        "Images per scene: "
        + ", ".join(
            f"{size} ({counted(scenes, 'scene')})" for size, scenes in audit.sizes().items()
        ),
    ]
    if audit.conflicts:
        blocks.append("\n".join(_conflict_lines(audit)))
    blocks.append(text_table(audit.split_table()) + "\n" + split_note(audit))
    if audit.shortcuts:
        blocks.append(
            "Guessed without looking (held-out scenes, 95 % interval):\n"
            + text_table(audit.shortcut_table())
        )
    blocks.append(shortcut_note(audit))
    if audit.problems:
        blocks.append("\n".join(_problem_lines(audit)))
    return "\n\n".join(blocks)


def summary(audit: FolderAudit) -> str:
    """Return one or two sentences: how many images, how many pictures."""
    kinds = audit.orbits.kinds
    exact, lossy = kinds.count("exact"), kinds.count("lossy")
    text = f"{counted(len(kinds), 'image')} of {counted(audit.scene_count, 'scene')}"
    if not exact + lossy:
        return f"{text}: no image is a copy of another, in any pose."
    # A copy in pose 0 was neither turned nor mirrored.
    turned = sum(
        kind in ("exact", "lossy") and pose != 0
        for kind, pose in zip(kinds, audit.orbits.poses.tolist(), strict=True)
    )
    return (
        f"{text}: {counted(exact + lossy, 'image')} repeat another one, {turned:,} of them turned "
        f"or mirrored, {lossy:,} recompressed or resized."
    )


def split_note(audit: FolderAudit) -> str:
    """Return what the table of splits means."""
    return (
        "Leaked: the same picture, in whatever pose, is in another part too. No error proves: the "
        "accuracy that an error-free test would prove, as the one-sided 95 % bound of Clopper and "
        "Pearson with scenes as the trials."
    )


def shortcut_note(audit: FolderAudit) -> str:
    """Return what the shortcuts mean for whoever trains on these images."""
    if not audit.size_notes:
        return _shortcut_sentence(audit)
    note = f"SHORTCUT: {'; '.join(audit.size_notes)}."
    if any(found.separates for found in audit.shortcuts.values()):
        return f"{note} {_shortcut_sentence(audit)}"
    return f"{note} Cross-validation does not show it on so few scenes."


def has_shortcut(audit: FolderAudit) -> bool:
    """Return whether the classes can be told apart, surely or by their size, without looking."""
    return bool(audit.size_notes) or any(found.separates for found in audit.shortcuts.values())


def _shortcut_sentence(audit: FolderAudit) -> str:
    if audit.shortcuts_missing:
        return f"What could be guessed without looking was not measured: {audit.shortcuts_missing}."
    strong = {name: found for name, found in audit.shortcuts.items() if found.separates}
    if not strong:
        return (
            "Neither image size nor mean gray value nor entropy is surely much better than always "
            "naming the most frequent class."
        )
    best, *others = sorted(strong, key=lambda name: -strong[name].accuracy)
    text = (
        f"SHORTCUT: {_spoken(best)} alone tells the classes apart in {strong[best].accuracy:.1%} "
        f"of the images (always naming the most frequent class: {strong[best].chance:.1%}). "
        "A network's score means little unless it is clearly above this."
    )
    if others:
        text += f" The same holds for {' and '.join(map(_spoken, others))}."
    return text


def _spoken(shortcut: str) -> str:
    return {"size": "image size", "mean_gray": "mean gray value"}.get(shortcut, shortcut)


def text_table(rows: list[dict[str, object]]) -> str:
    """Return rows under their column names, words left and numbers right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[format_value(row.get(name)) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    numeric = [
        all(reads_as_number(row[name]) for row in rows if row.get(name) is not None)
        for name in names
    ]

    def line(values: Iterable[str]) -> str:
        return "  ".join(
            f"{value:>{width}}" if right else f"{value:<{width}}"
            for value, width, right in zip(values, widths, numeric, strict=True)
        ).rstrip()

    return "\n".join([line(names), *map(line, cells)])


def _conflict_lines(audit: FolderAudit) -> list[str]:
    members = audit.orbits.members()
    lines = [
        f"LABEL CONFLICT: {counted(len(audit.conflicts), 'scene')} with copies under different "
        "labels; at least one label is wrong."
    ]
    for number in audit.conflicts[:_LISTED]:
        files = ", ".join(
            f"{audit.orbits.ids[index]} ({audit.labels[index] or 'no label'})"
            for index in members[number][:_LISTED]
        )
        lines.append(f"  {files}")
    if len(audit.conflicts) > _LISTED:
        lines.append(f"  and {len(audit.conflicts) - _LISTED:,} more")
    return lines


def _problem_lines(audit: FolderAudit) -> list[str]:
    lines = [f"{counted(len(audit.problems), 'file')} set aside:"]
    lines += [f"  {name}: {reason}" for name, reason in audit.problems[:_LISTED]]
    if len(audit.problems) > _LISTED:
        lines.append(f"  and {len(audit.problems) - _LISTED:,} more")
    return lines
