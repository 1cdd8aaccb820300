"""Errors of the store, with the names that weaviate-client gives them.

Code written against Weaviate catches errors by class; the same names here mean
that it catches ours too. They do not inherit from weaviate-client's classes,
since importing that package costs more than a second.
"""

from __future__ import annotations

from typing import Any


class WeaviateBaseError(Exception):
    """Any error of the store.

    Parameters
    ----------
    message : str
        What is wrong and what to do about it.
    """

    def __init__(self, message: str = "") -> None:
        self.message = message
        super().__init__(message)


class UnexpectedStatusCodeError(WeaviateBaseError):
    """A call on data or schema was refused.

    Parameters
    ----------
    message : str
        What was refused and why.
    status_code : int
        What Weaviate's REST interface answers in this case (404, 422, ...).
    """

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(f"{message} (status code {status_code})")
        self.status_code = status_code
        self.error = message


class InsufficientPermissionsError(UnexpectedStatusCodeError):
    """A server refused the call for want of rights (401, 403)."""


class ObjectAlreadyExistsError(WeaviateBaseError):
    """The object is there already."""


class SchemaValidationError(WeaviateBaseError):
    """A configuration is not valid."""


class BackupFailedError(WeaviateBaseError):
    """A backup could not be written or put back."""


class BackupCanceledError(WeaviateBaseError):
    """A backup was called off."""


class AuthenticationFailedError(WeaviateBaseError):
    """A server does not accept who is asking."""


class EmptyResponseError(WeaviateBaseError):
    """A server answered nothing where an answer was due."""


class WeaviateInvalidInputError(WeaviateBaseError):
    """An argument has the wrong type or value."""


class WeaviateInsertInvalidPropertyError(WeaviateBaseError):
    """`id` or `vector` was given as a property; both names are reserved."""

    def __init__(self, data: Any) -> None:
        super().__init__(
            "`id` and `vector` cannot be properties of an object: pass uuid= and vector=, or use "
            f"DataObject in insert_many. Refused: {sorted(map(str, data))}"
        )


class WeaviateInsertManyAllFailedError(WeaviateBaseError):
    """Every object of an `insert_many` was refused."""


class WeaviateQueryError(WeaviateBaseError):
    """A query could not be answered."""


class WeaviateBatchError(WeaviateQueryError):
    """A batch could not be stored."""


class WeaviateBatchSendError(WeaviateQueryError):
    """A part of a batch could not be sent to a server."""


class WeaviateBatchStreamError(WeaviateQueryError):
    """A stream of batches to a server broke."""


class WeaviateBatchValidationError(WeaviateBaseError):
    """An object of a batch is not valid."""


class WeaviateTenantGetError(WeaviateQueryError):
    """Tenants could not be read."""


class WeaviateDeleteManyError(WeaviateQueryError):
    """A `delete_many` could not be carried out."""


class WeaviateClosedClientError(WeaviateBaseError):
    """The client was closed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or "the client is closed: call client.connect(), or cz.connect(folder) anew"
        )


class WeaviateConnectionError(WeaviateBaseError):
    """The store cannot be opened or reached."""


class WeaviateStartUpError(WeaviateConnectionError):
    """A server answers, and cannot be used: too old, or not ready."""


class WeaviateGRPCUnavailableError(WeaviateConnectionError):
    """A server's REST interface answers, and its gRPC port does not."""


class WeaviateTimeoutError(WeaviateBaseError):
    """A server did not answer within the deadline."""


class WeaviateRetryError(WeaviateBaseError):
    """A server did not answer, however often it was asked."""


class WeaviateUnsupportedFeatureError(WeaviateBaseError):
    """The call needs a part of Weaviate that the embedded store does not have."""


class StoreFormatError(WeaviateConnectionError):
    """The folder holds something else than a store, or a store of a newer crystalviz."""


class StoreCorruptError(WeaviateConnectionError):
    """The store's file is damaged: a checksum or SQLite's own structure does not hold."""


class StoreLockedError(WeaviateConnectionError):
    """Another process is writing to the store."""


class StoreWriteError(WeaviateConnectionError):
    """The disk refused a write; nothing of the call was stored."""
