"""Randomizing a copy, never the model."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from crystalviz.cam.trust import cascading_randomization, randomized_models
from crystalviz.cam.trust.randomization import compare_maps


def _weights(model) -> list[bytes]:
    return [np.asarray(values).tobytes() for values in model.network.get_weights()]


def test_maps_change_and_the_model_does_not(deep_model, crystals) -> None:
    before, mark = _weights(deep_model), deep_model.fingerprint
    pass_before = deep_model.one_pass(crystals)
    found = cascading_randomization(crystals, deep_model, "high", "gradcam", stages=4)
    assert found.stages == ("predictions", "high", "norm", "low")
    assert found.spearman.shape == found.ssim.shape == (4, 4)
    assert np.nanmean(found.spearman[-1]) < 0.7
    assert _weights(deep_model) == before
    assert deep_model.fingerprint == mark
    for old, new in zip(pass_before, deep_model.one_pass(crystals), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_map_without_class_does_not_see_the_head(deep_model, crystals) -> None:
    found = cascading_randomization(crystals, deep_model, "high", "eigencam", stages=4)
    np.testing.assert_allclose(found.spearman[0], 1, atol=1e-6)
    np.testing.assert_allclose(found.ssim[0], 1, atol=1e-4)
    assert (found.spearman[-1] < 0.99).all()


def test_the_seed_decides(deep_model, crystals) -> None:
    one, same, other = (
        cascading_randomization(crystals, deep_model, "high", "gradcam", stages=1, seed=seed)
        for seed in (0, 0, 5)
    )
    np.testing.assert_array_equal(one.spearman, same.spearman)
    assert (one.spearman != other.spearman).any()


def test_the_cascade_goes_from_the_output_down(deep_model) -> None:
    original = {layer.name: layer.get_weights() for layer in deep_model.network.layers}
    changed_so_far = []
    for name, model in randomized_models(deep_model, stages=4):
        changed = set()
        for layer in model.network.layers:
            for place, values in enumerate(layer.get_weights()):
                if (values != original[layer.name][place]).any():
                    changed.add(layer.name)
        changed_so_far.append((name, changed))
    assert changed_so_far[0] == ("predictions", {"predictions"})
    assert changed_so_far[1] == ("high", {"predictions", "high"})
    assert {"predictions", "high", "low"} <= changed_so_far[3][1]


def test_signals_keep_their_size(deep_model, crystals) -> None:
    """Random weights must not blow up or silence the network: that would be a trivial change."""
    *_, (_, model) = randomized_models(deep_model, stages=4)
    for old, new in zip(deep_model.network.get_weights(), model.network.get_weights(), strict=True):
        size = np.sqrt((old**2).mean())
        assert 0.5 * size <= np.sqrt((new**2).mean()) <= 2 * size
    assert np.isfinite(model.one_pass(crystals).vectors).all()


def test_nested_networks_are_copied_too(deep_model, crystals) -> None:
    from crystalviz.models import Model
    from crystalviz.models._keras import import_keras

    _, keras = import_keras()
    image = keras.Input((32, 32, 1))
    inner = keras.Model(deep_model.network.inputs, deep_model.network.get_layer("high").output)
    x = keras.layers.GlobalAveragePooling2D()(inner(image))
    outer = Model(
        keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="top")(x)),
        "outer",
        cam_layer="high",
    )
    before = _weights(outer)
    names = [name for name, _ in randomized_models(outer, stages=4)]
    assert names == ["top", "high", "norm", "low"]
    assert _weights(outer) == before


def test_empty_maps() -> None:
    full = np.random.default_rng(0).random((1, 8, 8)).astype(np.float32)
    empty = np.zeros_like(full)
    structure, order = compare_maps(full, empty)
    assert order[0] == 0
    assert structure[0] < 0.5
    assert np.isnan(compare_maps(empty, full)).all()


def test_no_advice_on_retracing_and_wrong_stages(deep_model, caplog) -> None:
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        count = sum(1 for _ in randomized_models(deep_model, stages=9))
    assert count == 4
    assert "retracing" not in caplog.text
    with pytest.raises(ValueError, match="stages must be 1"):
        next(randomized_models(deep_model, stages=0))
