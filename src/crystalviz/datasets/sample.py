"""The small sample folder: 48 synthetic micrographs that work without any download."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from crystalviz.datasets.synthetic import SyntheticCrystals, synthetic_crystals

SAMPLE_COUNT = 48
SAMPLE_SEED = 2
# Two of five PG images repeat an earlier scene in another pose, so that there is
# something for `find_scenes` to find, as in the real data set.
SAMPLE_POSES = 0.4


def make_sample() -> SyntheticCrystals:
    """Draw the sample: 24 CEX and 24 PG images, some of the PG ones poses of one scene."""
    return synthetic_crystals(SAMPLE_COUNT, seed=SAMPLE_SEED, poses=SAMPLE_POSES)


def sample_path() -> Path:
    """Return the folder of the sample, with subfolders `cex` and `pg`.

    Returns
    -------
    pathlib.Path
        `data/sample` in a checkout. Elsewhere the sample is drawn once into the
        user's cache folder (a few seconds, no network) and found there afterwards;
        `CRYSTALVIZ_CACHE` names another cache folder.

    Raises
    ------
    OSError
        If the cache folder cannot be written.
    """
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file() and (checkout / "data/sample/pg").is_dir():
        return checkout / "data" / "sample"
    name = f"sample-{SAMPLE_COUNT}-{SAMPLE_SEED}"
    folder = cache_folder() / name
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Drawn beside and moved in one step: a run that stops halfway leaves no half sample.
        draft = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder.parent))
    except OSError as error:
        raise OSError(
            f"{folder.parent}: cannot make the cache folder for the sample ({error.strerror}); "
            "set CRYSTALVIZ_CACHE to a folder that can be written"
        ) from error
    try:
        make_sample().write(draft)
        os.chmod(draft, 0o755)
        draft.rename(folder)
    except OSError:
        # Another process was first; its sample is the same.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def cache_folder() -> Path:
    """Where this user's crystalviz files go that can be made again at any time."""
    if named := os.environ.get("CRYSTALVIZ_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "crystalviz"


def main(arguments: list[str] | None = None) -> int:
    """Write the sample into a folder: `python -m crystalviz.datasets.sample data/sample`."""
    parser = argparse.ArgumentParser(description="Draw the sample of synthetic crystal images.")
    parser.add_argument("folder", type=Path, help="folder to write cex/ and pg/ into")
    folder = parser.parse_args(arguments).folder
    written = make_sample().write(folder)
    size = sum(path.stat().st_size for path in written)
    print(f"{len(written)} images, {size / 1e6:.1f} MB, in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
