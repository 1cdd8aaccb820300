"""Pushing what is in a collection: deletions, objects, and objects that were refused before."""

from __future__ import annotations

from collections.abc import Callable

from crystalviz.store.mirror import outbox
from crystalviz.store.mirror.context import PushContext
from crystalviz.store.mirror.outbox import Change, LocalCollection
from crystalviz.store.mirror.payload import has_references, payload
from crystalviz.store.mirror.state import CollectionCursor
from crystalviz.store.mirror.target import ServerRefusedError, Target
from crystalviz.store.storage import CollectionRecord

_BATCH_BYTES = 4 << 20
_BATCH_OBJECTS = 500
_REMOVALS_AT_ONCE = 5000
# More refused objects than this mean that the collections do not fit.
_REFUSED_AT_MOST = 1000


def push_removals(
    context: PushContext, target: Target, local: LocalCollection, go_on: Callable[[], bool]
) -> None:
    """Delete on the server what was deleted here."""
    cursor = context.cursor(local)
    while go_on():
        with context.database.reading() as connection:
            record = context.record(connection, local)
            if record is None:
                return
            last, gone = outbox.removals(connection, record, cursor.removal, _REMOVALS_AT_ONCE)
        if last == cursor.removal:
            return
        for tenant, uuids in gone.items():
            # Of a tenant that is gone everything is gone.
            if not tenant or tenant in cursor.tenants:
                target.delete(local.name, tenant, uuids)
                context.state.pushed += len(uuids)
            for uuid in uuids:
                cursor.refused.pop(outbox.refusal_key(tenant, uuid), None)
        cursor.removal = last
        context.save()


def push_objects(
    context: PushContext, target: Target, local: LocalCollection, go_on: Callable[[], bool]
) -> None:
    """Write to the server what was written here, oldest first."""
    cursor = context.cursor(local)
    while go_on():
        with context.database.reading() as connection:
            record = context.record(connection, local)
            if record is None:
                return
            changes = outbox.changes(connection, record, cursor.seq, _batch_size(record))
        if not changes:
            return
        _insert(context, target, record, cursor, changes)
        cursor.seq = changes[-1].stored.seq
        context.save()


def retry_refused(
    context: PushContext,
    target: Target,
    locals_: list[LocalCollection],
    go_on: Callable[[], bool],
) -> None:
    """Try again what was refused: an object that refers to another one needs that one first."""
    waiting = [local for local in locals_ if context.cursor(local).refused]
    # Bare first, so that objects that refer to one another find each other.
    for whole in (False, True):
        for local in waiting:
            cursor = context.cursor(local)
            if not go_on() or local.name in context.conflicts:
                continue
            with context.database.reading() as connection:
                record = context.record(connection, local)
                if record is None:
                    continue
                wanted = [outbox.parse_refusal_key(key) for key in cursor.refused]
                changes = outbox.objects(connection, record, wanted)
            try:
                if whole:
                    there = {change.key for change in changes}
                    cursor.refused = {k: why for k, why in cursor.refused.items() if k in there}
                    _insert(context, target, record, cursor, changes)
                else:
                    bare = [c for c in changes if has_references(c.stored, record.config)]
                    _write(target, record, bare, references=False)
            except ServerRefusedError as error:
                context.conflicts[local.name] = str(error)
            context.save()


def _insert(
    context: PushContext,
    target: Target,
    record: CollectionRecord,
    cursor: CollectionCursor,
    changes: list[Change],
) -> None:
    """Write objects to the server and keep which ones it refused, and why."""
    refused = _write(target, record, changes)
    for change in changes:
        cursor.refused.pop(change.key, None)
    cursor.refused.update(refused)
    context.state.pushed += len(changes) - len(refused)
    if len(cursor.refused) > _REFUSED_AT_MOST:
        reason = next(iter(cursor.refused.values()))
        raise ServerRefusedError(
            f"{record.config.name}: the server refused more than {_REFUSED_AT_MOST:,} objects, so "
            f"no more of it is pushed: {reason}"
        )


def _write(
    target: Target, record: CollectionRecord, changes: list[Change], references: bool = True
) -> dict[str, str]:
    """Write objects to the server; return which ones it refused, and why."""
    by_tenant: dict[str, list[Change]] = {}
    for change in changes:
        by_tenant.setdefault(change.tenant, []).append(change)
    refused: dict[str, str] = {}
    for tenant, some in by_tenant.items():
        sent = [payload(change.stored, record.config, references) for change in some]
        answer = target.insert(record.config.name, tenant, [one.object for one in sent])
        refused |= {some[place].key: why for place, why in answer.items()}
        links = [
            link for place, one in enumerate(sent) if place not in answer for link in one.links
        ]
        if links:
            target.link(record.config.name, tenant, links)
    return refused


def _batch_size(record: CollectionRecord) -> int:
    dimensions = sum(space.dimension or 0 for space in record.config.vectors.values())
    return max(20, min(_BATCH_OBJECTS, _BATCH_BYTES // (4 * dimensions + 500)))
