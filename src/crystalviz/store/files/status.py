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
    from crystalviz.store.mirror.ledger import read_states

    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with connect(folder, read_only=True) as client:
        meta = client.get_meta()
        lines = [f"{folder}: {size / 1e6:,.1f} MB, format {meta['format']}"]
        for name in client.collections.list_all():
            lines.extend(_collection(client.collections.use(name)))
        if len(lines) == 1:
            lines.append("no collections")
        with client._database.reading() as connection:
            for address, state in read_states(connection).items():
                lines.append(f"mirror {address}: {counted(state.pushed, 'write')} acknowledged")
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
    lines = [f"{schema.name}: {counted(len(collection), 'object')}"]
    for vector in schema.vectors:
        # Without loading: a big index takes seconds, and the count is that of the objects.
        health = collection.index_health(vector, load=False)
        recall = health.get("recall")
        measured = f", recall {recall:.3f}" if health["search"] != "exact" and recall else ""
        lines.append(f"  vector {vector}: {health['search']}{measured}")
    return lines
