from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam.figure import cam_figure


def texts(figure) -> list[str]:
    figure.draw_without_rendering()
    found = [text.get_text() for panel in figure.axes for text in panel.texts]
    found += [panel.get_title() for panel in figure.axes]
    found += [panel.get_xlabel() for panel in figure.axes]
    return [text for text in found if text]


@pytest.fixture
def images() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (20, 30)).astype(np.uint8) for _ in range(7)]


def test_grid_names_each_picture_and_says_where_there_is_no_evidence(images) -> None:
    cams = np.random.default_rng(1).random((7, 3, 3))
    cams[2] = 0
    figure = cam_figure(images, cams, titles=[f"t{i}" for i in range(7)], target="PG")
    said = texts(figure)
    assert [f"t{i}" in said for i in range(7)] == [True] * 7
    assert said.count("no evidence for PG") == 1
    assert figure.axes[2].texts, "in the panel of that picture"
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["the strongest 8 % of each picture", "the next 8 %"]


def test_columns_of_several_layers_share_one_scale(images) -> None:
    cams = {"a": np.full((2, 3, 3), 0.5), "b": np.full((2, 3, 3), 1.0), "$c$": np.zeros((2, 3, 3))}
    figure = cam_figure(images[:2], cams, top=None, opacity=1, colormap="gray", scale="set")
    panels = np.reshape(figure.axes[:8], (2, 4))
    said = texts(figure)
    assert {"0", "1", "a", "b", "$c$"} <= set(said)
    assert said.count("no evidence") == 2
    shown = [panel.images[0].get_array() for panel in panels[0]]
    np.testing.assert_array_equal(shown[0][:, :, 0], images[0])
    # Half of the peak of the set, and the peak.
    assert (np.asarray(shown[1]) == 128).all()
    assert (np.asarray(shown[2]) == 255).all()
    assert any(text.startswith("Evidence for the class") for text in said)


def test_wrong_arguments_are_named(images) -> None:
    with pytest.raises(ValueError, match="at least one image"):
        cam_figure([], np.ones((0, 3, 3)))
    with pytest.raises(ValueError, match="1 titles for 2 images"):
        cam_figure(images[:2], np.ones((2, 3, 3)), titles=["one"])
