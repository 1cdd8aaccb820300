"""What can go wrong with a model file or a layer name."""

from __future__ import annotations


class ModelFileError(ValueError):
    """A model file is missing, damaged, unsafe or of a kind that cannot be used."""


class LayerNotFoundError(ValueError):
    """The model has no layer of that name; the message lists near ones."""


class NoClassHeadError(ValueError):
    """The model has no class output, which the requested result needs."""
