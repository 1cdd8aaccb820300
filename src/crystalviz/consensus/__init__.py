"""Crowd marks to labelled particles: consensus of many volunteers, after the seed Key2Cat."""

from crystalviz.consensus.estimator import MarkConsensus
from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.scoring import Score, match, score
from crystalviz.consensus.stopping import reads_needed
from crystalviz.consensus.tuning import GridSearch, grid_search
from crystalviz.consensus.zooniverse import ZooniverseMarks, read_zooniverse

__all__ = [
    "GridSearch",
    "MarkConsensus",
    "Problem",
    "Score",
    "ZooniverseMarks",
    "grid_search",
    "match",
    "read_zooniverse",
    "reads_needed",
    "score",
]
