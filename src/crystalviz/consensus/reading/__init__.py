"""Marks of volunteers from any tidy table: CSV, Parquet or JSON."""

from crystalviz.consensus.reading.crowd import CrowdTables, ExportOptions, read_crowd
from crystalviz.consensus.reading.decisions import read_decisions
from crystalviz.consensus.reading.files import is_export
from crystalviz.consensus.reading.tidy import TidyMarks, read_marks

__all__ = [
    "CrowdTables",
    "ExportOptions",
    "TidyMarks",
    "is_export",
    "read_crowd",
    "read_decisions",
    "read_marks",
]
