"""Training a classifier, and the report of one.

Importing this package does not import TensorFlow; `train` does.
"""

from crystalviz.models.training.recipe import RECIPES, Recipe
from crystalviz.models.training.report import write_report
from crystalviz.models.training.train import TrainingResult, train

__all__ = ["RECIPES", "Recipe", "TrainingResult", "train", "write_report"]
