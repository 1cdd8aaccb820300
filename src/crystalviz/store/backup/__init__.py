"""Backups: of a whole store, and of collections with Weaviate's calls."""

from __future__ import annotations

from crystalviz.store.backup.calls import BackupCalls, BackupCollection
from crystalviz.store.backup.returns import (
    BackupListReturn,
    BackupReturn,
    BackupStatus,
    BackupStatusReturn,
    BackupStorage,
)
from crystalviz.store.backup.whole import restore, write_backup

__all__ = [
    "BackupCalls",
    "BackupCollection",
    "BackupListReturn",
    "BackupReturn",
    "BackupStatus",
    "BackupStatusReturn",
    "BackupStorage",
    "restore",
    "write_backup",
]
