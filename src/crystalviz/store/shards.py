"""Shards: a collection is one, or one for each of its tenants."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from crystalviz.store import storage
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.tenant_rows import ACTIVE, list_tenants


@dataclass
class ShardStatus:
    """A shard, as weaviate-client shows it; nothing ever waits to be indexed here."""

    name: str
    status: str
    vector_queue_size: int = 0


@dataclass
class Shard:
    """A shard and how many objects it has."""

    collection: str
    name: str
    object_count: int
    vector_queue_length: int = 0


def read_shards(connection: sqlite3.Connection, record: CollectionRecord) -> list[ShardStatus]:
    """Return the status of a collection's shards."""
    if not record.config.multi_tenancy_config.enabled:
        return [ShardStatus(record.config.name, "READY")]
    tenants = list_tenants(connection, record.id)
    return [
        ShardStatus(name, "READY" if status == ACTIVE else status)
        for name, status in tenants.items()
    ]


def count_shards(connection: sqlite3.Connection, record: CollectionRecord) -> list[Shard]:
    """Return a collection's shards with the number of their objects."""
    config = record.config
    if not config.multi_tenancy_config.enabled:
        return [Shard(config.name, config.name, storage.count_objects(connection, record))]
    return [
        Shard(config.name, name, storage.count_objects(connection, replace(record, tenant=name)))
        for name in list_tenants(connection, record.id)
    ]
