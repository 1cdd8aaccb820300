from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from crystalviz.datasets import sample, sample_path
from crystalviz.images import find_scenes

ROOT = Path(__file__).resolve().parents[2]


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.png"))


def test_checkout_has_the_sample_and_it_is_small() -> None:
    folder = sample_path()
    assert folder == ROOT / "data" / "sample"
    assert len(files(folder)) == 48
    assert len(list((folder / "cex").iterdir())) == len(list((folder / "pg").iterdir())) == 24
    assert sum(p.stat().st_size for p in (ROOT / "data").rglob("*") if p.is_file()) < 5e6


def test_sample_is_what_the_generator_draws(tmp_path) -> None:
    """The committed files come from the committed generator.

    On one machine they are equal to the last pixel; another processor's exp() may round
    another way in the last bit, so a gray level here and there is let pass.
    """
    assert sample.main([str(tmp_path)]) == 0
    folder = sample_path()
    assert files(tmp_path) == files(folder)
    for name in files(folder):
        drawn, kept = (np.asarray(Image.open(f / name), float) for f in (tmp_path, folder))
        assert drawn.shape == kept.shape, name
        assert np.abs(drawn - kept).mean() < 0.3, name


def test_without_a_checkout_it_is_drawn_once_into_the_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sample, "__file__", str(tmp_path / "lib/python/site/crystalviz/d/s.py"))
    monkeypatch.setenv("CRYSTALVIZ_CACHE", str(tmp_path / "cache"))
    folder = sample.sample_path()
    assert folder.parent == tmp_path / "cache"
    assert files(folder) == files(ROOT / "data" / "sample")
    before = (folder / "pg" / "PG (1).png").stat().st_mtime_ns
    assert sample.sample_path() == folder
    assert (folder / "pg" / "PG (1).png").stat().st_mtime_ns == before
    # Nothing half-made stays behind.
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [folder.name]


def test_poses_in_the_sample_are_found_as_scenes() -> None:
    drawn = sample.make_sample()
    found = find_scenes(drawn.images)
    truth = np.unique(drawn.scenes, return_inverse=True)[1]
    assert len(set(drawn.scenes)) < len(drawn)
    assert np.unique(found, return_inverse=True)[1].tolist() == truth.tolist()
