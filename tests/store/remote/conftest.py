from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.remote.faulty import FaultyServer


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    """A server that answers as it is told to."""
    with FaultyServer() as server:
        yield server
