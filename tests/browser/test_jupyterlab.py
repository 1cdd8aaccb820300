"""Notebook 01 in a real JupyterLab: run, click, kill the kernel, click again."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.panels import panel, selected_everywhere

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_folder_to_explorer.ipynb"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve a copy of the notebook, without the user's own Jupyter settings."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copy(NOTEBOOK, home / NOTEBOOK.name)
    port = free_port()
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    log = (home / "lab.log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
            *(f"--ServerApp.port={port}", f"--ServerApp.root_dir={home}"),
            *("--IdentityProvider.token=", "--LabApp.news_url="),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env=os.environ | {place: str(home / place.lower()) for place in places},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=1)
                break
            except OSError:
                assert server.poll() is None, (home / "lab.log").read_text()
                time.sleep(0.25)
        yield address, server
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def kill_kernels(server: subprocess.Popen) -> None:
    """Kill -9 every kernel, as a crash or a closed laptop would."""
    kernels = [
        process
        for process in psutil.Process(server.pid).children(recursive=True)
        if "ipykernel_launcher" in " ".join(process.cmdline())
    ]
    assert kernels
    for kernel in kernels:
        kernel.kill()
    psutil.wait_procs(kernels, timeout=20)


def run_all(page: Page) -> None:
    """Run every cell once the kernel is idle: JupyterLab drops what is run before that."""
    page.get_by_text(re.compile(r"\| Idle$")).wait_for(timeout=120_000)
    page.get_by_role("menuitem", name=re.compile("^Run$")).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # "[*]" or a number beside the first cell of code.
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    expect(prompt).to_have_text(re.compile(r"\[[*\d]+\]"), timeout=60_000)


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
    address, server = lab
    page.goto(f"{address}/lab/tree/{NOTEBOOK.name}?reset")
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

    kill_kernels(server)
    dialog = page.get_by_role("dialog", name=re.compile("appears to have died"))
    dialog.get_by_role("button", name="Ok").click(timeout=60_000)
    selected_everywhere(page, click_another(page))
