from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.contract.ways import PREFIX, WAYS, Way, open_way


@pytest.fixture(scope="session", params=WAYS)
def opened_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Way]:
    with open_way(request.param, tmp_path_factory.mktemp(request.param)) as way:
        yield way


@pytest.fixture
def way(opened_way: Way) -> Iterator[Way]:
    """One way of using a store, without collections of an earlier test."""
    yield opened_way
    for name in opened_way.client.collections.list_all():
        if name.startswith(PREFIX):
            opened_way.client.collections.delete(name)
