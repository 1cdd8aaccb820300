"""Some collections of a store to a backup, and of a backup into a store."""

from __future__ import annotations

from contextlib import closing

from crystalviz.store import storage
from crystalviz.store.backup.copying import copy_collection
from crystalviz.store.backup.folder import (
    Description,
    check_file,
    describe,
    new_backup,
    now,
    read_description,
)
from crystalviz.store.backup.jobs import Job
from crystalviz.store.errors import BackupFailedError
from crystalviz.store.storage.database import Database
from crystalviz.store.storage.opening import DATABASE_NAME, open_connection, rollback


def write_collections(database: Database, job: Job) -> None:
    """Write the job's collections, as of one commit, to a backup."""
    started = now()
    with new_backup(job.path) as folder:
        file = folder / DATABASE_NAME
        with closing(open_connection(file, read_only=False)) as target:
            # One file without a log: it is synced as a whole when it is there.
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("PRAGMA synchronous=OFF")
            target.execute("BEGIN")
            counts = {}
            with database.reading() as source:
                for name in job.collections:
                    record = storage.find_collection(source, name)
                    if record is None:
                        raise BackupFailedError(f"collection {name!r} was deleted meanwhile")
                    counts[name] = copy_collection(source, record, target, False, job.step)
            target.execute("COMMIT")
        describe(folder, Description(counts, started))
        job.size = file.stat().st_size
        job.step()


def read_collections(database: Database, job: Job, overwrite_aliases: bool) -> None:
    """Put the job's collections back into the store, in one transaction."""
    file = check_file(job.path, read_description(job.path))
    job.size = file.stat().st_size
    with closing(open_connection(file, read_only=True)) as source:
        source.execute("BEGIN")
        try:
            with database.writing() as target:
                for name in job.collections:
                    job.step()
                    if storage.find_collection(target, name) is not None:
                        raise BackupFailedError(
                            f"collection {name!r} already exists. Delete it first"
                        )
                    record = storage.find_collection(source, name)
                    assert record is not None
                    copy_collection(source, record, target, overwrite_aliases, job.step)
        finally:
            rollback(source)
