"""Names of collections, properties, vectors, tenants: Weaviate's rules.

`entities/schema/validation.go` of the server has the patterns.
"""

from __future__ import annotations

import re
from typing import Any

from crystalviz.store.errors import (
    WeaviateInsertInvalidPropertyError,
    WeaviateInvalidInputError,
)

_COLLECTION_NAME = re.compile(r"[A-Z][_0-9A-Za-z]{0,254}\Z")
_PROPERTY_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,230}\Z")
_NESTED_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")
_VECTOR_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,229}\Z")
_TENANT_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}\Z")
_RESERVED = {"_additional", "_id"}


def capitalized(name: str) -> str:
    """Return a collection's name with its first letter in upper case."""
    return name[:1].upper() + name[1:]


def collection_name(name: Any) -> str:
    """Return the collection's name with its first letter in upper case.

    Raises
    ------
    WeaviateInvalidInputError
        When Weaviate would refuse the name.
    """
    if not isinstance(name, str) or not name:
        raise WeaviateInvalidInputError(f"a collection's name must be text, not {name!r}")
    named = capitalized(name)
    if not _COLLECTION_NAME.match(named):
        raise WeaviateInvalidInputError(
            f"{name!r} cannot name a collection: a letter first, then letters, digits and _, "
            "at most 255"
        )
    return named


def property_name(name: Any) -> str:
    """Return the property's name with its first letter in lower case, or refuse it."""
    if not isinstance(name, str) or not name:
        raise WeaviateInvalidInputError(f"a property's name must be text, not {name!r}")
    if name in ("id", "vector"):
        raise WeaviateInsertInvalidPropertyError([name])
    named = name[0].lower() + name[1:]
    if named in _RESERVED or not _PROPERTY_NAME.match(named):
        raise WeaviateInvalidInputError(
            f"{name!r} cannot name a property: letters, digits and _, no digit first, "
            f"and none of {', '.join(sorted(_RESERVED))}, id, vector"
        )
    return named


def is_nested_name(name: Any) -> bool:
    """Return whether a property inside an object may be called so."""
    return isinstance(name, str) and bool(_NESTED_NAME.match(name))


def is_vector_name(name: Any) -> bool:
    """Return whether a vector may be called so."""
    return isinstance(name, str) and bool(_VECTOR_NAME.match(name))


def is_tenant_name(name: Any) -> bool:
    """Return whether a tenant may be called so: 1 to 64 letters, digits, `-` and `_`."""
    return isinstance(name, str) and bool(_TENANT_NAME.match(name))
