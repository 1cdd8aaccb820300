"""REST about the tenants of a collection."""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server.rest import Answer, Call, Route
from crystalviz.store.writing.tenants import Tenant


def _tenants(call: Call) -> Any:
    return call.client.collections.use(call.parts[0]).tenants


def _json(tenant: Any) -> dict[str, str]:
    return {"name": tenant.name, "activityStatus": tenant.activity_status.value}


def _read(given: Any) -> Tenant:
    try:
        status = given.get("activityStatus")
        return Tenant(given["name"], status) if status else Tenant(given["name"])
    except (AttributeError, KeyError, ValueError):
        raise UnexpectedStatusCodeError(f"not a tenant: {given!r}", 422) from None


def _list(call: Call) -> Answer:
    return Answer(body=[_json(one) for one in _tenants(call).get().values()])


def _get(call: Call) -> Answer:
    tenant = _tenants(call).get_by_name(call.parts[1])
    if tenant is None:
        raise UnexpectedStatusCodeError(f"{call.parts[0]}: no tenant {call.parts[1]!r}", 404)
    return Answer(body=_json(tenant))


def _exists(call: Call) -> Answer:
    return Answer(200 if _tenants(call).exists(call.parts[1]) else 404)


def _create(call: Call) -> Answer:
    _tenants(call).create([_read(one) for one in call.sequence])
    return Answer(body=call.body)


def _update(call: Call) -> Answer:
    _tenants(call).update([_read(one) for one in call.sequence])
    return Answer(body=call.body)


def _remove(call: Call) -> Answer:
    _tenants(call).remove(call.sequence)
    return Answer()


ROUTES: list[Route] = [
    ("GET", "/schema/{}/tenants", _list),
    ("POST", "/schema/{}/tenants", _create),
    ("PUT", "/schema/{}/tenants", _update),
    ("DELETE", "/schema/{}/tenants", _remove),
    ("GET", "/schema/{}/tenants/{}", _get),
    ("HEAD", "/schema/{}/tenants/{}", _exists),
]
