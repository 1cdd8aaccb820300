"""From exports to particles, the whole job: crystalviz beside panoptes_aggregation.

As a program it does one job and prints the memory that it took, in MiB:
`python crowd_jobs.py JOB FILE...`.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import sys
import tempfile
from pathlib import Path

from peak_memory import own_peak

_EXTRACTOR = """workflow_id: {workflow_id}
workflow_version: '{workflow_version}'
extractor_config:
    question_extractor:
    -   task: T0
"""
_REDUCER = "reducer_config:\n    question_consensus_reducer: {}\n"


def imports() -> None:
    """Import what the other jobs of crystalviz need, and do nothing."""
    import crystalviz.consensus  # noqa: F401


def read(marks_csv: str, labels_csv: str) -> None:
    """Read both exports."""
    from crystalviz.consensus import read_zooniverse

    read_zooniverse(marks_csv, labels_csv)


def votes(labels_csv: str) -> None:
    """Turn the export of a question into a label of each subject, as panoptes_aggregation does."""
    import numpy as np
    import pandas as pd

    from crystalviz.consensus import read_zooniverse
    from crystalviz.consensus.labelling import Votes, majority

    answers = read_zooniverse(labels_csv).answers
    said = [answers[name] for name in ("subject_id", "volunteer_id", "answer")]
    numbers, names = zip(*map(pd.factorize, said), strict=True)
    majority(Votes(*numbers, np.ones(len(answers)), *map(len, names)))


def particles(marks_csv: str, labels_csv: str) -> None:
    """Read both exports, and find and label every instance."""
    from crystalviz.consensus import MarkConsensus, read_zooniverse

    found = read_zooniverse(marks_csv, labels_csv)
    MarkConsensus().fit(found.marks, found.votes, found.reads)


def panoptes(labels_csv: str) -> None:
    """Extract and reduce the export of a question with panoptes_aggregation."""
    from panoptes_aggregation.scripts.extract_panoptes_csv import extract_csv
    from panoptes_aggregation.scripts.reduce_panoptes_csv import reduce_csv

    with open(labels_csv, newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
        extractor, reducer = Path(name) / "extractor.yaml", Path(name) / "reducer.yaml"
        extractor.write_text(_EXTRACTOR.format_map(row))
        reducer.write_text(_REDUCER)
        (extracted,) = extract_csv(labels_csv, str(extractor), name, hide_progressbar=True)
        reduce_csv(extracted, str(reducer), output_dir=name, hide_progressbar=True)


JOBS = {job.__name__: job for job in (imports, read, votes, particles, panoptes)}


def first_rows(export: Path, rows: int, path: Path) -> Path:
    """Write the heading and the first rows of an export, each of which is one line."""
    with open(export, encoding="utf-8") as file, open(path, "w", encoding="utf-8") as out:
        out.writelines(itertools.islice(file, rows + 1))
    return path


def lengthen(export: Path) -> None:
    """Give an export's rows the metadata of a browser, which is most of a real file's bytes."""
    short = '""live_project"": true'
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:100.0) Gecko/20100101 Firefox/100.0"
    more = (
        f'""source"": ""api"", ""session"": ""{"5e1f0c7c" * 8}"", '
        '""viewport"": {""width"": 1710, ""height"": 948}, '
        '""started_at"": ""2022-05-11T16:16:35.085Z"", '
        f'""user_agent"": ""{agent}"", ""utc_offset"": ""0"", '
        '""finished_at"": ""2022-05-11T16:17:42.334Z"", '
        '""interventions"": {""opt_in"": false, ""messageShown"": false}, '
        '""user_language"": ""en"", ""user_group_ids"": [], '
        '""subject_selection_state"": {""retired"": false, ""already_seen"": false, '
        '""selected_at"": ""2022-05-11T16:16:33.990Z"", ""selection_state"": ""normal"", '
        '""finished_workflow"": false, ""user_has_finished_workflow"": false}, '
    )
    longer = export.with_suffix(".long")
    with open(export, encoding="utf-8") as file, open(longer, "w", encoding="utf-8") as out:
        out.writelines(line.replace(short, more + short, 1) for line in file)
    longer.replace(export)


if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
    print(own_peak())
