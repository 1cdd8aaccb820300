"""Crowd marks to labelled particles: consensus of many volunteers, after the seed Key2Cat."""

from crystalviz.consensus.estimator import MarkConsensus
from crystalviz.consensus.figures import plot_stages
from crystalviz.consensus.inputs import Problem
from crystalviz.consensus.outputs import (
    crop_instances,
    instance_names,
    instances_of_crops,
    write_coco,
    write_masks,
    write_tables,
    write_yolo,
)
from crystalviz.consensus.reading import TidyMarks, read_marks
from crystalviz.consensus.scoring import Score, match, score
from crystalviz.consensus.stopping import reads_needed
from crystalviz.consensus.tuning import GridSearch, grid_search
from crystalviz.consensus.zooniverse import (
    ZooniverseMarks,
    read_zooniverse,
    read_zooniverse_votes,
)

__all__ = [
    "GridSearch",
    "MarkConsensus",
    "Problem",
    "Score",
    "TidyMarks",
    "ZooniverseMarks",
    "crop_instances",
    "grid_search",
    "instance_names",
    "instances_of_crops",
    "match",
    "plot_stages",
    "read_marks",
    "read_zooniverse",
    "read_zooniverse_votes",
    "reads_needed",
    "score",
    "write_coco",
    "write_masks",
    "write_tables",
    "write_yolo",
]
