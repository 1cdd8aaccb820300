"""REST about cross-references of objects, one by one and in batches."""

from __future__ import annotations

from typing import Any

from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server.access import add_references
from crystalviz.store.server.rest import Answer, Call, Route
from crystalviz.store.writing.batch_results import BatchReference
from crystalviz.store.writing.references import BEACON


def _add(call: Call) -> Answer:
    name, uuid, prop = call.parts
    call.collection(name).data.reference_add(uuid, prop, call.mapping)
    return Answer()


def _replace(call: Call) -> Answer:
    name, uuid, prop = call.parts
    call.collection(name).data.reference_replace(uuid, prop, call.sequence)
    return Answer()


def _delete(call: Call) -> Answer:
    name, uuid, prop = call.parts
    call.collection(name).data.reference_delete(uuid, prop, call.mapping)
    return Answer(204)


def _add_many(call: Call) -> Answer:
    given = call.sequence
    errors: dict[int, str] = {}
    references = []
    for index, one in enumerate(given):
        try:
            references.append(_read(one, index))
        except UnexpectedStatusCodeError as error:
            errors[index] = error.error
    errors |= add_references(call.client, references)
    return Answer(body=[_outcome(one, errors.get(index)) for index, one in enumerate(given)])


def _read(given: Any, index: int) -> BatchReference:
    source = _parts(given, "from")
    target = _parts(given, "to")
    if len(source) != 3 or len(target) not in (1, 2):
        raise UnexpectedStatusCodeError(
            f"not a reference: {given!r}. `from` is {BEACON}<collection>/<uuid>/<property>, `to` "
            f"is {BEACON}<collection>/<uuid>",
            422,
        )
    name, uuid, prop = source
    collection = target[0] if len(target) == 2 else None
    return BatchReference(name, uuid, prop, target[-1], collection, given.get("tenant"), index)


def _parts(given: Any, name: str) -> list[str]:
    beacon = given.get(name) if isinstance(given, dict) else None
    return beacon.removeprefix(BEACON).split("/") if isinstance(beacon, str) else []


def _outcome(given: Any, error: str | None) -> dict[str, Any]:
    if error is None:
        return {**given, "result": {"status": "SUCCESS"}}
    shown = given if isinstance(given, dict) else {}
    errors = {"error": [{"message": error}]}
    return {**shown, "result": {"status": "FAILED", "errors": errors}}


ROUTES: list[Route] = [
    ("POST", "/objects/{}/{}/references/{}", _add),
    ("PUT", "/objects/{}/{}/references/{}", _replace),
    ("DELETE", "/objects/{}/{}/references/{}", _delete),
    ("POST", "/batch/references", _add_many),
]
