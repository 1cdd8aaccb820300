"""Where a Weaviate server is, and how it is spoken to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from crystalviz.store.errors import WeaviateInvalidInputError

# Calls must be over, with what they cost here, when the deadline is.
_SHARE_OF_DEADLINE = 0.9


@dataclass(frozen=True)
class Address:
    """A server's two ports and what goes with every call.

    Parameters
    ----------
    host, grpc_host : str
        Of the REST and of the gRPC interface.
    port, grpc_port : int
        Of the same.
    secure : bool
        Whether both are encrypted (https).
    api_key : str or None
        Sent with every call; never shown.
    headers : dict
        Sent with every call; never shown.
    deadline : float
        Seconds that no reading call exceeds.
    write_deadline : float
        Seconds that no request of a writing call exceeds, while the server is alive.
    """

    host: str
    port: int
    grpc_host: str
    grpc_port: int
    secure: bool
    api_key: str | None = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    deadline: float = 2.0
    write_deadline: float = 60.0

    @property
    def url(self) -> str:
        """The address of the REST interface, without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"

    @property
    def budget(self) -> float:
        """Seconds that the network gets of the deadline."""
        return self.deadline * _SHARE_OF_DEADLINE


def read_address(
    url: Any,
    grpc_port: Any = 50051,
    grpc_host: str | None = None,
    api_key: str | None = None,
    headers: dict[str, str] | None = None,
    deadline: Any = 2.0,
    write_deadline: Any = 60.0,
) -> Address:
    """Return the address that a URL and its companions name.

    Raises
    ------
    WeaviateInvalidInputError
        When a part is not valid.
    """
    if not isinstance(url, str):
        raise WeaviateInvalidInputError(f"a server's address is a text, not {url!r}")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise WeaviateInvalidInputError(f"{url!r} is not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WeaviateInvalidInputError(
            f"{url!r} is not a server's address: write http://host:8080 or https://host"
        )
    if parts.username or parts.password:
        raise WeaviateInvalidInputError(
            "a user or password in the address would be shown in messages: pass api_key= or "
            "headers="
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WeaviateInvalidInputError(
            f"{url!r}: an address ends with the port; weaviate-client adds /v1 and so on"
        )
    secure = parts.scheme == "https"
    address = Address(
        parts.hostname,
        port or (443 if secure else 80),
        grpc_host or parts.hostname,
        _port(grpc_port),
        secure,
        _text("api_key", api_key),
        _headers(headers),
        _seconds("deadline", deadline),
        _seconds("write_deadline", write_deadline),
    )
    if (address.host, address.port) == (address.grpc_host, address.grpc_port):
        raise WeaviateInvalidInputError(
            f"REST and gRPC cannot both be at port {address.port} of {address.host}: say grpc_port="
        )
    return address


def _port(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise WeaviateInvalidInputError(f"grpc_port must be 1 to 65535, not {value!r}")
    return value


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise WeaviateInvalidInputError(f"{name} must be a number of seconds, not {value!r}")
    return float(value)


def _text(name: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        # The value may be a key: it is not shown.
        raise WeaviateInvalidInputError(f"{name} must be a text that is not empty")
    return value


def _headers(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(
        isinstance(one, str) for pair in value.items() for one in pair
    ):
        raise WeaviateInvalidInputError("headers must be a dict of texts")
    return dict(value)
