"""Errors of the store as REST status codes and gRPC codes."""

from __future__ import annotations

import grpc

from crystalviz.store.errors import (
    StoreLockedError,
    StoreWriteError,
    UnexpectedStatusCodeError,
    WeaviateBaseError,
    WeaviateConnectionError,
    WeaviateUnsupportedFeatureError,
)

_GRPC_BY_STATUS = {
    404: grpc.StatusCode.NOT_FOUND,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    500: grpc.StatusCode.INTERNAL,
    501: grpc.StatusCode.UNIMPLEMENTED,
    # Not UNAVAILABLE, which a client asks again and again for a minute.
    503: grpc.StatusCode.FAILED_PRECONDITION,
    507: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


def message_of(error: Exception) -> str:
    """Return what to tell the client."""
    if isinstance(error, UnexpectedStatusCodeError):
        # Without the status code, which the client adds itself.
        return str(error.error)
    if isinstance(error, WeaviateBaseError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def status_of(error: Exception) -> int:
    """Return the REST status that stands for an error."""
    if isinstance(error, UnexpectedStatusCodeError):
        return error.status_code
    if isinstance(error, WeaviateUnsupportedFeatureError):
        # Weaviate refuses a module that it does not have with this status.
        return 422
    if isinstance(error, StoreWriteError):
        return 507
    if isinstance(error, StoreLockedError):
        return 503
    if isinstance(error, WeaviateConnectionError):
        return 500
    return 422 if isinstance(error, WeaviateBaseError) else 500


def code_of(error: Exception) -> grpc.StatusCode:
    """Return the gRPC code that stands for an error."""
    if isinstance(error, WeaviateUnsupportedFeatureError):
        return grpc.StatusCode.UNIMPLEMENTED
    return _GRPC_BY_STATUS.get(status_of(error), grpc.StatusCode.INVALID_ARGUMENT)
