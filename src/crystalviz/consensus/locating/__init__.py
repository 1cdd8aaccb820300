"""Where the instances are: marks of many readers pooled into places, with hits and misses.

The model, in one breath: an instance is a point; each read that covers it marks it at most once,
with the volunteer's miss rate and jitter; every read also leaves stray marks. `locate` finds the
points, `existence` says how surely each is real.
"""

from crystalviz.consensus.locating.canvas import Canvas, Reads
from crystalviz.consensus.locating.locate import Located, locate

__all__ = ["Canvas", "Located", "Reads", "locate"]
