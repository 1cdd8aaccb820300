"""REST about other names of collections: `/v1/aliases`."""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server.rest import Answer, Call, Route


def _json(alias: Any) -> dict[str, str]:
    return {"alias": alias.alias, "class": alias.collection}


def _list(call: Call) -> Answer:
    found = call.client.alias.list_all(collection=call.query.get("class"))
    return Answer(body={"aliases": [_json(one) for one in found.values()]})


def _get(call: Call) -> Answer:
    alias = call.client.alias.get(alias_name=call.parts[0])
    if alias is None:
        raise UnexpectedStatusCodeError(f"no alias {call.parts[0]!r}", 404)
    return Answer(body=_json(alias))


def _create(call: Call) -> Answer:
    call.client.alias.create(alias_name=call.text("alias"), target_collection=call.text("class"))
    return Answer(body=call.body)


def _update(call: Call) -> Answer:
    name, target = call.parts[0], call.text("class")
    if not call.client.alias.update(alias_name=name, new_target_collection=target):
        raise UnexpectedStatusCodeError(f"no alias {name!r}", 404)
    return Answer(body={"alias": name, "class": target})


def _delete(call: Call) -> Answer:
    return Answer(204 if call.client.alias.delete(alias_name=call.parts[0]) else 404)


ROUTES: list[Route] = [
    ("GET", "/aliases", _list),
    ("POST", "/aliases", _create),
    ("GET", "/aliases/{}", _get),
    ("PUT", "/aliases/{}", _update),
    ("DELETE", "/aliases/{}", _delete),
]
