"""JupyterLab and Voilà with a notebook of a test's own, and a way to ask their kernels."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType

import psutil
from jupyter_client import BlockingKernelClient
from playwright.sync_api import Page, expect

import crystalviz.dashboard


class JupyterServer:
    """One server on loopback, without the user's own Jupyter settings.

    Parameters
    ----------
    module : str
        "jupyterlab" or "voila".
    home : path
        Its folder; settings, logs and connection files go there too.
    arguments : str
        Further ones.
    """

    def __init__(self, module: str, home: Path, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        folders = {place: str(home / place.lower()) for place in places}
        # Voilà's own template links icon fonts from a content network; the dashboard's does not.
        folders["JUPYTER_PATH"] = str(Path(crystalviz.dashboard.__file__).parent / "jupyter")
        self._home = home
        self._clients: dict[Path, BlockingKernelClient] = {}
        self._log = home / "server.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, "--no-browser", *arguments, f"--port={port}"],
                env=os.environ | folders | {"JUPYTER_PREFER_ENV_PATH": "1"},
                cwd=home,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> JupyterServer:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{self.address}/api/status", timeout=1)
            except urllib.error.HTTPError:
                break
            except OSError:
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.25)
            else:
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for client in self._clients.values():
            client.stop_channels()
        self._process.terminate()
        self._process.wait(20)

    def ask(self, expression: str) -> object:
        """Return what the kernel that was started last says an expression is, by way of JSON."""
        content = self._kernel().execute(
            "import json",
            silent=True,
            user_expressions={"answer": f"json.dumps({expression})"},
            reply=True,
            timeout=60,
        )["content"]
        answer = content["user_expressions"]["answer"]
        assert answer["status"] == "ok", answer
        # The text of a string of Python, which holds JSON.
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def _kernel(self) -> BlockingKernelClient:
        files = self._home.rglob("kernel-*.json")
        newest = max(files, key=lambda file: file.stat().st_mtime_ns)
        if newest not in self._clients:
            client = BlockingKernelClient(connection_file=str(newest))
            client.load_connection_file()
            client.start_channels()
            self._clients[newest] = client
        return self._clients[newest]

    def kill_kernels(self) -> None:
        """Kill -9 every kernel, as a crash or a closed laptop would."""
        kernels = [
            process
            for process in psutil.Process(self._process.pid).children(recursive=True)
            if "ipykernel_launcher" in " ".join(process.cmdline())
        ]
        assert kernels
        for kernel in kernels:
            kernel.kill()
        psutil.wait_procs(kernels, timeout=20)


def lab_server(home: Path) -> JupyterServer:
    """Return a JupyterLab of a folder."""
    return JupyterServer(
        "jupyterlab",
        home,
        *("--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={home}", "--IdentityProvider.token=", "--LabApp.news_url="),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )


def voila_server(notebook: Path, theme: str) -> JupyterServer:
    """Return a Voilà of one notebook, "dark" or "light"."""
    return JupyterServer(
        "voila",
        notebook.parent,
        *(str(notebook), "--Voila.ip=127.0.0.1", "--template=crystalviz", f"--theme={theme}"),
        f"--Voila.connection_dir_root={notebook.parent}",
    )


def run_all(page: Page) -> None:
    """Run every cell once the kernel is idle: JupyterLab drops what is run before that."""
    page.get_by_text(re.compile(r"\| Idle$")).wait_for(timeout=120_000)
    page.get_by_role("menuitem", name=re.compile("^Run$")).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # "[*]" or a number beside the first cell of code.
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    expect(prompt).to_have_text(re.compile(r"\[[*\d]+\]"), timeout=60_000)


def write_notebook(path: Path, *cells: str) -> Path:
    """Write a notebook with a heading, so that one can wait for it, and cells of code."""
    heading = {"cell_type": "markdown", "id": "heading", "metadata": {}, "source": f"# {path.stem}"}
    code = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": [heading, *code],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
