"""The packages of this checkout, built once, and a clean environment with the wheel in it."""

from __future__ import annotations

import os
import shutil
import sys
import venv
import warnings

import pytest
from package_builds import ROOT, Clean, Packages, path_without_node, run


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The sdist of this checkout, and the wheel built from it on a machine without Node."""
    folder = tmp_path_factory.mktemp("packages")
    build = (sys.executable, "-m", "build", "--outdir", folder)
    run(*build, "--sdist", ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with warnings.catch_warnings():
        # Its `filter` came with Python 3.11.4; the archive is our own.
        warnings.simplefilter("ignore", DeprecationWarning)
        shutil.unpack_archive(sdist, folder)
    source = folder / sdist.name.removesuffix(".tar.gz")
    path = path_without_node(folder / "path")
    assert shutil.which("node", path=path) is None
    run(*build, "--wheel", source, env=os.environ | {"PATH": path})
    (wheel,) = folder.glob("*.whl")
    return Packages(sdist, wheel)


@pytest.fixture(scope="session")
def clean(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """The wheel, installed with `pip install` into an environment of its own."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    environment = Clean(python, folder)
    environment.run("-m", "pip", "install", "--quiet", packages.wheel)
    return environment
