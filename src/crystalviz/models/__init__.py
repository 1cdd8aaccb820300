"""Models: the embedded `crystalnet`, Keras files, one-pass features, probability and maps.

Importing this package does not import TensorFlow; loading a model does.
"""

from crystalviz.models.features import Features, extract_features
from crystalviz.models.load import load_model
from crystalviz.models.model import FeaturePass, LayerEvidence, Model, OnePass

__all__ = [
    "FeaturePass",
    "Features",
    "LayerEvidence",
    "Model",
    "OnePass",
    "extract_features",
    "load_model",
]
