"""`client.backup`: Weaviate's calls about backups, and a backup of everything in one call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from os import PathLike
from pathlib import Path
from typing import Any

from crystalviz.store import storage
from crystalviz.store.backup import parts
from crystalviz.store.backup.folder import DESCRIPTION_NAME, Description, read_description
from crystalviz.store.backup.jobs import Job, jobs_of
from crystalviz.store.backup.returns import (
    BackupListReturn,
    BackupReturn,
    BackupStatus,
    BackupStatusReturn,
)
from crystalviz.store.backup.whole import write_backup
from crystalviz.store.errors import (
    BackupFailedError,
    UnexpectedStatusCodeError,
    WeaviateConnectionError,
    WeaviateInvalidInputError,
)
from crystalviz.store.schema import collection_name
from crystalviz.store.storage.database import Database

# Where backups are when no place is given: in the store's folder.
BACKUPS_NAME = "backups"

_ID = re.compile(r"[a-z0-9_-]+")


class BackupCalls:
    """`client.backup`: `client.backup(path)` for everything, or Weaviate's calls by `backup_id`.

    A backup by id is a folder `<store>/backups/<backup_id>`, or `<path>/<backup_id>` where
    `backup_location` gives a path. Each is whole, whatever `incremental_base_backup_id` says.

    Parameters
    ----------
    database : Database
        The open store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, path: str | PathLike[str]) -> Path:
        """Write all of the store to a new folder; see `crystalviz.store.restore`.

        Others go on reading and writing; the backup is of one commit.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        BackupFailedError
            When there is something at `path`, the disk refuses, or the store is damaged.
        """
        return write_backup(self._database, path)

    def create(
        self,
        backup_id: str,
        backend: Any = "filesystem",
        include_collections: Sequence[str] | str | None = None,
        exclude_collections: Sequence[str] | str | None = None,
        incremental_base_backup_id: str | None = None,
        wait_for_completion: bool = False,
        config: Any = None,
        backup_location: Any = None,
    ) -> BackupReturn:
        """Write collections, as of one commit, to a new backup.

        Parameters
        ----------
        backup_id : str
            Its name: letters, digits, `_` and `-`; case does not matter.
        backend : {"filesystem"}
        include_collections, exclude_collections : str or sequence of str, optional
            Which; all where nothing is said.
        incremental_base_backup_id : str, optional
            Must exist; the backup is whole all the same.
        wait_for_completion : bool
            Return when it is done; otherwise it is done in the background.
        config : optional
            Of processor and compression; without effect.
        backup_location : optional
            An object with `path`: another folder than that in the store.

        Raises
        ------
        UnexpectedStatusCodeError
            422 when the name is not valid or taken, or a collection is not there.
        BackupFailedError
            When it fails while it is waited for.
        TypeError
            When collections are included and excluded.
        """
        path = self._path(backup_id, backend, backup_location)
        if self._database.read_only and backup_location is None:
            raise WeaviateConnectionError(
                f"{self._database.folder}: opened read-only. Give a place with backup_location"
            )
        if incremental_base_backup_id is not None:
            base = self._path(incremental_base_backup_id, backend, backup_location)
            if not (base / DESCRIPTION_NAME).exists():
                raise UnexpectedStatusCodeError(f"base backup {base.name!r} does not exist", 422)
        with self._database.reading() as connection:
            have = [record.config.name for record, _ in storage.count_all(connection)]
        chosen = _chosen(have, include_collections, exclude_collections, "does not exist")
        jobs = jobs_of(self._database)
        with jobs.guard:
            known = jobs.creating.get((path.name, path))
            if path.exists() or (known is not None and known.running):
                raise UnexpectedStatusCodeError(
                    f"backup {path.name!r} already exists at {path}", 422
                )
            job = Job(path.name, path, chosen)
            jobs.creating[path.name, path] = job
            started = job.answer()
            job.start(lambda job: parts.write_collections(self._database, job))
        return _result(job, started, wait_for_completion, "Backup")

    def restore(
        self,
        backup_id: str,
        backend: Any = "filesystem",
        include_collections: Sequence[str] | str | None = None,
        exclude_collections: Sequence[str] | str | None = None,
        roles_restore: str | None = None,
        users_restore: str | None = None,
        wait_for_completion: bool = False,
        config: Any = None,
        backup_location: Any = None,
        overwrite_alias: bool = False,
    ) -> BackupReturn:
        """Put collections of a backup back, in one transaction.

        Parameters are those of `create`; the store has neither roles nor users.

        Parameters
        ----------
        overwrite_alias : bool
            Take aliases over that stand for another collection by now.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when there is no such backup, 422 when it lacks a collection.
        BackupFailedError
            When it fails while it is waited for: a collection is there already, the backup
            is damaged.
        TypeError
            When collections are included and excluded.
        """
        path = self._path(backup_id, backend, backup_location)
        description = _found(path)
        chosen = _chosen(
            sorted(description.collections),
            include_collections,
            exclude_collections,
            f"is not in backup {path.name!r}",
        )
        jobs = jobs_of(self._database)
        with jobs.guard:
            known = jobs.restoring.get((path.name, path))
            if known is not None and known.running:
                raise UnexpectedStatusCodeError(
                    f"restoration of {path.name!r} is already in progress", 422
                )
            job = Job(path.name, path, chosen)
            jobs.restoring[path.name, path] = job
            started = job.answer()
            job.start(lambda job: parts.read_collections(self._database, job, overwrite_alias))
        return _result(job, started, wait_for_completion, "Backup restore")

    def get_create_status(
        self, backup_id: str, backend: Any = "filesystem", backup_location: Any = None
    ) -> BackupStatusReturn:
        """Return how a backup is going.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when there is no such backup.
        """
        path = self._path(backup_id, backend, backup_location)
        job = jobs_of(self._database).creating.get((path.name, path))
        if job is not None and (job.running or job.status is not BackupStatus.SUCCESS):
            return job.answer()
        description = _found(path)
        return BackupStatusReturn(
            BackupStatus.SUCCESS, str(path), path.name, None, description.size / 2**30
        )

    def get_restore_status(
        self, backup_id: str, backend: Any = "filesystem", backup_location: Any = None
    ) -> BackupStatusReturn:
        """Return how a restore that this client began is going.

        Raises
        ------
        UnexpectedStatusCodeError
            404 when it began none of this backup.
        """
        path = self._path(backup_id, backend, backup_location)
        job = jobs_of(self._database).restoring.get((path.name, path))
        if job is None:
            raise UnexpectedStatusCodeError(f"no restore of backup {path.name!r} was begun", 404)
        return job.answer()

    def cancel(
        self,
        backup_id: str,
        backend: Any = "filesystem",
        backup_location: Any = None,
        operation: str = "create",
    ) -> bool:
        """Ask a backup or a restore of this client to stop; return whether there was one.

        One that is just done stays done.
        """
        if operation not in ("create", "restore"):
            raise WeaviateInvalidInputError(f"operation is create or restore, not {operation!r}")
        path = self._path(backup_id, backend, backup_location)
        jobs = jobs_of(self._database)
        job = (jobs.creating if operation == "create" else jobs.restoring).get((path.name, path))
        if job is None:
            return False
        job.cancel()
        return True

    def list_backups(
        self, backend: Any = "filesystem", sort_by_starting_time_asc: bool | None = None
    ) -> list[BackupListReturn]:
        """Return the backups in the store's folder, the newest first unless asked otherwise."""
        root = self._path("any", backend, None).parent
        found = {}
        for file in root.glob(f"*/{DESCRIPTION_NAME}"):
            try:
                description = read_description(file.parent)
            except BackupFailedError:
                continue
            found[file.parent.name] = BackupListReturn(
                sorted(description.collections),
                BackupStatus.SUCCESS,
                file.parent.name,
                datetime.fromisoformat(description.started),
                datetime.fromisoformat(description.completed),
                description.size / 2**30,
            )
        jobs = jobs_of(self._database)
        with jobs.guard:
            for job in jobs.creating.values():
                if job.path.parent == root and job.backup_id not in found:
                    found[job.backup_id] = BackupListReturn(
                        job.collections, job.status, job.backup_id, job.started, job.completed
                    )
        return sorted(
            found.values(),
            key=lambda one: (one.started_at, one.backup_id),
            reverse=not sort_by_starting_time_asc,
        )

    def _path(self, backup_id: Any, backend: Any, location: Any) -> Path:
        if not isinstance(backup_id, str):
            raise TypeError(f"'backup_id' must be of type str. Given type: {type(backup_id)}.")
        kind = str(backend.value if isinstance(backend, Enum) else backend).lower()
        if kind != "filesystem":
            raise UnexpectedStatusCodeError(
                f"no backup backend {kind!r}: the embedded store has 'filesystem'", 422
            )
        name = backup_id.lower()
        if not _ID.fullmatch(name):
            raise UnexpectedStatusCodeError(
                f"invalid backup id: {backup_id!r} allowed characters are lowercase, 0-9, _, -", 422
            )
        given = getattr(location, "path", location)
        root = self._database.folder / BACKUPS_NAME if given is None else Path(given).expanduser()
        return root / name


class BackupCollection:
    """`collection.backup`: the same calls for one collection.

    Parameters
    ----------
    database : Database
        The open store.
    name : str
        The collection.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._calls = BackupCalls(database)
        self._name = name

    def create(
        self,
        backup_id: str,
        backend: Any = "filesystem",
        wait_for_completion: bool = False,
        config: Any = None,
        backup_location: Any = None,
    ) -> BackupStatusReturn:
        """Write the collection to a new backup; see `BackupCalls.create`."""
        return self._calls.create(
            backup_id,
            backend,
            self._name,
            wait_for_completion=wait_for_completion,
            config=config,
            backup_location=backup_location,
        )

    def restore(
        self,
        backup_id: str,
        backend: Any = "filesystem",
        wait_for_completion: bool = False,
        config: Any = None,
        backup_location: Any = None,
    ) -> BackupStatusReturn:
        """Put the collection of a backup back; see `BackupCalls.restore`."""
        return self._calls.restore(
            backup_id,
            backend,
            self._name,
            wait_for_completion=wait_for_completion,
            config=config,
            backup_location=backup_location,
        )

    def get_create_status(
        self, backup_id: str, backend: Any = "filesystem", backup_location: Any = None
    ) -> BackupStatusReturn:
        """Return how a backup is going; see `BackupCalls.get_create_status`."""
        return self._calls.get_create_status(backup_id, backend, backup_location)

    def get_restore_status(
        self, backup_id: str, backend: Any = "filesystem", backup_location: Any = None
    ) -> BackupStatusReturn:
        """Return how a restore is going; see `BackupCalls.get_restore_status`."""
        return self._calls.get_restore_status(backup_id, backend, backup_location)


def _found(path: Path) -> Description:
    if not (path / DESCRIPTION_NAME).exists():
        raise UnexpectedStatusCodeError(f"backup {path.name!r} does not exist at {path}", 404)
    return read_description(path)


def _chosen(have: list[str], include: Any, exclude: Any, missing: str) -> list[str]:
    included, excluded = _names(include), _names(exclude)
    if included and excluded:
        raise TypeError("Either 'include_classes' OR 'exclude_classes' can be set, not both.")
    unknown = [name for name in (*included, *excluded) if name not in have]
    if unknown:
        raise UnexpectedStatusCodeError(
            f"collection {unknown[0]!r} {missing}; there are {', '.join(have) or 'none'}", 422
        )
    chosen = sorted(set(included) or set(have) - set(excluded))
    if not chosen:
        raise UnexpectedStatusCodeError("no collections to back up or to restore", 422)
    return chosen


def _names(given: Any) -> list[str]:
    if given is None:
        return []
    return [collection_name(one) for one in ([given] if isinstance(given, str) else given)]


def _result(job: Job, started: BackupReturn, wait: bool, what: str) -> BackupReturn:
    if not wait:
        return started
    job.wait()
    answer = job.answer()
    if answer.status is not BackupStatus.SUCCESS:
        raise BackupFailedError(f"{what} failed: {job.backup_id}: {answer.error}")
    return answer
