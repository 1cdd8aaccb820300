"""Which class an instance has: votes of many volunteers pooled into calibrated probabilities."""

from crystalviz.consensus.labelling.dawid_skene import Labelled, dawid_skene
from crystalviz.consensus.labelling.majority import hold, majority
from crystalviz.consensus.labelling.ties import RULES, find_ties, settle
from crystalviz.consensus.labelling.votes import Votes

__all__ = ["RULES", "Labelled", "Votes", "dawid_skene", "find_ties", "hold", "majority", "settle"]
