"""Which Weaviate this server says it is."""

from __future__ import annotations

WEAVIATE_VERSION = "1.35.9"

GRPC_MESSAGE_BYTES = 104_858_000
"""Weaviate's own limit of one message (100 MB), which clients ask for in `/v1/meta`."""
