"""The classification exports of Zooniverse projects as tables of marks, reads and votes."""

from crystalviz.consensus.zooniverse.export import (
    ZooniverseMarks,
    read_zooniverse,
    read_zooniverse_votes,
)
from crystalviz.consensus.zooniverse.layout import Layout

__all__ = ["Layout", "ZooniverseMarks", "read_zooniverse", "read_zooniverse_votes"]
