"""What a training keeps after each epoch, so that it goes on where it stopped."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

CHECKPOINT_FILE = "checkpoint.npz"
_LISTS = ("weights", "optimizer", "best_weights")


@dataclass(eq=False)
class Checkpoint:
    """State after some epochs.

    Attributes
    ----------
    config : dict
        What the training is made from; another training's checkpoint is not gone on with.
    weights, optimizer, best_weights : list of ndarray
        Of the layers that learn: now, of the optimizer, and at the best epoch.
    history : list of dict
        One row per epoch that is done.
    best_epoch : int
        From 1; 0 before the first.
    best_loss : float
        Validation loss at the best epoch.
    stopped : str
        Why the training has ended; empty while it goes on.
    """

    config: dict[str, Any]
    weights: list[np.ndarray] = field(default_factory=list)
    optimizer: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_loss: float = float("inf")
    stopped: str = ""

    def save(self, folder: Path) -> None:
        """Write the file; a reader finds the one before or this one, never half of one."""
        arrays = {
            f"{name}_{index}": array
            for name in _LISTS
            for index, array in enumerate(getattr(self, name))
        }
        facts = {
            "config": self.config,
            "history": self.history,
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
            "stopped": self.stopped,
        }
        temporary = folder / f"{CHECKPOINT_FILE}.part"
        with open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, facts=np.array(json.dumps(facts)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / CHECKPOINT_FILE)

    @classmethod
    def load(cls, folder: Path) -> Checkpoint | None:
        """Read the file, None where there is none.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        path = folder / CHECKPOINT_FILE
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                facts = json.loads(str(file["facts"]))
                facts |= {name: _in_order(file, name) for name in _LISTS}
            return cls(**facts)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{path}: not a checkpoint that can be read ({error}); remove the file, or start "
                "over with resume=False (--restart)"
            ) from error


def require_same(folder: Path, kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise `ValueError`, naming what differs, if a checkpoint is of another training."""
    names = [name for name in {**wanted, **kept} if kept.get(name) != wanted.get(name)]
    if not names:
        return
    said = [
        f"{name.replace('_', ' ')} {kept.get(name)!r}, now {wanted.get(name)!r}"
        if _short(kept.get(name)) and _short(wanted.get(name))
        else f"other {name.replace('_', ' ')}"
        for name in names
    ]
    raise ValueError(
        f"{folder} holds another training ({'; '.join(said)}): give another folder for the "
        "results, the same settings to go on with it, or start over with resume=False (--restart)"
    )


def _short(value: Any) -> bool:
    return not isinstance(value, str) or len(value) < 24


def _in_order(file: Any, name: str) -> list[np.ndarray]:
    count = sum(key.startswith(f"{name}_") and key[len(name) + 1 :].isdigit() for key in file)
    return [file[f"{name}_{index}"] for index in range(count)]
