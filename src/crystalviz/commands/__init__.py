"""The commands of `crystalviz`, one file each.

A command's `add(commands)` adds its parser; what it needs is imported when it runs, so that
`--help` is quick.
"""

from crystalviz.commands import analyze, demo, explore

COMMANDS = (analyze, explore, demo)
"""In the order in which the help lists them."""

__all__ = ["COMMANDS"]
