"""The commands of `crystalviz`, one file each.

A command's `add(commands)` adds its parser; what it needs is imported when it runs, so that
`--help` is quick.
"""

from crystalviz.commands import analyze, audit, consensus, demo, explore, serve, store, train

COMMANDS = (analyze, explore, audit, train, consensus, demo, serve, store)
"""In the order in which the help lists them."""

__all__ = ["COMMANDS"]
