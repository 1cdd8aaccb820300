"""Every tutorial runs from top to bottom in a fresh kernel, and is kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
# What each leaves behind for a colleague: whole pages, so none of them is small.
PAGES = {
    "01_folder_to_explorer": "explorer.html",
    "02_which_belong_together": "groups.html",
    "03_a_classifier_of_your_own": "classifier/index.html",
    "04_can_i_trust_this_map": "can_it_be_trusted.html",
    "05_from_marks_to_particles": "particles.html",
    "06_a_store_that_loses_nothing": "neighbours.html",
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    assert (tmp_path / PAGES[path.stem]).stat().st_size > 100_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert "widgets" not in notebook.metadata
