"""Shards: a collection is one, or one for each of its tenants."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from crystalviz.store import storage
from crystalviz.store.schema import CollectionConfig
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.writing.tenant_rows import ACTIVE, list_tenants

READY = "READY"
READONLY = "READONLY"


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


def read_shards(
    connection: sqlite3.Connection, record: CollectionRecord, tenant: str = ""
) -> list[ShardStatus]:
    """Return the status of a collection's shards, or of the one of a tenant."""
    config = record.config
    if not config.multi_tenancy_config.enabled:
        found = {config.name: ACTIVE}
    else:
        found = list_tenants(connection, record.id)
        if tenant:
            found = {name: status for name, status in found.items() if name == tenant}
    return [ShardStatus(name, _status(config, name, found[name])) for name in found]


def _status(config: CollectionConfig, name: str, tenant_status: str) -> str:
    if tenant_status != ACTIVE:
        return tenant_status
    return READONLY if name in config.read_only else READY


def count_shards(connection: sqlite3.Connection, record: CollectionRecord) -> list[Shard]:
    """Return a collection's shards with the number of their objects."""
    config = record.config
    if not config.multi_tenancy_config.enabled:
        return [Shard(config.name, config.name, storage.count_objects(connection, record))]
    return [
        Shard(config.name, name, storage.count_objects(connection, replace(record, tenant=name)))
        for name in list_tenants(connection, record.id)
    ]
