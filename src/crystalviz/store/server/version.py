"""Which Weaviate this server says it is."""

from __future__ import annotations

WEAVIATE_VERSION = "1.36.8"
"""Clients choose their calls by it.

From 1.36 they send batches as a stream, which this server takes. From 1.36.9 they would ask
for profiles of a query's steps inside Weaviate's engine, from 1.37 for exports to storage in
the cloud, for the tokens of a text and for answers made diverse, which it has not.
"""

GRPC_MESSAGE_BYTES = 104_858_000
"""Weaviate's own limit of one message (100 MB), which clients ask for in `/v1/meta`."""
