from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from crystalviz.store import (
    Client,
    Collection,
    Configure,
    DataType,
    Property,
    Tokenization,
    connect,
)

# For a night: pytest tests/store/test_state_machine.py --hypothesis-profile=long
settings.register_profile(
    "long",
    max_examples=5000,
    stateful_step_count=100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with connect(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def crystals(client: Client, make_crystals: Callable[[Client], Collection]) -> Collection:
    return make_crystals(client)


@pytest.fixture(scope="session")
def make_crystals() -> Callable[[Client], Collection]:
    return _make_crystals


def _make_crystals(client: Client) -> Collection:
    """Make a collection with one property of each kind, and every extra filter."""
    return client.collections.create(
        "CrystalImage",
        properties=[
            Property("image_id", DataType.TEXT, tokenization=Tokenization.FIELD),
            Property("note", DataType.TEXT),
            Property("cluster", DataType.INT),
            Property("entropy", DataType.NUMBER),
            Property("sharp", DataType.BOOL),
            Property("taken", DataType.DATE),
            Property("twin", DataType.UUID),
            Property("tags", DataType.TEXT_ARRAY),
            Property("sizes", DataType.INT_ARRAY),
        ],
        inverted_index_config=Configure.inverted_index(
            index_null_state=True, index_property_length=True, index_timestamps=True
        ),
    )
