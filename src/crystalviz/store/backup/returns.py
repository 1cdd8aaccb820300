"""What the calls about backups return, with weaviate-client's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class BackupStatus(StrEnum):
    """How far a backup or a restore is."""

    STARTED = "STARTED"
    TRANSFERRING = "TRANSFERRING"
    TRANSFERRED = "TRANSFERRED"
    CANCELLING = "CANCELLING"
    FINALIZING = "FINALIZING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class BackupStorage(StrEnum):
    """Where backups are kept; the embedded store has the file system only."""

    FILESYSTEM = "filesystem"
    S3 = "s3"
    GCS = "gcs"
    AZURE = "azure"


@dataclass
class BackupStatusReturn:
    """How a backup or a restore is going.

    Attributes
    ----------
    status : BackupStatus
    path : str
        The backup's folder.
    backup_id : str
    error : str or None
        Why it failed.
    size : float
        GiB; 0 until it is done.
    backend : str
    """

    status: BackupStatus
    path: str
    backup_id: str
    error: str | None = None
    size: float = 0.0
    backend: str = "filesystem"


@dataclass
class BackupReturn(BackupStatusReturn):
    """What was begun, or done: also of which collections."""

    collections: list[str] = field(default_factory=list)


@dataclass
class BackupListReturn:
    """One backup of those there are."""

    collections: list[str]
    status: BackupStatus
    backup_id: str
    started_at: datetime | None = None
    completed_at: datetime | None = None
    size: float = 0.0
    incremental_base_backup_id: str | None = None
