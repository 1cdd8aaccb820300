"""Notebook 01 in a real JupyterLab: run, click, kill the kernel, click again."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.jupyter_servers import lab_server, run_all
from tests.browser.panels import panel, selected_everywhere

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_folder_to_explorer.ipynb"


@pytest.fixture
def lab(tmp_path):
    """Serve a copy of the notebook, without the user's own Jupyter settings."""
    shutil.copy(NOTEBOOK, tmp_path / NOTEBOOK.name)
    with lab_server(tmp_path) as server:
        yield server


def click_another(page: Page) -> str:
    """Click a thumbnail that is not selected; return its image_id."""
    gallery = panel(page, "image-gallery")
    unselected = gallery.locator('[data-image-id][aria-pressed="false"]').first
    image_id = unselected.get_attribute("data-image-id")
    # By its id, because scrolling to it changes which thumbnail is the first in the page.
    gallery.locator(f'[data-image-id="{image_id}"]').click()
    return image_id


@pytest.mark.viewport(width=1700, height=1300, theme="light")
def test_notebook_runs_links_and_outlives_its_kernel(lab, page, screenshot):
    page.goto(f"{lab.address}/lab/tree/{NOTEBOOK.name}?reset")
    page.get_by_role("heading", name="From a folder to an explorer").wait_for(timeout=60_000)
    run_all(page)
    explorer = page.locator('[data-crystalviz="explorer"]')
    explorer.wait_for(timeout=180_000)
    panel(page, "image-gallery").locator("[data-image-id]").first.wait_for()

    # The notebook's own later cell selects from Python; wait until it has.
    page.wait_for_function(
        "() => document.querySelector('[data-crystalviz=\"explorer\"]').dataset.selected",
        timeout=120_000,
    )
    selected_everywhere(page, click_another(page))
    explorer.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    screenshot(page, "jupyterlab")

    lab.kill_kernels()
    dialog = page.get_by_role("dialog", name=re.compile("appears to have died"))
    dialog.get_by_role("button", name="Ok").click(timeout=60_000)
    selected_everywhere(page, click_another(page))
