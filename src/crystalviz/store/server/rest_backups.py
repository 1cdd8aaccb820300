"""REST about backups: `/v1/backups`."""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server.rest import Answer, Call, Route


def _json(backup: Any, **more: Any) -> dict[str, Any]:
    shown = {
        "id": backup.backup_id,
        "backend": getattr(backup, "backend", None),
        "path": backup.path,
        "status": str(getattr(backup.status, "value", backup.status)),
        "error": backup.error,
        **more,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _chosen(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "include_collections": body.get("include") or None,
        "exclude_collections": body.get("exclude") or None,
    }


def _create(call: Call) -> Answer:
    (backend,) = call.parts
    done = call.client.backup.create(
        backup_id=call.text("id"),
        backend=backend,
        wait_for_completion=True,
        **_chosen(call.mapping),
    )
    return Answer(body=_json(done, classes=list(done.collections)))


def _create_status(call: Call) -> Answer:
    backend, name = call.parts
    return Answer(body=_json(call.client.backup.get_create_status(name, backend)))


def _restore(call: Call) -> Answer:
    backend, name = call.parts
    done = call.client.backup.restore(
        backup_id=name, backend=backend, wait_for_completion=True, **_chosen(call.mapping)
    )
    return Answer(body=_json(done, classes=list(done.collections)))


def _restore_status(call: Call) -> Answer:
    backend, name = call.parts
    return Answer(body=_json(call.client.backup.get_restore_status(name, backend)))


def _list(call: Call) -> Answer:
    (backend,) = call.parts
    found = call.client.backup.list_backups(backend)
    return Answer(body=[_json(one, classes=list(one.collections)) for one in found])


def _cancel(call: Call) -> Answer:
    backend, name = call.parts[:2]
    if call.client.backup.cancel(name, backend):
        return Answer(204)
    raise UnexpectedStatusCodeError(f"no backup {name!r} is being written", 404)


ROUTES: list[Route] = [
    ("GET", "/backups/{}", _list),
    ("POST", "/backups/{}", _create),
    ("GET", "/backups/{}/{}", _create_status),
    ("DELETE", "/backups/{}/{}", _cancel),
    ("POST", "/backups/{}/{}/restore", _restore),
    ("GET", "/backups/{}/{}/restore", _restore_status),
    ("DELETE", "/backups/{}/{}/restore", _cancel),
]
