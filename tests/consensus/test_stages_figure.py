from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from crystalviz.consensus import MarkConsensus
from crystalviz.consensus.cluster_colors import CLUSTER_COLORS, cluster_colors
from crystalviz.consensus.figures import plot_stages
from crystalviz.datasets.micrographs import SyntheticMicrographs, synthetic_micrographs
from crystalviz.images import ImageSet

FIRST, SECOND = "micrograph_000.png", "micrograph_001.png"
# Groups 1 to 4 on dark ground: those of the page.
COLORS = ["#56b4e9", "#e69f00", "#2bb98a", "#e8d44d"]


@pytest.fixture(scope="module")
def scene() -> SyntheticMicrographs:
    return synthetic_micrographs("hard", 2, size=640, per_image=40, seed=1)


@pytest.fixture(scope="module")
def found(scene: SyntheticMicrographs) -> MarkConsensus:
    return MarkConsensus().fit(scene.marks, scene.votes, scene.reads)


def filled(axes) -> dict[str, np.ndarray]:
    """Return the places of each legend entry's markers."""
    return {
        c.get_label(): np.asarray(c.get_offsets())
        for c in axes.collections
        if not c.get_label().startswith("_")
    }


def test_panels_show_every_pick_every_cluster_every_instance(scene, found) -> None:
    picks, clusters, particles = plot_stages(found, scene.images, SECOND).axes
    marks = found.marks_[found.marks_["image_id"] == SECOND]
    np.testing.assert_allclose(picks.collections[0].get_offsets(), marks[["x", "y"]])
    assert picks.get_title("left") == "Picks"
    by = marks["volunteer_id"].nunique()
    assert picks.get_title("right") == f"{len(marks)} by {by} volunteers"

    strays, owned = (np.asarray(c.get_offsets()) for c in clusters.collections)
    np.testing.assert_allclose(strays, marks.loc[marks["instance"] < 0, ["x", "y"]])
    np.testing.assert_allclose(owned, marks.loc[marks["instance"] >= 0, ["x", "y"]])
    names = marks.loc[marks["instance"] >= 0, "instance"].nunique()
    assert clusters.get_title("right") == f"{names}; {len(strays)} strays"

    real = found.instances_[found.instances_["image_id"] == SECOND]
    counts = real["label"].value_counts()
    by_class = filled(particles)
    assert set(by_class) == {f"{name} {count}" for name, count in counts.items()}
    for name, count in counts.items():
        own = real.loc[real["label"] == name, ["x", "y"]]
        np.testing.assert_allclose(by_class[f"{name} {count}"], own)
    assert particles.get_title("right").split("; ")[0] == str(len(real))
    shown = [text.get_text() for text in particles.get_legend().get_texts()]
    assert shown == [f"{name} {counts[name]}" for name in found.classes_ if name in counts]


def test_marks_of_one_cluster_have_one_color_and_classes_that_of_the_page(scene, found) -> None:
    _, clusters, particles = plot_stages(found, scene.images).axes
    owner = found.marks_.loc[found.marks_["image_id"] == FIRST, "instance"]
    owner = owner[owner >= 0].to_numpy()
    colors = np.array([to_hex(c) for c in clusters.collections[1].get_facecolors()])
    assert all(len(set(colors[owner == o])) == 1 for o in np.unique(owner))
    assert set(colors) == set(CLUSTER_COLORS)
    for c in particles.collections:
        if not c.get_label().startswith("_"):
            number = found.classes_.index(c.get_label().split()[0])
            assert to_hex(c.get_facecolors()[0]) == COLORS[number]


def test_neighbouring_clusters_differ_in_color_as_on_the_map() -> None:
    # A row of instances 12 px apart: nine neighbours within reach of each, eight colours.
    row = pd.DataFrame({"x": 12.0 * np.arange(40), "y": 5.0})
    colors = cluster_colors(row, 3.0)
    assert set(colors) == set(range(8))
    for step in (1, 2, 3):
        assert (colors[step:] != colors[:-step]).all()
    # Far apart ones go round by their row; a part of the table keeps its colours.
    lone = pd.DataFrame({"x": 1000.0 * np.arange(10), "y": 0.0}, index=range(3, 13))
    assert cluster_colors(lone, 3.0).tolist() == [3, 4, 5, 6, 7, 0, 1, 2, 3, 4]
    assert len(cluster_colors(row.iloc[:0], 3.0)) == 0


def test_a_ring_is_closed_as_far_as_the_instance_surely_exists(found) -> None:
    import copy

    half = copy.deepcopy(found)
    half.candidates_["p_exists"] = 0.5
    half.instances_["p_exists"] = 0.5
    half.candidates_["tie"] = half.instances_["tie"] = False
    rings = [
        c
        for c in plot_stages(half).axes[2].collections
        if c.get_label().startswith("_") and to_hex(c.get_edgecolors()[0]) in COLORS
    ]
    for ring in rings:
        outline = ring.get_paths()[0].vertices
        # Clockwise from the top: the right half (marker paths are scaled to .5).
        assert outline[:, 0].min() > -0.01
        assert outline[:, 1].min() == pytest.approx(outline[:, 1].max() * -1, abs=0.01)
    real = (half.instances_["image_id"] == FIRST).sum()
    assert sum(len(ring.get_offsets()) for ring in rings) == real


def test_a_tie_has_a_ring_of_both_colors(scene, found) -> None:
    import copy

    tied = copy.deepcopy(found)
    row = tied.candidates_.index[0]
    for table in (tied.candidates_, tied.instances_):
        table["tie"] = False
        table.loc[row, "tie"] = True
        # The likeliest class has fewer votes than the two that are tied.
        table.loc[row, [c for c in table if c.startswith("p_label_")]] = [0.5, 0.3, 0.0, 0.2]
        table.loc[row, [c for c in table if c.startswith("votes_")]] = [6.0, 7.0, 0.0, 7.0]
    image, x, y = tied.candidates_.loc[row, ["image_id", "x", "y"]]
    axes = plot_stages(tied, image_id=image).axes[2]
    halves = [
        to_hex(c.get_edgecolors()[0])
        for c in axes.collections
        if c.get_label().startswith("_")
        and len(c.get_offsets()) == 1
        and np.allclose(c.get_offsets(), [[x, y]])
        and c.get_linewidths()[0] == 2.0
    ]
    assert halves == [COLORS[1], COLORS[3]]
    assert "; 1 tie" in axes.get_title("right")


def test_what_has_no_label_has_no_class(found) -> None:
    import copy

    unsure = copy.deepcopy(found)
    row = unsure.candidates_.index[unsure.candidates_["image_id"] == FIRST][0]
    for table in (unsure.candidates_, unsure.instances_):
        table["label"] = table["label"].astype(object)
        table.loc[row, "label"] = None
    axes = plot_stages(unsure).axes[2]
    place = unsure.candidates_.loc[row, ["x", "y"]].astype(float)
    np.testing.assert_allclose(filled(axes)["no label 1"], [place])


def test_what_was_left_out_is_a_gray_ring(found) -> None:
    import copy

    one = copy.deepcopy(found)
    one.candidates_["tie"] = False
    one.instances_ = one.candidates_.iloc[:1]
    axes = plot_stages(one, image_id=one.candidates_["image_id"].iloc[0]).axes[2]
    others = (one.candidates_["image_id"] == one.candidates_["image_id"].iloc[0]).sum() - 1
    assert axes.get_title("right") == f"1; {others} left out"
    gray = [c for c in axes.collections if to_hex(c.get_edgecolors()[0]) == "#8a93a3"]
    assert sum(len(c.get_offsets()) for c in gray) == others


def test_a_region_cuts_picture_and_marks(scene, found) -> None:
    figure = plot_stages(found, scene.images, region=(100, 200, 300, 150))
    picks = figure.axes[0]
    assert picks.get_xlim() == (100, 400)
    assert picks.get_ylim() == (350, 200)
    shown = np.asarray(picks.collections[0].get_offsets())
    mine = found.marks_[found.marks_["image_id"] == FIRST]
    inside = mine["x"].between(100, 400) & mine["y"].between(200, 350)
    assert len(shown) == inside.sum() > 0
    left, right, bottom, top = picks.images[0].get_extent()
    assert left <= 100 < 400 <= right
    assert top <= 200 < 350 <= bottom
    part = picks.images[0].get_array()
    whole = scene.images[FIRST]
    row, column = int(top + 0.5), int(left + 0.5)
    assert np.array_equal(part, whole[row : row + part.shape[0], column : column + part.shape[1]])
    assert len(figure._repr_png_()) > 5000
    dark = plot_stages(found, region=(100, 200, 300, 150), dark=True)
    assert to_hex(dark.get_facecolor()) == "#0a0c10"


def test_pictures_may_be_arrays_files_a_folder_or_none(scene, found, tmp_path: Path) -> None:
    for name, picture in scene.images.items():
        Image.fromarray(picture).save(tmp_path / name)
    shown = [
        np.asarray(plot_stages(found, images, SECOND).axes[0].images[0].get_array())
        for images in (
            scene.images,
            {SECOND: tmp_path / SECOND},
            {SECOND: scene.images[SECOND].astype(np.uint16) * 256},
            tmp_path,
            str(tmp_path),
            ImageSet.from_folder(tmp_path),
        )
    ]
    for one in shown:
        assert np.array_equal(one, scene.images[SECOND])
    bare = plot_stages(found, None, SECOND)
    assert not bare.axes[0].images
    marks = found.marks_[found.marks_["image_id"] == SECOND]
    assert bare.axes[0].get_xlim()[0] < marks["x"].min()
    assert bare.axes[0].get_ylim()[0] > marks["y"].max()


def test_without_labels_there_are_instances_of_one_kind(scene) -> None:
    plain = MarkConsensus().fit(scene.marks, reads=scene.reads)
    axes = plot_stages(plain, scene.images).axes[2]
    count = (plain.instances_["image_id"] == FIRST).sum()
    assert list(filled(axes)) == [f"instance {count}"]
    assert axes.get_legend() is None


def test_what_is_not_there_is_named(scene, found) -> None:
    with pytest.raises(ValueError, match=r"'micrograph_002\.png' has no marks.*'micrograph_00"):
        plot_stages(found, scene.images, "micrograph_002.png")
    with pytest.raises(ValueError, match=r"no picture of image 'micrograph_001\.png'.*_000"):
        plot_stages(found, {FIRST: scene.images[FIRST]}, SECOND)
    with pytest.raises(ValueError, match="no area: width 0"):
        plot_stages(found, scene.images, region=(5, 5, 0, 10))
