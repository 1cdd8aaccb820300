"""REST about backups: `/v1/backups`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server.rest import Answer, Call, Route
from crystalviz.store.server.wire import date_text


def _json(backend: str, backup: Any) -> dict[str, Any]:
    """Return what REST shows of a backup; what is not known of it is left out."""
    shown: dict[str, Any] = {"id": backup.backup_id, "backend": backend}
    for ours, theirs in (
        ("collections", "classes"),
        ("error", "error"),
        ("path", "path"),
        ("size", "size"),
        ("status", "status"),
        ("started_at", "startedAt"),
        ("completed_at", "completedAt"),
        ("incremental_base_backup_id", "incremental_base_backup_id"),
    ):
        value = getattr(backup, ours, None)
        if value is not None:
            shown[theirs] = date_text(value) if isinstance(value, datetime) else value
    return shown


def _chosen(call: Call) -> dict[str, Any]:
    """Return which collections the body names, and where the backup is."""
    body = call.mapping
    included, excluded = body.get("include") or None, body.get("exclude") or None
    if included and excluded:
        raise UnexpectedStatusCodeError("give include or exclude, not both", 422)
    return {
        "include_collections": included,
        "exclude_collections": excluded,
        "backup_location": (body.get("config") or {}).get("path"),
    }


def _create(call: Call) -> Answer:
    (backend,) = call.parts
    begun = call.client.backup.create(
        call.text("id"),
        backend,
        incremental_base_backup_id=call.mapping.get("incremental_base_backup_id"),
        **_chosen(call),
    )
    return Answer(body=_json(backend, begun))


def _create_status(call: Call) -> Answer:
    backend, name = call.parts
    found = call.client.backup.get_create_status(name, backend, call.query.get("path"))
    return Answer(body=_json(backend, found))


def _restore(call: Call) -> Answer:
    backend, name = call.parts
    begun = call.client.backup.restore(
        name,
        backend,
        overwrite_alias=bool(call.mapping.get("overwriteAlias")),
        **_chosen(call),
    )
    return Answer(body=_json(backend, begun))


def _restore_status(call: Call) -> Answer:
    backend, name = call.parts
    found = call.client.backup.get_restore_status(name, backend, call.query.get("path"))
    return Answer(body=_json(backend, found))


def _list(call: Call) -> Answer:
    (backend,) = call.parts
    ascending = call.query.get("order") == "asc" or None
    found = call.client.backup.list_backups(backend, ascending)
    return Answer(body=[_json(backend, one) for one in found])


def _cancel(call: Call, operation: str) -> Answer:
    backend, name = call.parts
    backup = call.client.backup
    if backup.cancel(name, backend, call.query.get("path"), operation):
        return Answer(204)
    raise UnexpectedStatusCodeError(f"no {operation} of backup {name!r} is under way", 404)


def _cancel_create(call: Call) -> Answer:
    return _cancel(call, "create")


def _cancel_restore(call: Call) -> Answer:
    return _cancel(call, "restore")


ROUTES: list[Route] = [
    ("GET", "/backups/{}", _list),
    ("POST", "/backups/{}", _create),
    ("GET", "/backups/{}/{}", _create_status),
    ("DELETE", "/backups/{}/{}", _cancel_create),
    ("POST", "/backups/{}/{}/restore", _restore),
    ("GET", "/backups/{}/{}/restore", _restore_status),
    ("DELETE", "/backups/{}/{}/restore", _cancel_restore),
]
