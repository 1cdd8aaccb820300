"""The file of an analysis: records of single images that outlive a run, and the finished result."""

from crystalviz.records.database import FILE_NAME, AnalysisFolderError, Database
from crystalviz.records.images import copy_records, read_appearances, read_passes, read_signatures
from crystalviz.records.passes import PassesInterrupted, PassResult, run_passes
from crystalviz.records.pictures import PictureCache
from crystalviz.records.saved import (
    analysis_digest,
    holds_analysis,
    read_analysis,
    read_note,
    write_analysis,
    write_note,
)

__all__ = [
    "FILE_NAME",
    "AnalysisFolderError",
    "Database",
    "PassResult",
    "PassesInterrupted",
    "PictureCache",
    "analysis_digest",
    "copy_records",
    "holds_analysis",
    "read_analysis",
    "read_appearances",
    "read_note",
    "read_passes",
    "read_signatures",
    "run_passes",
    "write_analysis",
    "write_note",
]
