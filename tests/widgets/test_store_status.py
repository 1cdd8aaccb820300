"""What the page hears of the store and of the server that follows it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import crystalviz as cz
from crystalviz.store.mirror import Pace
from crystalviz.store.server import serve
from crystalviz.widgets.view_store import ViewStore


def test_a_page_without_a_mirror(analysis_folder: Path) -> None:
    analysis = cz.load_analysis(analysis_folder)
    status = cz.StoreStatus(analysis).store.status
    assert status["mirror"] is None
    assert status["folder"] == str(analysis_folder)
    assert ViewStore.of(analysis)._messages == []


def test_the_log_hears_of_the_server_once(analysis_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(analysis_folder, tmp_path / "store"))
    with serve(tmp_path / "server", http_port=0, grpc_port=0) as server:
        ports = {"http_port": server.http_port, "grpc_port": server.grpc_port}
        analysis = cz.load_analysis(
            folder, mirror={"url": server.url, "grpc_port": server.grpc_port}
        )
        analysis.mirror._worker._pace = Pace(look=0.02, check=0.2, retry=0.5)
        assert analysis.mirror.flush()
        store = ViewStore.of(analysis)
        store.poll_status(None, [])
        assert [line[:-11] for line in store._messages] == [
            f"Weaviate at {server.url} answers; the store is mirrored there"
        ]
        assert "events" not in store.status["mirror"]
    _poll_until(store, "away")
    assert store.status["connected"] is True
    assert len(store._messages) == 2
    assert "The local store answers alone" in store._messages[-1]
    with serve(tmp_path / "server", **ports):
        _poll_until(store, "in step")
        assert "answers again" in store._messages[2]
        count = len(store._messages)
        store.poll_status(None, [])
        assert len(store._messages) == count
        store.report("mine")
        # A page that is passed on tells nobody's servers and folders.
        state = store.offline_state(64)
        assert state["status"]["mirror"] is None
        assert state["status"]["folder"] is None
        assert [line[:-11] for line in state["_messages"]] == ["mine"]
        assert str(folder) not in repr(state["status"])
        analysis.close()
    store.poll_status(None, [])
    assert store.status["mirror"] is None


def _poll_until(store: ViewStore, state: str) -> None:
    end = time.monotonic() + 15
    while store.poll_status(None, [])[0]["mirror"]["state"] != state:
        assert time.monotonic() < end
        time.sleep(0.05)
