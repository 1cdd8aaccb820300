from __future__ import annotations

from typing import Any

import pytest

from crystalviz.store import errors
from crystalviz.store.remote.address import read_address


@pytest.mark.parametrize(
    ("url", "shown", "secure"),
    [
        ("http://localhost:8080", "http://localhost:8080", False),
        (" http://lab-server:8080/ ", "http://lab-server:8080", False),
        ("http://lab-server", "http://lab-server:80", False),
        ("https://cluster.example", "https://cluster.example:443", True),
        ("http://[::1]:8080", "http://[::1]:8080", False),
    ],
)
def test_urls(url: str, shown: str, secure: bool) -> None:
    address = read_address(url)
    assert (address.url, address.secure, address.grpc_port) == (shown, secure, 50051)
    assert address.grpc_host == address.host


def test_the_rest() -> None:
    address = read_address(
        "http://localhost:8080",
        grpc_port=1,
        grpc_host="grpc.example",
        api_key="secret",
        headers={"X-Lab": "7"},
        deadline=3,
        write_deadline=9.5,
    )
    assert (address.grpc_host, address.grpc_port) == ("grpc.example", 1)
    assert (address.deadline, address.write_deadline) == (3.0, 9.5)
    assert address.budget < address.deadline
    # Nor in a traceback that shows values.
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": None}, "a server's address is a text"),
        ({"url": "localhost:8080"}, "is not a server's address"),
        ({"url": "ftp://localhost"}, "is not a server's address"),
        ({"url": "http://"}, "is not a server's address"),
        ({"url": "http://localhost:99999"}, "is not an address"),
        ({"url": "http://localhost:8080/v1"}, "ends with the port"),
        ({"url": "http://user:secret@localhost"}, "pass api_key"),
        ({"grpc_port": 0}, "grpc_port must be"),
        ({"grpc_port": "50051"}, "grpc_port must be"),
        ({"grpc_port": 8080}, "cannot both be at port 8080"),
        ({"deadline": 0}, "deadline must be"),
        ({"deadline": float("nan")}, "deadline must be"),
        ({"write_deadline": "60"}, "write_deadline must be"),
        ({"api_key": ""}, "api_key must be"),
        ({"headers": {"a": 1}}, "headers must be"),
        ({"headers": "a: b"}, "headers must be"),
    ],
)
def test_refusals(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(errors.WeaviateInvalidInputError, match=told) as raised:
        read_address(**{"url": "http://localhost:8080", **settings})
    assert "secret" not in str(raised.value)
