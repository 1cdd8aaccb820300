"""Errors of the remote face: instances of our class and of weaviate-client's of the same name."""

from __future__ import annotations

from functools import cache
from typing import Any

from weaviate import exceptions as theirs

from crystalviz.store import errors as ours


def raised(kind: type[ours.WeaviateBaseError], message: str) -> ours.WeaviateBaseError:
    """Return an error of ours with a message, which their `except` catches too."""
    return _made(_both(kind), message, {})


def translated(error: theirs.WeaviateBaseError) -> ours.WeaviateBaseError:
    """Return an error of weaviate-client as one that our `except` catches too."""
    for kind in type(error).__mro__:
        ours_kind = getattr(ours, kind.__name__, None)
        if isinstance(ours_kind, type) and issubclass(ours_kind, ours.WeaviateBaseError):
            break
    else:
        ours_kind = ours.WeaviateBaseError
    return _made(_both(ours_kind, type(error)), str(error), vars(error))


def _made(
    kind: type[ours.WeaviateBaseError], message: str, state: dict[str, Any]
) -> ours.WeaviateBaseError:
    # The classes' own ways of making them differ; what they keep is taken over instead.
    error = kind.__new__(kind, message)
    error.args = (message,)
    error.message = message
    error.__dict__.update(state)
    return error


def _both(
    ours_kind: type[ours.WeaviateBaseError], theirs_kind: type | None = None
) -> type[ours.WeaviateBaseError]:
    """Return a class below one of ours and those of theirs with the names it answers to."""
    bases: list[type] = [] if theirs_kind is None else [theirs_kind]
    for kind in ours_kind.__mro__:
        same = getattr(theirs, kind.__name__, None)
        if isinstance(same, type) and not any(issubclass(base, same) for base in bases):
            bases.append(same)
    name = ours_kind.__name__ if theirs_kind is None else theirs_kind.__name__
    return _class(name, (ours_kind, *bases), ours_kind.__doc__)


@cache
def _class(name: str, bases: tuple[Any, ...], doc: str | None) -> type[ours.WeaviateBaseError]:
    return type(name, bases, {"__module__": __name__, "__doc__": doc})
