"""What is in a store, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crystalviz._wording import counted
from crystalviz.store.files.portable_schema import PortableSchema


def store_status(folder: Path) -> str:
    """Return a few lines: size, collections, objects, how nearest vectors are found.

    Nothing is changed, and no vector is read.
    """
    from crystalviz.store import connect

    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with connect(folder, read_only=True) as client:
        meta = client.get_meta()
        lines = [f"{folder}: {size / 1e6:,.1f} MB, format {meta['format']}"]
        for name in client.collections.list_all():
            lines.extend(_collection(client.collections.use(name)))
    if len(lines) == 1:
        lines.append("no collections")
    return "\n".join(lines)


def _collection(collection: Any) -> list[str]:
    schema = PortableSchema.of(collection)
    if schema.has_tenants:
        tenants = collection.tenants.get()
        lines = [f"{schema.name}: {counted(len(tenants), 'tenant')}"]
        for name in sorted(tenants):
            status = tenants[name].activity_status
            lines.append(f"  {name}: {getattr(status, 'value', status)}")
        return lines
    lines = [
        f"{schema.name}: {counted(len(collection), 'object')}, "
        f"{counted(len(schema.types), 'property').replace('propertys', 'properties')}"
    ]
    for vector in schema.vectors:
        health = collection.index_health(vector, load=False)
        found = health["search"]
        if found != "exact" and health.get("recall") is not None:
            found = f"{found}, recall {health['recall']:.3f}"
        lines.append(f"  vector {vector}: {counted(health['objects'], 'object')}, {found}")
    return lines
