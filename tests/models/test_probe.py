"""A linear probe: what it learns, how it is judged, and that its maps add up to its logit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from crystalviz.cam import compute_cam
from crystalviz.models import load_model
from crystalviz.models.errors import LayerNotFoundError, ModelFileError
from crystalviz.models.probe import LinearProbe, ProbeError, fit_probe, probe_digest
from crystalviz.models.probe.linear import vectors_of


def clouds(classes: int, each: int = 20, dimension: int = 6, seed: int = 0):
    """Return (vectors, labels, scenes): clouds far apart, two images in each scene."""
    rng = np.random.default_rng(seed)
    centers = 6 * rng.normal(size=(classes, dimension))
    codes = np.repeat(np.arange(classes), each)
    vectors = (centers[codes] + rng.normal(size=(len(codes), dimension))).astype(np.float32)
    return vectors, [f"kind {code}" for code in codes], np.arange(len(codes)) // 2


@pytest.fixture(scope="module")
def probe(crystalnet, crystals) -> tuple[LinearProbe, list[np.ndarray]]:
    """A probe of three classes on the embedded model; the third are images turned negative."""
    pixels = crystals.images
    labels = list(crystals.labels)
    negatives = [255 - image for image in pixels[::3]]
    everything = [*pixels, *negatives]
    vectors = crystalnet.one_pass(everything).vectors
    names = [*labels, *(["negative"] * len(negatives))]
    return fit_probe(vectors, names, model=crystalnet), everything


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_far_apart_classes_are_told_apart_out_of_scene(classes: int) -> None:
    vectors, labels, scenes = clouds(classes)
    probe = fit_probe(vectors, labels, scenes)
    assert probe.class_names == tuple(f"kind {k}" for k in range(classes))
    assert probe.correct.mean() > 0.9
    by_class = probe.predict(vectors)
    assert by_class.shape == (len(vectors), classes)
    np.testing.assert_allclose(by_class.sum(axis=1), 1, atol=1e-6)
    assert [probe.class_names[k] for k in by_class.argmax(axis=1)] == labels


def test_labels_without_meaning_are_not_predicted_out_of_scene() -> None:
    rng = np.random.default_rng(3)
    # Four copies of each scene: a check that is not by scene would know them all again.
    vectors = np.repeat(rng.normal(size=(30, 40)), 4, axis=0).astype(np.float32)
    labels = np.repeat(rng.permutation(["a", "b"] * 15), 4).tolist()
    scenes = np.repeat(np.arange(30), 4)
    probe = fit_probe(vectors, labels, scenes)
    assert 0.2 < probe.correct.mean() < 0.75
    leaking = fit_probe(vectors, labels)
    assert leaking.correct.mean() == 1.0


def test_a_scene_is_in_one_fold_and_its_head_did_not_see_it() -> None:
    vectors, labels, scenes = clouds(3)
    probe = fit_probe(vectors, labels, scenes)
    for scene in np.unique(probe.scenes):
        assert len(np.unique(probe.folds[probe.scenes == scene])) == 1
    assert probe.folds.min() == 1
    for row, key in enumerate(probe.keys):
        assert probe.head_of(key) == probe.folds[row]
        np.testing.assert_allclose(
            probe.predict(vectors[[row]], probe.head_of(key))[0], probe.out_of_scene[row], atol=1e-6
        )
    assert probe.head_of("unknown") == 0


def test_a_head_is_logistic_regression_on_standardised_features() -> None:
    vectors, labels, scenes = clouds(3)
    probe = fit_probe(vectors, labels, scenes)
    standard = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    regression = LogisticRegression(C=probe.strengths[0], max_iter=1000, tol=1e-8)
    regression.fit(standard.astype(np.float64), labels)
    np.testing.assert_allclose(
        probe.predict(vectors), regression.predict_proba(standard), atol=5e-3
    )


def test_the_order_of_the_images_does_not_matter() -> None:
    vectors, labels, scenes = clouds(3)
    keys = [f"key {row:02d}" for row in range(len(labels))]
    probe = fit_probe(vectors, labels, scenes, keys=keys)
    order = np.random.default_rng(1).permutation(len(labels))
    turned = fit_probe(
        vectors[order],
        [labels[i] for i in order],
        1000 - scenes[order],
        keys=[keys[i] for i in order],
    )
    assert turned.digest == probe.digest
    assert turned.fingerprint() == probe.fingerprint()
    digest = probe_digest(vectors, ["kind 1", *labels[1:]], scenes, keys=keys)
    assert digest != probe.digest


def test_images_without_a_label_are_not_used() -> None:
    vectors, labels, scenes = clouds(2)
    some = [label if row % 3 else None for row, label in enumerate(labels)]
    rows = [row for row, label in enumerate(some) if label]
    probe = fit_probe(vectors, some, scenes)
    alone = fit_probe(vectors[rows], [labels[row] for row in rows], scenes[rows])
    np.testing.assert_array_equal(probe.weights, alone.weights)
    assert len(probe.codes) == len(rows)


def test_two_classes_of_the_model_keep_its_order_and_case_is_no_difference(crystalnet) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(12, crystalnet.dimension)).astype(np.float32)
    probe = fit_probe(vectors, ["pg", "PG", "cex", "cex"] * 3, model=crystalnet)
    assert [name.casefold() for name in probe.class_names] == ["cex", "pg"]
    assert fit_probe(vectors, ["z 10", "z 9"] * 6).class_names == ("z 9", "z 10")


def test_tiny_classes() -> None:
    vectors, labels, scenes = clouds(2)
    rng = np.random.default_rng(5)
    lone = np.concatenate([vectors, 9 + rng.normal(size=(1, 6)).astype(np.float32)])
    probe = fit_probe(lone, [*labels, "rare"], [*scenes, 999])
    # Nothing out of scene can know it, and that is what the score says.
    assert not probe.correct[list(probe.codes).index(2)]
    assert probe.correct[probe.codes < 2].mean() > 0.9
    assert probe.predict(lone)[-1].argmax() == 2

    four = vectors[[0, 2, -1, -3]]
    pair = fit_probe(four, ["a", "a", "b", "b"])
    assert pair.folds.max() == 2
    np.testing.assert_array_equal(pair.predict(four).argmax(axis=1), [0, 0, 1, 1])


def test_what_a_probe_knows_is_one_picture_of_each_scene() -> None:
    vectors, labels, scenes = clouds(2, each=40)
    probe = fit_probe(vectors, labels, scenes)
    assert probe.reference is not None
    known = probe.reference.score(vectors)
    assert (known <= 1).mean() > 0.9
    assert probe.reference.score(vectors[:1] + 40)[0] > 1
    assert fit_probe(vectors, labels, scenes // 3).reference is None, "too few scenes to tell"


@pytest.mark.parametrize(
    ("labels", "scenes", "message"),
    [
        ([None] * 4, None, "no image has a label"),
        (["a"] * 4, None, "all labelled images are 'a'"),
        (["a", "a", "b", "b"], [0, 0, 1, 1], "one scene only"),
    ],
)
def test_labels_that_teach_nothing(labels, scenes, message: str) -> None:
    with pytest.raises(ProbeError, match=message):
        fit_probe(np.eye(4, dtype=np.float32), labels, scenes)


def test_vectors_that_are_no_numbers() -> None:
    vectors, labels, scenes = clouds(2)
    vectors[3, 2] = np.nan
    with pytest.raises(ProbeError, match="NaN"):
        fit_probe(vectors, labels, scenes)


def test_the_mean_of_the_signed_map_is_the_logit(probe, crystalnet) -> None:
    fitted, pixels = probe
    for head in (0, 1):
        attached = fitted.attach(crystalnet, head)
        seen = attached.one_pass(pixels)
        scores = fitted.scores(seen.vectors, head)
        for k, name in enumerate(fitted.class_names):
            others = np.delete(scores, k, axis=1).mean(axis=1)
            maps = attached.signed_maps(pixels, name)
            np.testing.assert_allclose(
                maps.mean(axis=(1, 2)), scores[:, k] - others, rtol=1e-4, atol=1e-4
            )
        # The same from the activations alone, with the bias added once.
        activations = crystalnet.feature_pass(pixels).activations.astype(np.float64)
        weights, bias = fitted.weights[head].astype(float), fitted.bias[head].astype(float)
        np.testing.assert_allclose(
            (activations @ weights.T).mean(axis=(1, 2)) + bias, scores, rtol=1e-4, atol=1e-4
        )


def test_maps_are_of_the_predicted_class(probe, crystalnet) -> None:
    fitted, pixels = probe
    attached = fitted.attach(crystalnet)
    seen = attached.one_pass(pixels)
    np.testing.assert_array_equal(seen.vectors, crystalnet.feature_pass(pixels).vectors)
    np.testing.assert_allclose(seen.class_probability, fitted.predict(seen.vectors), atol=1e-6)
    np.testing.assert_array_equal(seen.probability, seen.class_probability.max(axis=1))
    predicted = seen.class_probability.argmax(axis=1)
    assert set(predicted) == {0, 1, 2}
    for row, k in enumerate(predicted):
        signed = attached.signed_maps([pixels[row]], fitted.class_names[k])[0]
        wanted = np.maximum(signed, 0) / signed.max()
        np.testing.assert_allclose(seen.maps[row], wanted, atol=1e-4)
    np.testing.assert_array_equal(seen.maps.max(axis=(1, 2)), 1)
    empty = attached.one_pass([])
    assert empty.maps.shape == (0, *attached.map_shape)
    with pytest.raises(ValueError, match="no class 'cat'"):
        attached.signed_maps(pixels[:1], "cat")


def test_two_classes_say_the_share_of_the_positive_one(crystalnet, crystals) -> None:
    pixels = crystals.images
    vectors = crystalnet.one_pass(pixels).vectors
    fitted = fit_probe(vectors, list(crystals.labels), model=crystalnet)
    seen = fitted.attach(crystalnet).one_pass(pixels)
    np.testing.assert_array_equal(seen.probability, seen.class_probability[:, 1])
    evidence = fitted.evidence(seen.vectors)
    np.testing.assert_allclose(evidence[:, 0], -evidence[:, 1], atol=1e-5)
    np.testing.assert_allclose(1 / (1 + np.exp(-evidence[:, 1])), seen.probability, atol=1e-5)


def test_compute_cam_explains_a_probe(probe, crystalnet) -> None:
    fitted, pixels = probe
    attached = fitted.attach(crystalnet)
    layer = attached.cam_layer
    evidence = attached.layer_evidence(pixels, layer)
    # To first order around nothing: the gradient times the activation adds up to the logit.
    gained = (evidence.activations[layer] * evidence.gradients[layer]).sum(axis=(1, 2, 3))
    chosen = evidence.targets
    free = fitted.bias[0][chosen] * 1.5
    np.testing.assert_allclose(
        gained + free, evidence.scores[np.arange(len(pixels)), chosen], rtol=1e-3, atol=1e-3
    )
    np.testing.assert_allclose(
        attached.class_scores(attached.prepare(pixels)), evidence.scores, atol=1e-4
    )
    maps = compute_cam(pixels[:2], attached, layer=layer, method="hirescam", target="negative")
    assert maps.shape == (2, *attached.map_shape)
    with pytest.raises(LayerNotFoundError, match=layer):
        attached.layer_evidence(pixels, "stem")


def test_a_probe_of_another_model_is_refused(probe, crystalnet) -> None:
    fitted, _ = probe

    class Other:
        name, fingerprint, dimension = "other", "another", crystalnet.dimension

    with pytest.raises(ProbeError, match=r"fitted on vectors of 'crystalnet'.*'other'"):
        fitted.attach(Other())  # type: ignore[arg-type]
    # Another engine gives the same vectors.
    assert fitted.model_vectors == vectors_of(load_model("crystalnet", engine="keras"))
    free = fit_probe(*clouds(2))
    with pytest.raises(ProbeError, match="length 6"):
        free.attach(crystalnet)
    with pytest.raises(ProbeError, match="length 6"):
        free.predict(np.zeros((1, 7), np.float32))


def test_saved_and_loaded_it_is_the_same(probe, crystalnet, tmp_path) -> None:
    fitted, pixels = probe
    folder = fitted.save(tmp_path / "deep" / "probe")
    for path in (folder, folder / "probe.json", folder / "probe.npz"):
        loaded = LinearProbe.load(path)
        assert loaded.fingerprint(1) == fitted.fingerprint(1)
        assert loaded.keys == fitted.keys
        assert loaded.summary == fitted.summary
    np.testing.assert_array_equal(
        loaded.attach(crystalnet).one_pass(pixels[:3]).maps,
        fitted.attach(crystalnet).one_pass(pixels[:3]).maps,
    )
    assert json.loads((folder / "probe.json").read_text())["class_names"] == [*fitted.class_names]
    assert {path.name for path in folder.iterdir()} == {
        "probe.json",
        "probe.npz",
        "probe.reference.npz",
    }
    assert loaded.reference is not None
    assert fitted.reference is not None
    vectors = crystalnet.one_pass(pixels[:3]).vectors
    np.testing.assert_array_equal(loaded.reference.score(vectors), fitted.reference.score(vectors))


def test_damaged_files_are_named(probe, tmp_path) -> None:
    folder = probe[0].save(tmp_path / "probe")
    with pytest.raises(ModelFileError, match=r"nowhere.*head=\"probe\""):
        LinearProbe.load(tmp_path / "nowhere")
    facts = folder / "probe.json"
    text = facts.read_text()
    facts.write_text(text.replace('"format": 1', '"format": 9'))
    with pytest.raises(ModelFileError, match="newer crystalviz"):
        LinearProbe.load(folder)
    facts.write_text(text[:-20])
    with pytest.raises(ModelFileError, match="damaged"):
        LinearProbe.load(folder)
    facts.write_text(text)
    numbers = bytearray((folder / "probe.npz").read_bytes())
    numbers[len(numbers) // 2] ^= 1
    (folder / "probe.npz").write_bytes(numbers)
    with pytest.raises(ModelFileError, match=r"probe\.npz"):
        LinearProbe.load(folder)
