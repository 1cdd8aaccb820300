"""UUIDs: the identity of an object."""

from __future__ import annotations

import uuid as uuid_module
from typing import Any
from uuid import UUID

from crystalviz.store.errors import WeaviateInvalidInputError


def generate_uuid5(identifier: Any, namespace: Any = "") -> str:
    """Return the UUID that weaviate-client's function of the same name gives.

    Parameters
    ----------
    identifier : Any
        What the object is known by, for instance its image id; taken as text.
    namespace : Any
        Put before the identifier.

    Returns
    -------
    str
        Version 5 UUID of `namespace + identifier` in the DNS namespace (RFC 9562, section 5.5).
    """
    return str(uuid_module.uuid5(uuid_module.NAMESPACE_DNS, str(namespace) + str(identifier)))


def parse_uuid(value: Any) -> UUID:
    """Return `value` as a UUID.

    Raises
    ------
    WeaviateInvalidInputError
        When it is neither a UUID nor the text of one.
    """
    if isinstance(value, UUID):
        return value
    # A Weaviate reference is a URL whose last part is the UUID.
    if isinstance(value, str):
        try:
            return UUID(value.rsplit("/", 1)[-1])
        except ValueError:
            pass
    raise WeaviateInvalidInputError(
        f"not a valid uuid: {value!r}. Give a uuid.UUID or its text, "
        "for instance generate_uuid5(image_id)"
    )
