"""Phrases that the notebook, the terminal and the page share."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return e.g. "1 image" or "1,040 images"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def problems_text(problems: list[tuple[str, str]], shown: int = 3) -> str:
    """Return a few lines about the files that were set aside."""
    listed = "\n".join(f"  {name}: {reason}" for name, reason in problems[:shown])
    more = (
        f"\n  and {len(problems) - shown} more in analysis.problems"
        if len(problems) > shown
        else ""
    )
    return f"{counted(len(problems), 'file')} set aside:\n{listed}{more}"
