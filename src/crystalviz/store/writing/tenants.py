"""Tenants: the parts of a collection that know nothing of one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from crystalviz.store.context import CollectionContext
from crystalviz.store.errors import UnexpectedStatusCodeError, WeaviateInvalidInputError
from crystalviz.store.schema.names import is_tenant_name
from crystalviz.store.storage import CollectionRecord
from crystalviz.store.writing.tenant_rows import (
    ACTIVE,
    INACTIVE,
    OFFLOADED,
    add_tenants,
    list_tenants,
    remove_tenants,
    set_statuses,
    tenant_status,
)

# The names that Weaviate had before, and has on its wire still.
_OLDER = {"HOT": ACTIVE, "COLD": INACTIVE, "FROZEN": OFFLOADED}


class TenantActivityStatus(StrEnum):
    """Whether a tenant can be used.

    ACTIVE: it can. INACTIVE, OFFLOADED: not until it is activated; its objects are kept, in the
    same file. The others are states on the way, which the embedded store is never in, and older
    names of the first three.
    """

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    OFFLOADED = "OFFLOADED"
    OFFLOADING = "OFFLOADING"
    ONLOADING = "ONLOADING"
    HOT = "HOT"
    COLD = "COLD"
    FROZEN = "FROZEN"


@dataclass
class Tenant:
    """A tenant: its name, and whether it can be used.

    Parameters
    ----------
    name : str
        1 to 64 letters, digits, `-` and `_`.
    activity_status : TenantActivityStatus
        ACTIVE where nothing is said.
    """

    name: str
    activity_status: TenantActivityStatus = TenantActivityStatus.ACTIVE

    def __post_init__(self) -> None:
        status = str(self.activity_status)
        self.activity_status = TenantActivityStatus(_OLDER.get(status, status))


class Tenants:
    """`collection.tenants`.

    Parameters
    ----------
    context : CollectionContext
        The collection.
    """

    def __init__(self, context: CollectionContext) -> None:
        self._context = context

    def create(self, tenants: Any) -> None:
        """Add tenants; those that are there stay as they are.

        Parameters
        ----------
        tenants : str or Tenant, or list of them
            Ours or weaviate-client's, ACTIVE or INACTIVE.

        Raises
        ------
        WeaviateInvalidInputError
            For another status.
        UnexpectedStatusCodeError
            422 for a name that is not valid or comes twice, or a collection without tenants;
            404 without the collection.
        """
        wanted = _statuses(tenants, (ACTIVE, INACTIVE))
        with self._context.database.writing() as connection:
            record = self._with_tenants(self._context.collection(connection))
            bad = [name for name in wanted if not is_tenant_name(name)]
            if bad:
                raise UnexpectedStatusCodeError(
                    f"{record.config.name}: {bad[0]!r} cannot name a tenant: 1 to 64 letters, "
                    "digits, - and _",
                    422,
                )
            add_tenants(connection, record.id, wanted)

    def remove(self, tenants: Any) -> None:
        """Delete tenants with their objects; one that is not there is no error.

        Parameters
        ----------
        tenants : str or Tenant, or list of them
            Ours or weaviate-client's.
        """
        names = [_name(one) for one in _several(tenants)]
        with self._context.database.writing() as connection:
            record = self._with_tenants(self._context.collection(connection))
            remove_tenants(connection, record, names)

    def get(self) -> dict[str, Tenant]:
        """Return all tenants by name.

        Raises
        ------
        UnexpectedStatusCodeError
            404 without the collection, 422 where it has no tenants.
        """
        with self._context.database.reading() as connection:
            record = self._with_tenants(self._context.collection(connection))
            found = list_tenants(connection, record.id)
        return {name: Tenant(name, TenantActivityStatus(found[name])) for name in found}

    def get_by_names(self, tenants: Sequence[Any]) -> dict[str, Tenant]:
        """Return those of the tenants that are there; all of them where none is named."""
        names = {_name(one) for one in tenants}
        return {name: one for name, one in self.get().items() if not names or name in names}

    def get_by_name(self, tenant: Any) -> Tenant | None:
        """Return a tenant, or None."""
        name = _name(tenant)
        with self._context.database.reading() as connection:
            record = self._with_tenants(self._context.collection(connection))
            status = tenant_status(connection, record.id, name)
        return None if status is None else Tenant(name, TenantActivityStatus(status))

    def exists(self, tenant: Any) -> bool:
        """Return whether there is such a tenant."""
        return self.get_by_name(tenant) is not None

    def update(self, tenants: Any) -> None:
        """Change the status of tenants.

        Parameters
        ----------
        tenants : Tenant, or list of them
            Ours or weaviate-client's, ACTIVE, INACTIVE or OFFLOADED.

        Raises
        ------
        WeaviateInvalidInputError
            For another status.
        UnexpectedStatusCodeError
            422 for a tenant that is not there, or a collection without tenants.
        """
        self._update(_statuses(tenants, (ACTIVE, INACTIVE, OFFLOADED)))

    def activate(self, tenant: Any) -> None:
        """Let tenants be used."""
        self._set(tenant, ACTIVE)

    def deactivate(self, tenant: Any) -> None:
        """Put tenants to sleep; their objects are kept."""
        self._set(tenant, INACTIVE)

    def offload(self, tenant: Any) -> None:
        """Put tenants to sleep as a server with cloud storage does; here nothing is moved."""
        self._set(tenant, OFFLOADED)

    def _set(self, tenants: Any, status: str) -> None:
        self._update({_name(one): status for one in _several(tenants)})

    def _update(self, wanted: Mapping[str, str]) -> None:
        with self._context.database.writing() as connection:
            record = self._with_tenants(self._context.collection(connection))
            known = list_tenants(connection, record.id)
            missing = sorted(set(wanted) - set(known))
            if missing:
                raise UnexpectedStatusCodeError(
                    f"{record.config.name}: tenant not found: {', '.join(missing)}", 422
                )
            set_statuses(connection, record.id, wanted)

    def _with_tenants(self, record: CollectionRecord) -> CollectionRecord:
        if not record.config.multi_tenancy_config.enabled:
            raise UnexpectedStatusCodeError(
                f"multi-tenancy is not enabled for class {record.config.name}: create it with "
                "multi_tenancy_config=Configure.multi_tenancy()",
                422,
            )
        return record


def _several(given: Any) -> Sequence[Any]:
    return [given] if isinstance(given, str) or hasattr(given, "name") else list(given)


def _name(given: Any) -> str:
    name = given if isinstance(given, str) else getattr(given, "name", None)
    if not isinstance(name, str):
        raise WeaviateInvalidInputError(f"not a tenant: {given!r}. Give its name, or a Tenant")
    return name


def tenant_name(given: Any) -> str:
    """Return the name of a tenant given as text or as a `Tenant`; "" for None."""
    return "" if given is None else _name(given)


def _statuses(given: Any, allowed: Sequence[str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for one in _several(given):
        name = _name(one)
        status = getattr(one, "activity_status", None) or ACTIVE
        text = str(status.value if isinstance(status, Enum) else status)
        text = _OLDER.get(text, text)
        if text not in allowed:
            raise WeaviateInvalidInputError(
                f"tenant {name!r}: the status can be set to {', '.join(allowed)}, not to {text}"
            )
        if name in wanted:
            raise UnexpectedStatusCodeError(f"the tenant {name!r} is given twice", 422)
        wanted[name] = text
    return wanted
