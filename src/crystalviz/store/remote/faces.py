"""The parts of weaviate-client, call for call, with guards around every call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from crystalviz.store.remote.arguments import to_theirs
from crystalviz.store.remote.session import Session

# What an answer of a server says about how it was found.
FOUND_BY = "weaviate"


class Face:
    """One part of a client or of a collection of weaviate-client (`query`, `data`, ...).

    It has the attributes of that part. Arguments are ours or theirs; a call ends in
    time, and its errors are ours and theirs at once.

    Parameters
    ----------
    session : Session
        The server.
    sample : object
        The part, of a client that is not connected: for the names it has.
    part : callable
        Returns the part of the connected client.
    patient : bool
        Whether each request has a deadline of its own, instead of one for all of a call.
    """

    def __init__(
        self,
        session: Session,
        sample: Any,
        part: Callable[[Any], Any],
        patient: bool = False,
    ) -> None:
        self._session = session
        self._sample = sample
        self._part = part
        self._patient = patient

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._sample, name)
        if callable(found):
            return self._guarded(name, found)
        if type(found).__module__.startswith("weaviate."):
            part = self._part
            return Face(
                self._session,
                found,
                lambda client: getattr(part(client), name),
                self._patient,
            )
        return found

    def __dir__(self) -> list[str]:
        return sorted(name for name in dir(self._sample) if not name.startswith("_"))

    def __repr__(self) -> str:
        return f"<{type(self._sample).__name__.strip('_')} of {self._session.address.url}>"

    def _guarded(self, name: str, sample: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(sample)
        def call(*args: Any, **kwargs: Any) -> Any:
            given = [to_theirs(arg) for arg in args]
            named = {key: to_theirs(value) for key, value in kwargs.items()}
            answer = self._session.call(
                lambda client: getattr(self._part(client), name)(*given, **named),
                self._patient,
            )
            return self._answer(answer)

        return call

    def _answer(self, answer: Any) -> Any:
        return answer


class QueryFace(Face):
    """`collection.query` of a server: its answers say that the server found them."""

    def _answer(self, answer: Any) -> Any:
        if hasattr(answer, "objects"):
            answer.found_by = FOUND_BY
        return answer
