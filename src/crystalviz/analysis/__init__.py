"""From a folder of images to an `Analysis`: the one road through the house."""

from crystalviz.analysis.result import Analysis, Neighbor, load_analysis
from crystalviz.analysis.run import analyze

__all__ = ["Analysis", "Neighbor", "analyze", "load_analysis"]
