"""Whether a server still has what it took: it may have lost its disk, or come from a backup."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from crystalviz.store.mirror import outbox
from crystalviz.store.mirror.context import PushContext
from crystalviz.store.mirror.outbox import Change, LocalCollection
from crystalviz.store.mirror.target import ServerRefusedError, Target
from crystalviz.store.mirror.tenants import is_open
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.writing.properties import PropertyCodec

# So many of the newest objects are looked for, and as many from everywhere.
_SAMPLE = 32

# Servers keep coordinates in single precision.
_TOLERANCE = 1e-5


def check(context: PushContext, target: Target, closely: bool) -> None:
    """Find out whether the server still has what it took; what it lacks is pushed again.

    Parameters
    ----------
    context : PushContext
        The store, and what the server has taken; wound back where something is lost.
    target : Target
        The server.
    closely : bool
        Compare objects too, not only how many there are.

    Raises
    ------
    ServerAwayError
        When the server does not answer.
    """
    with context.database.reading() as connection:
        locals_ = {local.name: local for local in outbox.collections(connection)}
    for name, cursor in context.state.collections.items():
        local = locals_.get(name)
        if local is None or local.id != cursor.id:
            continue
        try:
            if not target.exists(name):
                # Whatever was there before, this time it is the mirror that makes it.
                cursor.made = True
                lost = f"no collection {name}"
            else:
                lost = _lost(context, target, local, closely)
        except ServerRefusedError as error:
            context.note(f"{name} on the server could not be checked: {error}")
            continue
        if lost:
            context.lost(cursor, lost)


def _lost(context: PushContext, target: Target, local: LocalCollection, closely: bool) -> str:
    """Return what the server has instead of what it took, in words; "" when all seems well."""
    cursor = context.cursor(local)
    with context.database.reading() as connection:
        record = context.record(connection, local)
        if record is None:
            return ""
        expected = outbox.pushed_objects(connection, record, cursor)
        sample = outbox.sample(connection, record, cursor.seq, _SAMPLE) if closely else []
    if cursor.tenants:
        gone = set(cursor.tenants) - target.tenants(local.name)
        if gone:
            return f"no tenant {min(gone)!r} of {local.name}"
    else:
        count = target.count(local.name)
        if count < expected:
            return f"only {count:,} of {expected:,} objects of {local.name}"
    comparable = [
        change
        for change in sample
        if change.key not in cursor.refused
        and (not change.tenant or is_open(cursor.tenants.get(change.tenant)))
    ]
    return _differing(target, record, comparable)


def _differing(target: Target, record: CollectionRecord, sample: list[Change]) -> str:
    by_tenant: dict[str, list[Change]] = defaultdict(list)
    for change in sample:
        by_tenant[change.tenant].append(change)
    codec = PropertyCodec(record.config)
    for tenant, changes in by_tenant.items():
        found = target.fetch(record.config.name, tenant, [c.stored.uuid for c in changes])
        for change in changes:
            stored, item = change.stored, found.get(change.stored.uuid)
            named = f"object {UUID(bytes=stored.uuid)} of {record.config.name}"
            if item is None:
                return f"no {named}"
            if not _same(codec.decode(stored.properties), item.properties) or not _same_vectors(
                stored.vectors, item.vector
            ):
                return f"another state of {named}"
    return ""


def _same(ours: Any, theirs: Any) -> bool:
    """Return whether a value came back; what the server has beside ours does not count."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(_same(value, theirs.get(name)) for name, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if ours is None or theirs is None:
        # An empty list is no value to some servers.
        return not ours and not theirs
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return bool(ours == theirs)
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return bool(np.isclose(ours, theirs, rtol=_TOLERANCE, atol=_TOLERANCE))
    if isinstance(ours, datetime) and isinstance(theirs, datetime):
        return abs((ours - theirs).total_seconds()) < 1e-3
    if hasattr(ours, "latitude"):
        return _same([ours.latitude, ours.longitude], [theirs.latitude, theirs.longitude])
    if hasattr(ours, "international_formatted"):
        return bool(ours.international_formatted == theirs.international_formatted)
    return bool(str(ours) == str(theirs))


def _same_vectors(ours: dict[str, np.ndarray], theirs: Any) -> bool:
    if isinstance(theirs, list):
        theirs = {"default": theirs}
    return all(
        name in theirs
        and len(theirs[name]) == vector.size
        and np.allclose(vector, theirs[name], rtol=_TOLERANCE, atol=_TOLERANCE)
        for name, vector in ours.items()
    )
