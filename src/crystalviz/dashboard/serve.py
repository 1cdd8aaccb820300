"""`crystalviz explore` and `crystalviz demo`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from crystalviz.dashboard.page import MIRROR_GRPC_VARIABLE, MIRROR_VARIABLE
from crystalviz.dashboard.server import DashboardError, Theme, VoilaServer
from crystalviz.datasets.sample import cache_folder, sample_path

__all__ = ["DashboardError", "demo", "explore"]


def explore(
    out: str | os.PathLike[str],
    port: int | None = None,
    open_browser: bool = False,
    theme: Theme = "auto",
    mirror: str | None = None,
    mirror_grpc_port: int = 50051,
) -> int:
    """Serve the explorer of a results folder until Ctrl-C.

    Parameters
    ----------
    out : path
        What `crystalviz analyze --out` wrote, or a store folder.
    port : int, optional
        Port on 127.0.0.1; None or 0 takes a free one.
    open_browser : bool
        Open the page in the default browser.
    theme : "auto", "dark" or "light"
        Theme of the page; "auto" follows the browser's preference.
    mirror : str, optional
        Address of a Weaviate server that follows the store; the page shows how far it is.
    mirror_grpc_port : int
        Its gRPC port.

    Returns
    -------
    int
        0, after Ctrl-C or SIGTERM.

    Raises
    ------
    FileNotFoundError
        If the folder holds no analysis.
    DashboardError
        If the page cannot be served.
    """
    _check_holds_analysis(Path(out))
    try:
        with (
            _sigterm_as_interrupt(),
            VoilaServer(out, port, theme, _mirror_variables(mirror, mirror_grpc_port)) as server,
        ):
            print(f"The explorer is at {server.url}  (Ctrl-C stops it)", flush=True)
            if open_browser:
                webbrowser.open(server.url)
            server.wait()
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    return 0


def demo(headless: bool = False, port: int | None = None) -> int:
    """Analyze the sample of synthetic crystals and serve its explorer.

    Parameters
    ----------
    headless : bool
        Instead of waiting for a person: open the page in a Chromium without a window, wait until
        every panel is drawn, click a thumbnail, and stop.
    port : int, optional
        As in `explore`.

    Returns
    -------
    int
        0; in headless mode 1 if the page is not as it should be, with the reasons printed.
    """
    sample = sample_path()
    out = cache_folder() / "demo"
    print(f"Sample: {sample}", flush=True)
    # The command that a person would type, in a process whose TensorFlow goes away with it.
    command = [sys.executable, "-m", "crystalviz.cli", "analyze", str(sample), "--out", str(out)]
    if code := subprocess.run(command).returncode:
        return code
    if not headless:
        return explore(out, port)

    from crystalviz.dashboard.page_check import check_page

    with VoilaServer(out, port) as server:
        print(f"Dashboard at {server.url}; opening it in Chromium without a window", flush=True)
        problems = check_page(server.url, out / "dashboard.png")
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    if not problems:
        print(f"Every panel is drawn and linked; picture in {out / 'dashboard.png'}")
    return 1 if problems else 0


def _mirror_variables(mirror: str | None, grpc_port: int) -> dict[str, str]:
    from crystalviz.store.remote.address import read_address

    if mirror is None:
        return {}
    # A wrong address is told here, not on the page.
    read_address(mirror, grpc_port, None, None, None, 2.0, 60.0)
    return {MIRROR_VARIABLE: mirror, MIRROR_GRPC_VARIABLE: str(grpc_port)}


def _check_holds_analysis(out: Path) -> None:
    # load_analysis says what is wrong with a folder, but only once a page is opened.
    from crystalviz.records import FILE_NAME

    if not any((place / FILE_NAME).is_file() for place in (out, out / "store")):
        raise FileNotFoundError(
            f"{out}: no analysis in this folder; make one with `crystalviz analyze IMAGES "
            f"--out {out}`"
        )


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    # A service manager's stop must end Voilà and its kernels too, not leave them behind.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
