"""What every test may use: the sample folder and one analysis of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Before anything imports TensorFlow: its notes on the processor would drown the test's own output.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# gRPC's threads are not needed in the processes that tests fork; it would say so for each of them.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

if TYPE_CHECKING:
    from crystalviz.analysis import Analysis


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 synthetic micrographs: `cex/CEX (1).png` ... `pg/PG (12).png`."""
    import crystalviz as cz

    folder = tmp_path_factory.mktemp("sample") / "crystals"
    cz.datasets.synthetic_crystals(24).write(folder)
    return folder


@pytest.fixture(scope="session")
def analysis(sample_folder: Path) -> Analysis:
    """`cz.analyze` of the sample folder. Shared: do not change it."""
    import crystalviz as cz

    return cz.analyze(sample_folder, progress=False)


@pytest.fixture(scope="session")
def analysis_folder(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store folder with the analysis of the sample folder. Shared: do not change it."""
    folder = tmp_path_factory.mktemp("analysis") / "store"
    analysis.save(folder)
    return folder


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "viewport(width, height, theme): window and theme of a browser test"
    )
