"""The interface of an engine."""

from __future__ import annotations

from typing import Protocol

import numpy as np

BATCH = 8
"""Every batch is filled up to this size. With one fixed shape there is one trace and one
order of summation, so an image's result does not depend on its neighbours."""

OUTPUTS = ("vectors", "scores", "maps", "activations")
"""What a network of one pass puts out; without a class head there are no scores."""


class Engine(Protocol):
    """Runs one network. May be called from several threads."""

    name: str
    """"keras", "onnx" or "openvino"."""
    precision: str
    """"f32" or "bf16"."""

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Run one batch.

        Parameters
        ----------
        images : (BATCH, height, width, channels) float32

        Returns
        -------
        dict of float32 arrays
            New ones; a later call does not change them.
        """


def run_in_batches(engine: Engine, images: np.ndarray) -> dict[str, np.ndarray]:
    """Run any number of images, (n, height, width, channels), also none.

    Returns
    -------
    dict of float32 arrays
        (n, ...) each.
    """
    parts = []
    # No images: one empty batch gives the shapes.
    for start in range(0, max(1, len(images)), BATCH):
        chunk, count = filled(images[start : start + BATCH])
        parts.append({name: values[:count] for name, values in engine.run(chunk).items()})
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def filled(batch: np.ndarray) -> tuple[np.ndarray, int]:
    """Fill a batch up to `BATCH` with zeros; return it with how many were there."""
    missing = BATCH - len(batch)
    if not missing:
        return np.ascontiguousarray(batch), BATCH
    return np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), batch.dtype)]), len(batch)
