"""Errors of the remote face are ours and weaviate-client's at once."""

from __future__ import annotations

import httpx
import pytest
from weaviate import exceptions as theirs

from crystalviz.store import errors as ours
from crystalviz.store.remote.raised import raised, translated

SHARED = [
    kind
    for name, kind in vars(ours).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and hasattr(theirs, name)
]


def test_there_are_shared_names() -> None:
    assert len(SHARED) > 15


@pytest.mark.parametrize("kind", SHARED)
def test_raised_under_both_names(kind: type[ours.WeaviateBaseError]) -> None:
    error = raised(kind, "what and why")
    assert type(error).__name__ == kind.__name__
    assert isinstance(error, kind)
    assert isinstance(error, getattr(theirs, kind.__name__))
    assert isinstance(error, theirs.WeaviateBaseError)
    assert (str(error), error.message) == ("what and why", "what and why")


@pytest.mark.parametrize("kind", SHARED)
def test_the_same_class_every_time(kind: type[ours.WeaviateBaseError]) -> None:
    assert type(raised(kind, "a")) is type(raised(kind, "b"))


def test_status_codes_are_kept() -> None:
    given = theirs.UnexpectedStatusCodeError("Not added", httpx.Response(422, json={"error": "x"}))
    error = translated(given)
    assert isinstance(error, ours.UnexpectedStatusCodeError)
    assert isinstance(error, theirs.UnexpectedStatusCodeError)
    assert (error.status_code, error.error) == (422, {"error": "x"})
    assert str(error) == str(given)


def test_subclasses_keep_their_place() -> None:
    error = translated(theirs.WeaviateDeleteManyError("no"))
    assert isinstance(error, ours.WeaviateDeleteManyError)
    assert isinstance(error, ours.WeaviateQueryError)
    assert isinstance(error, theirs.WeaviateDeleteManyError)
    # With them it is no connection error, with us it is: both hold.
    error = raised(ours.WeaviateGRPCUnavailableError, "no")
    assert isinstance(error, ours.WeaviateConnectionError)
    assert isinstance(error, theirs.WeaviateConnectionError)


def test_a_class_that_only_they_have() -> None:
    given = theirs.MissingScopeError("no scope")
    error = translated(given)
    assert isinstance(error, theirs.MissingScopeError)
    assert isinstance(error, ours.WeaviateBaseError)
    assert (type(error).__name__, str(error)) == ("MissingScopeError", "no scope")


def test_classes_have_the_place_among_ours_that_they_have_among_theirs() -> None:
    for kind in SHARED:
        same = getattr(theirs, kind.__name__)
        for above in same.__mro__[1:]:
            if hasattr(ours, above.__name__):
                assert issubclass(kind, getattr(ours, above.__name__)), kind
