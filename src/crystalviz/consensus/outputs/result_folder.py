"""The folder that `crystalviz consensus` writes: what is in it is of one run, or says it is not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

from crystalviz._whole_file import whole_file, whole_folder

SETTINGS_FILE = "settings.json"


class ResultFolder:
    """A folder of results, each of which appears as a whole.

    `settings.json` lists what was written. Only that is replaced by a later run, and what such a
    run does not write any more is removed. While a run is writing, and when it was interrupted,
    `finished` is false there.

    Parameters
    ----------
    path : path
        The folder; made when the writing begins.

    Raises
    ------
    NotADirectoryError, PermissionError
        When it cannot be a folder, or nothing can be written there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(f"{path} is a file; give a folder for the results")
        above = path
        while not above.exists():
            above = above.parent
        if not os.access(above, os.W_OK):
            raise PermissionError(f"nothing can be written to {above}; give a folder of yours")
        self._before = self._listed()
        self._written: list[str] = []
        self._settings: dict[str, Any] = {}

    def require_free(self, names: list[str]) -> None:
        """Check that nothing of somebody else's lies where results go.

        Raises
        ------
        FileExistsError
            Naming what is in the way.
        """
        for name in names:
            there = self.path / name
            if there.exists() and name not in self._before:
                raise FileExistsError(
                    f"{there} is there and was not written by this command; move it away or give "
                    "another --out"
                )

    def begin(self, settings: dict[str, Any]) -> None:
        """Make the folder, and say that a run is writing to it."""
        self.path.mkdir(parents=True, exist_ok=True)
        # What a killed run could not clear away.
        for name in self._before:
            for draft in self.path.glob(f".{escape(name)}-*"):
                shutil.rmtree(draft, ignore_errors=True)
        self._settings = settings
        self._save(finished=False, files=self._before)

    def file(self, name: str) -> Path:
        """Return the path of a file that is about to be written as a whole."""
        self._note(name)
        return self.path / name

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """Give an empty folder to fill that takes the place of the one there when it is full."""
        with whole_folder(self.path / name) as draft:
            yield draft
        self._note(name)

    def finish(self) -> None:
        """Remove what earlier runs wrote and this one did not, and say that the run is through."""
        for name in self._before:
            old = self.path / name
            if name not in self._written and old.is_dir():
                shutil.rmtree(old)
            elif name not in self._written:
                old.unlink(missing_ok=True)
        self._save(finished=True, files=self._written)

    def _note(self, name: str) -> None:
        if name not in self._written:
            self._written.append(name)
            # So that a run that ends here leaves nothing that a later one takes for a stranger's.
            self._save(finished=False, files=list(dict.fromkeys([*self._before, *self._written])))

    def _save(self, finished: bool, files: list[str]) -> None:
        settings = {"finished": finished, **self._settings, "files": sorted(files)}
        with whole_file(self.path / SETTINGS_FILE) as file:
            json.dump(settings, file, indent=1, ensure_ascii=False, default=_plain)
            file.write("\n")

    def _listed(self) -> list[str]:
        try:
            files = json.loads((self.path / SETTINGS_FILE).read_text("utf-8"))["files"]
            # Whatever the file says: names of things in the folder, and nothing above it.
            return [name for name in files if Path(name).name == name and name not in (".", "..")]
        except (OSError, ValueError, KeyError, TypeError):
            return []


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
