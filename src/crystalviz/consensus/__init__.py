"""Crowd marks to labelled particles: consensus of many volunteers, after the seed Key2Cat."""

from crystalviz.consensus.estimator import MarkConsensus
from crystalviz.consensus.inputs import Problem

__all__ = ["MarkConsensus", "Problem"]
