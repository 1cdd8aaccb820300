"""Pushing the tenants of a collection: made and opened first, put to rest at the end."""

from __future__ import annotations

from crystalviz.store.classes import Tenant, TenantActivityStatus
from crystalviz.store.mirror import outbox
from crystalviz.store.mirror.context import PushContext
from crystalviz.store.mirror.outbox import LocalCollection
from crystalviz.store.mirror.target import Target

_OPEN = TenantActivityStatus.ACTIVE.value


def is_open(status: str | None) -> bool:
    """Return whether a tenant of this state can be read and written."""
    return status == _OPEN


def open_tenants(context: PushContext, target: Target, local: LocalCollection) -> None:
    """Delete tenants that are gone, make new ones, and open those that are to be written to."""
    cursor = context.cursor(local)
    gone = sorted(set(cursor.tenants) - set(local.tenants))
    if gone:
        target.remove_tenants(local.name, gone)
    new = sorted(set(local.tenants) - set(cursor.tenants))
    if new:
        there = target.tenants(local.name)
        missing = [Tenant(name=name) for name in new if name not in there]
        if missing:
            target.create_tenants(local.name, missing)
    with context.database.reading() as connection:
        record = context.record(connection, local)
        written = set() if record is None else outbox.touched_tenants(connection, record, cursor)
    # Those that are new here may be there already, in any state.
    asleep = [
        name
        for name in sorted(written & set(local.tenants))
        if name in new or not is_open(cursor.tenants[name])
    ]
    if asleep:
        _set(target, local, dict.fromkeys(asleep, _OPEN))
    if gone or new or asleep:
        kept = {name: state for name, state in cursor.tenants.items() if name not in gone}
        cursor.tenants = {**kept, **dict.fromkeys([*new, *asleep], _OPEN)}
        context.save()


def set_states(context: PushContext, target: Target, local: LocalCollection) -> None:
    """Give the server's tenants the states that ours have."""
    cursor = context.cursor(local)
    wrong = {
        name: status
        for name, status in local.tenants.items()
        if _there(cursor.tenants[name]) != _there(status)
    }
    if wrong:
        _set(target, local, wrong)
    if cursor.tenants != local.tenants:
        cursor.tenants = dict(local.tenants)
        context.save()


def _set(target: Target, local: LocalCollection, states: dict[str, str]) -> None:
    target.update_tenants(
        local.name,
        [Tenant(name=name, activity_status=_there(status)) for name, status in states.items()],
    )


def _there(status: str) -> TenantActivityStatus:
    """Return the state that the server's tenant gets.

    One that is offloaded here is only put to rest there: offloading needs a module of the server.
    """
    return TenantActivityStatus.ACTIVE if is_open(status) else TenantActivityStatus.INACTIVE
