"""Helpers of the packaging tests: run commands, hide Node, a clean environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NODE_NAMES = ("node", "nodejs", "npm")


class Packages(NamedTuple):
    """Paths of the two archives."""

    sdist: Path
    wheel: Path


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command; what it said is in the error when it fails."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def path_without_node(folder: Path) -> str:
    """Return a PATH on which everything is found but Node and npm."""
    entries = []
    for entry in map(Path, os.environ["PATH"].split(os.pathsep)):
        if not any((entry / name).exists() for name in NODE_NAMES):
            entries.append(entry)
            continue
        # A folder that holds more than Node is linked file by file.
        shadow = folder / str(len(entries))
        shadow.mkdir(parents=True)
        for program in entry.iterdir():
            if program.name not in NODE_NAMES:
                (shadow / program.name).symlink_to(program)
        entries.append(shadow)
    return os.pathsep.join(map(str, entries))


class Clean(NamedTuple):
    """An environment with nothing but the wheel and the packages that it requires."""

    python: Path
    folder: Path

    def run(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Python there, away from the checkout and from this environment."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        env = kept | {"CRYSTALVIZ_CACHE": str(self.folder / "cache")}
        command = [str(self.python), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=env)
        if check:
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done
