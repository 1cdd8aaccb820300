"""`crystalviz store ...`: tables, the seed's files, backups, and what is wrong, said plainly."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import crystalviz as cz
from crystalviz import cli
from crystalviz.analysis import Analysis
from crystalviz.store import Configure, DataObject, connect, generate_uuid5
from crystalviz.store.server import serve
from tests.store.files.seed_files import IMAGES, vectors, write_seed


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["store", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    with connect(folder) as client:
        images = client.collections.create("CrystalImage")
        images.data.insert_many(
            [
                DataObject({"image_id": f"i{n}", "n": float(n)}, generate_uuid5(n), [n, 1.0])
                for n in range(12)
            ]
        )
    return folder


def ids(folder: Path, collection: str = "CrystalImage") -> list[str]:
    with connect(folder, read_only=True) as client:
        found = client.collections.use(collection).iterator()
        return sorted(str(o.properties["image_id"]) for o in found)


@pytest.mark.parametrize("ending", ["parquet", "csv", "json", "jsonl"])
def test_a_table_and_back(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    table = tmp_path / f"images.{ending}"
    code, out, _ = run(capsys, "export", store, table, "--no-progress")
    assert (code, out) == (0, f"{table}: CrystalImage, 12 objects\n")
    code, out, _ = run(capsys, "import", table, tmp_path / "other", "--no-progress")
    assert (code, out) == (0, "CrystalImage: 12 objects written\n")
    assert ids(tmp_path / "other") == ids(store)
    code, out, _ = run(capsys, "import", table, store, "--collection", "Copy", "--no-progress")
    assert (code, out) == (0, "Copy: 12 objects written\n")


def test_the_seeds_files_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = write_seed(tmp_path / "seed")
    np.save(tmp_path / "v.npy", vectors())
    code, out, _ = run(capsys, "import", seed, tmp_path / "store", "--vectors", tmp_path / "v.npy")
    assert code == 0
    assert "26 images, 52 saved links, 26 vectors" in out
    assert "16 texts trimmed" in out
    code, out, _ = run(capsys, "export", tmp_path / "store", tmp_path / "out", "--links", 3)
    assert code == 0
    assert [Path(line).name for line in out.splitlines()] == [
        "crystals.json",
        "fdg_nodes.json",
        "fdg_links.json",
    ]
    assert len(json.loads((tmp_path / "out" / "fdg_links.json").read_text())) == 3 * len(IMAGES)


def test_rows_set_aside_are_told_and_exit_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = write_seed(tmp_path / "seed")
    rows = json.loads((seed / "crystals.json").read_text())
    rows[4]["confidence"] = None
    rows[5]["confidence"] = "?"
    (seed / "crystals.json").write_text(json.dumps(rows))
    code, out, _ = run(capsys, "import", seed, tmp_path / "store")
    assert code == 1
    assert "crystals.json, row 6: confidence must be a number, not '?'" in out
    (seed / "crystals.json").write_text("[{")
    code, _, err = run(capsys, "import", seed, tmp_path / "store")
    assert code == 1
    assert "crystals.json: is not JSON" in err


def test_the_results_of_an_analysis(
    analysis: Analysis, analysis_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # As `crystalviz analyze --out` lays them out: the store is inside.
    out = tmp_path / "results"
    shutil.copytree(analysis_folder, out / "store")
    code, said, _ = run(capsys, "status", out)
    assert code == 0
    assert f"CrystalImage: {len(analysis)} objects" in said
    assert "vector default" in said
    assert run(capsys, "verify", out)[0] == 0
    assert run(capsys, "export", out, tmp_path / "a.csv", "--no-vectors", "--no-progress")[0] == 0
    header = (tmp_path / "a.csv").read_text().splitlines()[0].split(",")
    assert "vector" not in header
    assert "kmeans_pca_cluster" in header


def test_status_of_tenants_and_mirrors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "s"
    with connect(folder, mirror="http://127.0.0.1:9") as client:
        logs = client.collections.create(
            "Log", multi_tenancy_config=Configure.multi_tenancy(enabled=True)
        )
        logs.tenants.create(["anna", "ben"])
        logs.tenants.deactivate("ben")
    code, out, _ = run(capsys, "status", folder)
    assert code == 0
    assert out.splitlines()[1:] == [
        "Log: 2 tenants",
        "  anna: ACTIVE",
        "  ben: INACTIVE",
        "mirror http://127.0.0.1:9: 0 writes acknowledged",
    ]


def test_a_backup_and_the_store_of_it(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ids(store)
    code, _, _ = run(capsys, "backup", store, tmp_path / "kept")
    assert code == 0
    shutil.rmtree(store)
    code, _, _ = run(capsys, "restore", tmp_path / "kept", store)
    assert code == 0
    assert ids(store) == before
    assert run(capsys, "verify", store)[1].strip() == f"{store}: everything is whole"


def test_verify_says_what_is_damaged(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    with sqlite3.connect(store / "store.sqlite3") as connection:
        connection.execute("UPDATE vectors SET checksum=checksum+1 WHERE object=3")
    connection.close()
    code, out, _ = run(capsys, "verify", store)
    assert code == 1
    assert "vector's checksum does not hold" in out


@pytest.mark.parametrize("command", ["status", "verify"])
def test_no_store_in_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    code, _, err = run(capsys, command, tmp_path)
    assert (code, err) == (1, f"crystalviz: {tmp_path}: there is no store in this folder\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_said(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "export", store, tmp_path / "a.csv", "--collection", "Nope")
    assert code == 1
    assert "no collection 'Nope'; there is CrystalImage" in err
    code, _, err = run(capsys, "export", store, tmp_path / "a.xlsx")
    assert code == 1
    assert "'xlsx' is no kind of table" in err
    code, _, err = run(
        capsys, "export", store, tmp_path / "a.csv", "--collection", "A", "--collection", "B"
    )
    assert code == 1
    assert "several collections" in err
    code, _, err = run(capsys, "import", tmp_path / "none.csv", store)
    assert code == 1
    assert "there is no such file" in err


def test_from_and_to_a_running_server(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(tmp_path / "served") as server:
        port = ("--grpc-port", server.grpc_port, "--no-progress")
        code, out, _ = run(capsys, "export", store, server.url, *port)
        assert (code, out) == (0, "CrystalImage: 12 objects copied\n")
        code, out, _ = run(capsys, "import", server.url, tmp_path / "back", *port)
        assert (code, out) == (0, "CrystalImage: 12 objects copied\n")
    assert ids(tmp_path / "back") == ids(store)


def test_without_a_command_it_helps(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys)
    assert code == 2
    assert "crystalviz store backup STORE BACKUP" in err


def test_the_store_of_an_import_is_opened_by_connect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("image_id,x\na,1.5\n")
    run(capsys, "import", tmp_path / "t.csv", tmp_path / "s", "--collection", "T", "--no-progress")
    with cz.connect(tmp_path / "s") as client:
        found = client.collections.use("T").query.fetch_objects().objects
        assert [o.properties for o in found] == [{"image_id": "a", "x": 1.5}]
