"""Collections copied between a store folder and a running Weaviate, in either direction.

Schema, objects, vectors, tenants and references are copied by uuid, page by page. How far a copy
is stands in a file of the store folder, so that an interrupted one goes on where it stopped;
nothing is doubled, since what is there already is overwritten by its uuid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tqdm.auto import tqdm

from crystalviz._wording import counted
from crystalviz.store import classes
from crystalviz.store.errors import WeaviateBaseError, WeaviateInvalidInputError
from crystalviz.store.files.object_rows import read_objects, references_of
from crystalviz.store.files.opening import opened_client
from crystalviz.store.files.portable_schema import PortableSchema
from crystalviz.store.files.transfer_state import TransferState

_PAGE = 500
# Seconds: a page of long vectors takes a slow network longer than a question may take.
_DEADLINE = 60.0
_ACTIVE = ("ACTIVE", "HOT")
_MOST_WHOLE = 2**53


class TransferError(WeaviateBaseError):
    """A copy could not go on; what was copied stays, and the same call goes on from there."""


@dataclass(repr=False)
class Transfer:
    """What a copy brought over.

    Attributes
    ----------
    objects : dict of str to int
        By collection, how many objects this call wrote.
    resumed : bool
        Whether it went on from where an interrupted one had stopped.
    notes : list of str
        What was left out, and why.
    """

    objects: dict[str, int] = field(default_factory=dict)
    resumed: bool = False
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [f"{name}: {counted(n, 'object')} copied" for name, n in self.objects.items()]
        if self.resumed:
            lines.append("went on where an interrupted copy had stopped")
        return "\n".join([*lines, *self.notes]) or "there are no collections to copy"


def import_weaviate(
    url_or_client: Any,
    folder_or_client: Any,
    collections: str | Sequence[str] | None = None,
    *,
    progress: bool = True,
    **server: Any,
) -> Transfer:
    """Copy collections of a running Weaviate into a store folder.

    Collections that are not in the store are made with the same schema: properties, named
    vectors, distances, tenants, references. What computes vectors on the server is left out, and
    `notes` says so; the vectors themselves come along. Objects that the store has beside them
    stay.

    Parameters
    ----------
    url_or_client : str or client
        "http://host:8080", or what `cz.connect(url, ...)` returns where it needs more than that.
    folder_or_client : path or Client
        The store; a folder is made where it is missing.
    collections : str or sequence of str, optional
        All where nothing is said.
    progress : bool
        Show a progress bar for each collection.
    **server
        How to speak to the server, as for `connect`: grpc_port, api_key, deadline (here 60 s for
        each page), ...

    Raises
    ------
    TransferError
        When the source or the target fails on the way.
    WeaviateInvalidInputError
        When there is no such collection.
    """
    with (
        opened_client(url_or_client, **server) as source,
        opened_client(folder_or_client) as target,
    ):
        state = TransferState(target.folder, f"from {_address(source)}")
        return _Copy(source, target, state, progress).run(collections)


def export_weaviate(
    folder_or_client: Any,
    url_or_client: Any,
    collections: str | Sequence[str] | None = None,
    *,
    progress: bool = True,
    **server: Any,
) -> Transfer:
    """Copy collections of a store into a running Weaviate; see `import_weaviate`.

    Parameters
    ----------
    folder_or_client : path or Client
    url_or_client : str or client
    collections, progress, **server
        As for `import_weaviate`.
    """
    server.setdefault("deadline", _DEADLINE)
    with (
        opened_client(folder_or_client, read_only=True) as source,
        opened_client(url_or_client, **server) as target,
    ):
        state = TransferState(source.folder, f"to {_address(target)}")
        return _Copy(source, target, state, progress).run(collections)


def _address(client: Any) -> str:
    """Return which server this is, as far as the client says it."""
    place = getattr(client, "address", None) or getattr(client, "folder", None)
    return str(getattr(place, "url", place or type(client).__name__))


class _Copy:
    """One copy from client to client."""

    def __init__(self, source: Any, target: Any, state: TransferState, progress: bool) -> None:
        self._source = source
        self._target = target
        self._state = state
        self._progress = progress
        self._report = Transfer(resumed=state.resumed)

    def run(self, wanted: str | Sequence[str] | None) -> Transfer:
        names = self._names(wanted)
        schemas = {name: PortableSchema.of(self._source.collections.use(name)) for name in names}
        for name, schema in schemas.items():
            self._make(name, schema)
        # Only when all are there: references may lead from any to any.
        for name, schema in schemas.items():
            self._make_references(name, schema)
        for name, schema in schemas.items():
            self._report.objects[name] = 0
            for source, target, tenant in self._parts(name, schema):
                self._copy_objects(name, schema, source, target, tenant)
        # Only when all objects are there, for the same reason.
        for name, schema in schemas.items():
            if schema.references:
                for source, target, tenant in self._parts(name, schema):
                    self._copy_references(name, schema, source, target, tenant)
        self._state.finish()
        return self._report

    def _names(self, wanted: str | Sequence[str] | None) -> list[str]:
        there = sorted(self._source.collections.list_all())
        if wanted is None:
            return there
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        for name in names:
            if name not in there:
                raise WeaviateInvalidInputError(
                    f"there is no collection {name!r}; there is {', '.join(there) or 'none'}"
                )
        return names

    # -- schema ------------------------------------------------------------------

    def _make(self, name: str, schema: PortableSchema) -> None:
        if schema.vectorizers():
            self._report.notes.append(
                f"{name}: {', '.join(schema.vectorizers())} left out: bring your own vectors "
                "when you add objects"
            )
        if self._target.collections.exists(name):
            self._require_fit(name, schema)
            return
        # An interrupted copy may have filled one that was deleted since.
        self._state.forget(name)
        self._target.collections.create_from_dict(
            schema.without(vectorizers=True, references=True).raw
        )

    def _require_fit(self, name: str, schema: PortableSchema) -> None:
        """Refuse a collection of the same name and another kind, before anything is copied."""
        there = PortableSchema.of(self._target.collections.use(name))
        for prop, kind in schema.types.items():
            other = there.types.get(prop, kind)
            if other != kind:
                raise TransferError(
                    f"{name}: the property {prop!r} is {kind} in the source and {other} in the "
                    "target. Delete or rename one of the collections"
                )
        if schema.has_tenants != there.has_tenants:
            raise TransferError(
                f"{name}: only one of source and target has tenants. "
                "Delete or rename one of the collections"
            )

    def _make_references(self, name: str, schema: PortableSchema) -> None:
        target = self._target.collections.use(name)
        known = PortableSchema.of(target).references if schema.references else {}
        for reference, targets in schema.references.items():
            missing = [one for one in targets if not self._target.collections.exists(one)]
            if missing:
                raise TransferError(
                    f"{name}: the reference {reference!r} leads to {', '.join(missing)}, which is "
                    "not copied. Copy it too (collections=[...])"
                )
            if reference not in known:
                target.config.add_reference(
                    classes.ReferenceProperty(name=reference, target_collection=targets[0])
                    if len(targets) == 1
                    else classes.ReferenceProperty.MultiTarget(
                        name=reference, target_collections=targets
                    )
                )

    def _parts(self, name: str, schema: PortableSchema) -> Iterator[tuple[Any, Any, str]]:
        """Return source and target, tenant by tenant where there are any."""
        source, target = (c.collections.use(name) for c in (self._source, self._target))
        if not schema.has_tenants:
            yield source, target, ""
            return
        tenants = source.tenants.get()
        there = target.tenants.get()
        new = [classes.Tenant(name=tenant) for tenant in sorted(tenants) if tenant not in there]
        if new:
            target.tenants.create(new)
        for tenant in sorted(tenants):
            status = tenants[tenant].activity_status
            if str(getattr(status, "value", status)) in _ACTIVE:
                yield source.with_tenant(tenant), target.with_tenant(tenant), tenant
                continue
            note = f"{name}: the tenant {tenant} is not active, and its objects were not copied"
            if note not in self._report.notes:
                self._report.notes.append(note)

    # -- objects -----------------------------------------------------------------

    def _copy_objects(
        self, name: str, schema: PortableSchema, source: Any, target: Any, tenant: str
    ) -> None:
        for page in self._pages("objects", name, schema, source, tenant):
            with target.batch.fixed_size(batch_size=_PAGE) as batch:
                for item in page:
                    properties = {n: v for n, v in item.properties.items() if v is not None}
                    self._note_rounded(name, properties)
                    batch.add_object(
                        properties=properties,
                        uuid=item.uuid,
                        vector=item.vector or None,
                    )
            failed = target.batch.failed_objects
            if failed:
                raise TransferError(
                    f"{name}: {counted(len(failed), 'object')} refused by the target, the first "
                    f"{failed[0].object_.uuid}: {failed[0].message}"
                )
            self._report.objects[name] += len(page)

    def _note_rounded(self, name: str, properties: dict[str, Any]) -> None:
        if hasattr(self._target, "folder"):
            return
        for prop, value in properties.items():
            whole = value if isinstance(value, list) else [value]
            if any(isinstance(one, int) and abs(one) > _MOST_WHOLE for one in whole):
                note = (
                    f"{name}: {prop} has whole numbers beyond 2^53, which weaviate-client sends "
                    "as floating-point numbers: they are rounded on the server"
                )
                if note not in self._report.notes:
                    self._report.notes.append(note)

    def _copy_references(
        self, name: str, schema: PortableSchema, source: Any, target: Any, tenant: str
    ) -> None:
        for page in self._pages("references", name, schema, source, tenant):
            for item in page:
                for reference, ends in references_of(item).items():
                    if ends:
                        # Replaced, not added: once more does no harm.
                        _set_reference(target, item.uuid, reference, ends, schema)

    def _pages(
        self, what: str, name: str, schema: PortableSchema, source: Any, tenant: str
    ) -> Iterator[list[Any]]:
        """Return the objects that are not yet over, a page at a time, and keep how far it is."""
        after = self._state.reached(what, name, tenant)
        if after == TransferState.DONE:
            return
        rest = read_objects(source, schema, vectors=what == "objects", after=after)
        bar = tqdm(
            desc=f"{name}{f' ({tenant})' if tenant else ''}: {what}",
            total=len(source) if after is None else None,
            unit="objects",
            disable=not self._progress,
        )
        with bar:
            while page := list(islice(rest, _PAGE)):
                yield page
                self._state.keep(what, name, tenant, str(page[-1].uuid))
                bar.update(len(page))
        self._state.keep(what, name, tenant, TransferState.DONE)


def _set_reference(
    target: Any, uuid: Any, reference: str, ends: list[tuple[str, str]], schema: PortableSchema
) -> None:
    if len(schema.references[reference]) == 1:
        target.data.reference_replace(uuid, reference, [end for _, end in ends])
        return
    by_collection: dict[str, list[str]] = {}
    for collection, end in ends:
        by_collection.setdefault(collection, []).append(end)
    for place, (collection, uuids) in enumerate(by_collection.items()):
        to = classes.ReferenceToMulti(target_collection=collection, uuids=uuids)
        if place == 0:
            target.data.reference_replace(uuid, reference, to)
        else:
            target.data.reference_add(uuid, reference, to)
