"""The Voilà dashboard: the explorer of one analysis as a page on this machine.

`explore` serves a results folder, `demo` makes one from the sample first.
"""

from crystalviz.dashboard.serve import DashboardError, demo, explore

__all__ = ["DashboardError", "demo", "explore"]
