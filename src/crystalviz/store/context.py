"""What the parts of one collection share: the database, its name, its tenant, what is kept."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass, replace

from crystalviz.store import storage
from crystalviz.store.aliases import alias_target
from crystalviz.store.errors import (
    UnexpectedStatusCodeError,
    WeaviateConnectionError,
    WeaviateQueryError,
)
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.storage.caches import Cache
from crystalviz.store.storage.database import Database
from crystalviz.store.writing.tenant_rows import (
    ACTIVE,
    INACTIVE,
    add_tenants,
    set_statuses,
    tenant_status,
)


class TenantRefusedError(Exception):
    """The tenant cannot be used; the message says why. Callers turn it into their own error."""


@dataclass
class CollectionContext:
    """One collection of one client; `tenant` is "" where none was named."""

    database: Database
    cache: Cache
    name: str
    tenant: str = ""

    def collection(self, connection: sqlite3.Connection) -> CollectionRecord:
        """Return the collection whatever its tenants are, by its name or an alias.

        Raises
        ------
        UnexpectedStatusCodeError
            With status 404, when there is no such collection.
        """
        record = self._find(connection)
        if record is None:
            raise UnexpectedStatusCodeError(self._missing(), 404)
        return record

    def record(self, connection: sqlite3.Connection) -> CollectionRecord:
        """Return the collection, or its tenant, to read objects of.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when there is no such collection; 422 when there is no such tenant, it sleeps,
            or one is named where there are none, or none where there are.
        """
        try:
            return self._of_tenant(connection, self.collection(connection))
        except TenantRefusedError as error:
            raise UnexpectedStatusCodeError(str(error), 422) from None

    def record_to_query(self, connection: sqlite3.Connection) -> CollectionRecord:
        """Return the collection, or its tenant, for a query.

        Raises
        ------
        WeaviateQueryError
            When there is no such collection or tenant, or the tenant sleeps.
        """
        record = self._find(connection)
        if record is None:
            raise WeaviateQueryError(self._missing())
        try:
            return self._of_tenant(connection, record)
        except TenantRefusedError as error:
            raise WeaviateQueryError(str(error)) from None

    def record_to_write(
        self, connection: sqlite3.Connection, tenant: str | None = None
    ) -> CollectionRecord:
        """Return the collection, or its tenant, to write objects of, in a writing transaction.

        A tenant that is not there is made, and one that sleeps is woken, where the collection
        is configured so.

        Parameters
        ----------
        tenant : str, optional
            Another than the context's.

        Raises
        ------
        TenantRefusedError
            As `record` refuses; the caller names the error.
        UnexpectedStatusCodeError
            404 when there is no such collection.
        """
        record = self.collection(connection)
        name = self.tenant if tenant is None else tenant
        self._check_tenancy(record, name)
        if (name or record.config.name) in record.config.read_only:
            raise TenantRefusedError(
                f"shard {name or record.config.name!r} is read-only: collection.config."
                "update_shards('READY') lets it be written again"
            )
        if not name:
            return record
        status = tenant_status(connection, record.id, name)
        tenancy = record.config.multi_tenancy_config
        if status is None and tenancy.auto_tenant_creation:
            add_tenants(connection, record.id, {name: ACTIVE})
        elif status != ACTIVE and status is not None and tenancy.auto_tenant_activation:
            set_statuses(connection, record.id, {name: ACTIVE})
        else:
            self._check_status(record, name, status)
        return replace(record, tenant=name)

    def _find(self, connection: sqlite3.Connection) -> CollectionRecord | None:
        found = storage.find_collection(connection, self.name)
        if found is None:
            target = alias_target(connection, self.name)
            if target is not None:
                found = storage.find_collection(connection, target)
        return found

    def _of_tenant(
        self, connection: sqlite3.Connection, record: CollectionRecord
    ) -> CollectionRecord:
        self._check_tenancy(record, self.tenant)
        if not self.tenant:
            return record
        status = tenant_status(connection, record.id, self.tenant)
        waking = record.config.multi_tenancy_config.auto_tenant_activation
        if status == INACTIVE and waking:
            self._wake(record)
        else:
            self._check_status(record, self.tenant, status)
        return replace(record, tenant=self.tenant)

    def _wake(self, record: CollectionRecord) -> None:
        # Who only reads may read; that the tenant is awake is then for a writer to note.
        with suppress(WeaviateConnectionError), self.database.writing() as connection:
            set_statuses(connection, record.id, {self.tenant: ACTIVE})

    def _check_tenancy(self, record: CollectionRecord, tenant: str) -> None:
        enabled = record.config.multi_tenancy_config.enabled
        if enabled and not tenant:
            raise TenantRefusedError(
                # Word for word the server's, which the client's own tests compare.
                f"class {record.config.name} has multi-tenancy enabled, but request was without "
                "tenant"
            )
        if tenant and not enabled:
            raise TenantRefusedError(
                f"class {record.config.name} has multi-tenancy disabled, but request was with "
                f"tenant {tenant!r}"
            )

    def _check_status(self, record: CollectionRecord, tenant: str, status: str | None) -> None:
        if status is None:
            raise TenantRefusedError(
                f"{record.config.name}: tenant not found: {tenant!r}. Make it with "
                "collection.tenants.create()"
            )
        if status != ACTIVE:
            raise TenantRefusedError(
                f"{record.config.name}: tenant not active: {tenant!r} is {status}. Wake it with "
                "collection.tenants.activate()"
            )

    def _missing(self) -> str:
        return (
            f"{self.database.folder}: no collection {self.name!r}. Make it with "
            "client.collections.create(); client.collections.list_all() names those there are"
        )
