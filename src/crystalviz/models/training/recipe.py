"""The numbers of a training run, with defaults for each kind of backbone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How a classifier is trained. The defaults are those of The Georgia Project.

    Attributes
    ----------
    epochs : int
        At most so many.
    batch_size : int
        At most so many images a step; the last images of an epoch are not dropped, the
        batches are made as even as they come.
    learning_rate, momentum : float
        Of plain stochastic gradient descent, without schedule and without Nesterov's step.
    unfrozen : float
        Share of the backbone's layers, counted from its end, that learn too; 0 to 1. Batch
        normalisation in the frozen rest keeps the statistics it came with.
    target_f1 : float
        Training ends when the F1 of every class on the validation part has been this high
        `target_epochs` times in a row.
    target_epochs : int
    patience : int
        Training ends after so many epochs in which the validation loss has not fallen by
        `min_delta`.
    min_delta : float
    seed : int
        Of the weights of the head, the order of the images, the augmentation and the dropout.
    """

    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 0.1
    momentum: float = 0.9
    unfrozen: float = 0.10
    target_f1: float = 0.997
    target_epochs: int = 3
    patience: int = 50
    min_delta: float = 0.001
    seed: int = 42

    def __post_init__(self) -> None:
        """Refuse numbers that make no training."""
        wrong = [
            name
            for name in ("epochs", "batch_size", "target_epochs", "patience")
            if getattr(self, name) < 1
        ]
        if wrong:
            raise ValueError(f"{wrong[0]} must be 1 or more, not {getattr(self, wrong[0])}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be more than 0, not {self.learning_rate}")
        for name in ("momentum", "unfrozen", "target_f1"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")
        if self.seed < 0 or self.min_delta < 0:
            raise ValueError("seed and min_delta must be 0 or more")

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return asdict(self)


RECIPES = {
    # Its vectors have 128 numbers instead of 2048. With steps of 0.1 the validation loss leaps
    # between 0.2 and 5 on four classes; from 0.03 down it falls, and with 0.01 smoothly enough.
    "crystalnet": Recipe(epochs=40, batch_size=32, learning_rate=0.01, patience=12),
}
"""Recipes of backbones for which the defaults of `Recipe` are not right."""


def recipe_for(backbone: str, **given: Any) -> Recipe:
    """Return the recipe of a backbone, with those numbers changed that are not None.

    Raises
    ------
    ValueError
        If a number makes no sense.
    """
    known = {field.name for field in fields(Recipe)}
    changes = {name: value for name, value in given.items() if value is not None}
    assert changes.keys() <= known
    return replace(RECIPES.get(backbone, Recipe()), **changes)
