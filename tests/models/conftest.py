from __future__ import annotations

import numpy as np
import pytest

from crystalviz.datasets import synthetic_crystals
from crystalviz.models import Model, load_model


@pytest.fixture(scope="session")
def crystals():
    return synthetic_crystals(20, seed=99)


@pytest.fixture(scope="session")
def crystalnet() -> Model:
    return load_model("crystalnet")


@pytest.fixture(scope="session")
def noise() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [
        rng.integers(0, 256, shape).astype(np.uint8) for shape in [(40, 50), (33, 33), (64, 48)]
    ]
