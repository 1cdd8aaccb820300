"""Weaviate itself behind the face of the embedded store, with deadlines and a circuit breaker."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from crystalviz._optional import require
from crystalviz.store.remote.breaker import Breaker

if TYPE_CHECKING:
    from crystalviz.store.remote.client import RemoteClient

__all__ = ["Breaker", "RemoteClient"]


def __getattr__(name: str) -> Any:
    # weaviate-client takes more than a second to import: only who asks for it pays.
    if name == "RemoteClient":
        with warnings.catch_warnings(record=True):
            # Kept back: what packages below weaviate-client say about themselves.
            require("weaviate", "weaviate", "talking to a Weaviate server")
        from crystalviz.store.remote.client import RemoteClient

        return RemoteClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
