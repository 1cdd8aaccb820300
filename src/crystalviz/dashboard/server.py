"""One Voilà process that serves the packaged notebook on loopback."""

from __future__ import annotations

import http.client
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Literal

from crystalviz._optional import MissingDependencyError
from crystalviz.dashboard.page import ANALYSIS_VARIABLE

Theme = Literal["auto", "dark", "light"]

HOST = "127.0.0.1"
_HERE = Path(__file__).parent
_NOTEBOOK = _HERE / "explorer.ipynb"
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0


class DashboardError(RuntimeError):
    """The dashboard could not be started, or stopped by itself."""


class VoilaServer:
    """Voilà with the explorer of one results folder, until it is closed.

    Parameters
    ----------
    folder : path
        Results of `crystalviz analyze`, or a store folder.
    port : int or None
        Port on 127.0.0.1; None or 0 takes a free one.
    theme : "auto", "dark" or "light"
        Theme of the page; "auto" follows the browser's preference, also when it changes.
    variables : mapping of str to str, optional
        Environment variables for the page, see `crystalviz.dashboard.page`.

    Attributes
    ----------
    url : str
        Address of the page.

    Raises
    ------
    MissingDependencyError
        If Voilà is not installed.
    DashboardError
        If the port is taken or Voilà does not start.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        port: int | None = None,
        theme: Theme = "auto",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        if importlib.util.find_spec("voila") is None:
            raise MissingDependencyError(
                "The dashboard needs the package 'voila': pip install \"crystalviz[dashboard]\""
            )
        self.port = _usable_port(port)
        self.url = f"http://{HOST}:{self.port}/"
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as Voilà
        self._process = subprocess.Popen(
            [
                sys.executable,
                *("-m", "voila", str(_NOTEBOOK), "--no-browser"),
                f"--Voila.ip={HOST}",
                f"--port={self.port}",
                "--Voila.port_retries=0",
                "--template=crystalviz",
                # The template turns a page served as light dark where the browser asks for it.
                f"--theme={'light' if theme == 'auto' else theme}",
                f"--VoilaConfiguration.resources={{'crystalviz': {{'auto': {theme == 'auto'}}}}}",
            ],
            env={**_environment(Path(folder)), **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # Its own session: a Ctrl-C reaches only us, and we stop Voilà and its kernels in order.
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.close()
            raise

    def wait(self) -> None:
        """Block until Voilà ends.

        Raises
        ------
        DashboardError
            If it ends by itself, with the last lines that it said.
        """
        code = self._process.wait()
        raise DashboardError(f"Voilà stopped by itself (exit code {code}):\n{self._last_lines()}")

    def close(self) -> None:
        """Stop Voilà and its kernels."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def __enter__(self) -> VoilaServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise DashboardError(f"Voilà did not start:\n{self._last_lines()}")
            if _answers(self.port):
                return
            time.sleep(0.1)
        raise DashboardError(
            f"Voilà did not answer within {_START_SECONDS:.0f} s:\n{self._last_lines()}"
        )

    def _last_lines(self, count: int = 15) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-count:])


def _environment(folder: Path) -> dict[str, str]:
    own = str(_HERE / "jupyter")
    others = os.environ.get("JUPYTER_PATH")
    return {
        **os.environ,
        ANALYSIS_VARIABLE: str(folder.resolve()),
        # Where Voilà finds the page's template.
        "JUPYTER_PATH": os.pathsep.join([own, others] if others else [own]),
        # This environment's kernel, not one of the same name in the user's home.
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _usable_port(port: int | None) -> int:
    with socket.socket() as probe:
        # As servers do it: a port that is only waiting out its last connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or 0))
        except OSError as error:
            raise DashboardError(
                f"port {port} on {HOST} cannot be used ({error.strerror}); name another, or 0 for "
                "a free one"
            ) from error
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    # http.client knows no proxies, and a page of its own would start a kernel.
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/voila/static/voila.js")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
