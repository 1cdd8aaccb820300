"""Serving the dashboard: messages, ports, the command line, and nothing left behind."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from crystalviz._optional import MissingDependencyError
from crystalviz.dashboard import DashboardError, explore
from crystalviz.dashboard.page import ANALYSIS_VARIABLE, show
from crystalviz.dashboard.page_check import check_page, is_local
from crystalviz.dashboard.server import VoilaServer


def test_explore_refuses_a_folder_without_an_analysis(tmp_path):
    with pytest.raises(FileNotFoundError, match="crystalviz analyze"):
        explore(tmp_path)


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(DashboardError, match=f"port {port} .*name another"):
            VoilaServer(tmp_path, port)


def test_a_missing_voila_names_the_install_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "voila", None)
    with pytest.raises(MissingDependencyError, match=r"pip install .crystalviz\[dashboard\]"):
        VoilaServer(tmp_path)


def test_page_without_a_folder_says_how_to_start_it(monkeypatch):
    monkeypatch.delenv(ANALYSIS_VARIABLE, raising=False)
    assert "crystalviz explore RESULTS" in show().data


def test_page_shows_a_folder_name_as_text(tmp_path, monkeypatch):
    monkeypatch.setenv(ANALYSIS_VARIABLE, str(tmp_path / "<script>alert(1)</script>"))
    said = show().data
    assert "&lt;script&gt;" in said
    assert "<script>" not in said


def test_page_shows_the_explorer(analysis_folder, monkeypatch):
    monkeypatch.setenv(ANALYSIS_VARIABLE, str(analysis_folder))
    assert type(show()).__name__ == "Explorer"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_explore_prints_an_address_that_answers_and_stops_whole(analysis_folder, number):
    command = [sys.executable, "-m", "crystalviz.cli", "explore", str(analysis_folder)]
    process = subprocess.Popen(
        [*command, "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
        assert address, said + process.stdout.read()
        assert "token" not in said
        # The whole page, so that a kernel runs when the signal comes.
        connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=120)
        connection.request("GET", "/")
        reply = connection.getresponse()
        assert reply.status == 200
        assert b"application/vnd.jupyter.widget-view+json" in reply.read()
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.send_signal(number)
        rest, _ = process.communicate(timeout=40)
        assert process.returncode == 0, rest
        assert "Stopped" in rest
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []
    finally:
        if process.poll() is None:
            process.kill()


def test_demo_headless_draws_every_panel(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "crystalviz.cli", "demo", "--headless", "--port", "0"],
        env=os.environ | {"CRYSTALVIZ_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every panel is drawn and linked" in done.stdout
    assert (tmp_path / "demo" / "explorer.html").is_file()


def test_check_says_what_a_broken_page_lacks(tmp_path):
    page = tmp_path / "broken.html"
    page.write_text(
        "<section data-crystalviz='image-gallery'><button data-image-id='a'>a</button></section>"
        "<canvas></canvas><script>throw new Error('boom')</script>"
        "<img src='http://elsewhere.example/x.png'>"
    )
    # The click waits for panels that never come; no need to wait long for that here.
    start = time.monotonic()
    problems = "\n".join(check_page(page.as_uri(), timeout=3))
    assert "force-graph is not in the page" in problems
    assert "the selection did not reach image-gallery" in problems
    assert "boom" in problems
    assert "a request left this machine: http://elsewhere.example/x.png" in problems
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8866/", True),
        ("ws://localhost:1/x", True),
        ("http://[::1]:8/", True),
        ("file:///tmp/x.html", True),
        ("blob:http://127.0.0.1/1", True),
        ("data:image/png;base64,AA", True),
        ("https://cdn.jsdelivr.net/x", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_is_local(url, local):
    assert is_local(url) is local
