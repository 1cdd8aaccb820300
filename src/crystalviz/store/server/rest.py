"""Weaviate's REST interface as a table: method and path to the function that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crystalviz.store.client import Client
from crystalviz.store.collection import Collection
from crystalviz.store.errors import UnexpectedStatusCodeError
from crystalviz.store.server.access import collection_of

WITHOUT_STORE = ("/v1/meta", "/v1/.well-known/live")
"""What is answered without looking into the store."""


@dataclass(frozen=True)
class Call:
    """One call: the store, the parts of the path that vary, the query, the JSON body."""

    client: Client
    parts: tuple[str, ...]
    query: dict[str, str]
    body: Any

    @property
    def tenant(self) -> str | None:
        """The tenant that the query or the body names."""
        named = self.query.get("tenant")
        if not named and isinstance(self.body, dict):
            named = self.body.get("tenant")
        return named or None

    @property
    def mapping(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise UnexpectedStatusCodeError("the body must be a JSON object", 422)
        return self.body

    @property
    def sequence(self) -> list[Any]:
        """The body, which must be a JSON list."""
        if not isinstance(self.body, list):
            raise UnexpectedStatusCodeError("the body must be a JSON list", 422)
        return self.body

    def text(self, name: str) -> str:
        """Return a text of the body, which must have it."""
        value = self.mapping.get(name)
        if not isinstance(value, str):
            raise UnexpectedStatusCodeError(f"the body must have a text {name!r}", 422)
        return value

    def collection(self, name: str) -> Collection:
        """Return the collection, seen as the call's tenant sees it."""
        return collection_of(self.client, name, self.tenant)


@dataclass(frozen=True)
class Answer:
    """A status code and a JSON body, or no body."""

    status: int = 200
    body: Any = None

    @classmethod
    def refused(cls, status: int, message: str) -> Answer:
        """Return an error in the shape that Weaviate gives it."""
        return cls(status, {"error": [{"message": message}]})


Function = Callable[[Call], Answer]
Route = tuple[str, str, Function]
"""Method, path with `{}` for each part that varies, function."""


def _routes() -> list[tuple[str, re.Pattern[str], Function]]:
    from crystalviz.store.server import (
        rest_aliases,
        rest_backups,
        rest_objects,
        rest_references,
        rest_schema,
        rest_state,
        rest_tenants,
    )

    parts = (
        rest_state,
        rest_schema,
        rest_tenants,
        rest_aliases,
        rest_objects,
        rest_references,
        rest_backups,
    )
    written = [route for part in parts for route in part.ROUTES]
    return [
        (method, re.compile("/v1" + re.escape(path).replace(r"\{\}", "([^/]+)") + "/?"), function)
        for method, path, function in written
    ]


_COMPILED: list[tuple[str, re.Pattern[str], Function]] = []


def find_route(method: str, path: str) -> tuple[Function, tuple[str, ...]] | Answer:
    """Return the function for a path and the parts that vary, or the answer when there is none."""
    if not _COMPILED:
        _COMPILED.extend(_routes())
    allowed = False
    for known, pattern, function in _COMPILED:
        match = pattern.fullmatch(path)
        if match and known == method:
            return function, match.groups()
        allowed = allowed or bool(match)
    if allowed:
        return Answer.refused(405, f"{method} is not allowed on {path}")
    return Answer.refused(
        404, f"path {path} was not found: it is not in this Weaviate-compatible subset"
    )
