"""One way of making maps, with all that the tests need to make them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystalviz.cam.trust.border_artefact import border_artefact, subtract_border_artefact
from crystalviz.cam.trust.explained import maps_of
from crystalviz.images import Pixels
from crystalviz.models import Model


@dataclass(frozen=True)
class MapSource:
    """A CAM method at a layer, with or without its border artefact.

    Attributes
    ----------
    method, layer : str
        As `compute_cam` takes them.
    subtract : bool
        Take the map of an empty picture off each map.
    """

    method: str
    layer: str
    subtract: bool = False

    @property
    def name(self) -> str:
        """Return the name that tables show."""
        return f"{self.method} - artefact" if self.subtract else self.method

    def __call__(
        self, pixels: Sequence[Pixels], model: Model, targets: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the maps (n, h, w) of the classes `targets` (n,)."""
        maps = maps_of(pixels, model, self.layer, self.method, targets)
        if not self.subtract:
            return maps
        artefact = border_artefact(list(pixels), model, self.layer, self.method, targets)
        return subtract_border_artefact(maps, artefact)
