"""Crowd marks to labelled particles: consensus of many volunteers, after the seed Key2Cat."""

from crystalviz.consensus.estimator import MarkConsensus
from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.zooniverse import ZooniverseMarks, read_zooniverse

__all__ = ["MarkConsensus", "Problem", "ZooniverseMarks", "read_zooniverse"]
