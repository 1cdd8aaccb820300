"""The engines agree, need no TensorFlow, and keep images apart."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from crystalviz.images import ImageSet
from crystalviz.models import Model, load_model
from crystalviz.models.engines import BATCH
from crystalviz.models.engines.choose import choose_engine
from crystalviz.models.load import CRYSTALNET_FILE
from crystalviz.models.load_keras import file_digest
from crystalviz.models.load_onnx import read_own_onnx

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
EVERY = [("keras", "f32"), ("onnx", "f32"), ("openvino", "f32"), ("openvino", "bf16")]


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Every micrograph of the sample, and noise."""
    images = ImageSet.from_folder(SAMPLE)
    found = [images.pixels(i) for i in range(len(images))]
    noise = np.random.default_rng(5).integers(0, 256, (4, 90, 130)).astype(np.uint8)
    return [*found, *noise]


@pytest.fixture(scope="module")
def reference(pictures):
    model = load_model("crystalnet", engine="keras")
    return model.one_pass(pictures), model.feature_pass(pictures)


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def top_cells(maps: np.ndarray) -> np.ndarray:
    flat = maps.reshape(len(maps), -1)
    return np.sort(np.argsort(-flat, axis=1, kind="stable")[:, : round(0.16 * flat.shape[1])])


@pytest.mark.parametrize(("engine", "precision"), EVERY[1:3])
def test_engines_agree_with_keras(engine, precision, pictures, reference) -> None:
    """crystalnet.onnx is the same network as crystalnet.keras, to the last cell of the map."""
    expected, features = reference
    model = load_model("crystalnet", engine=engine, precision=precision)
    result = model.one_pass(pictures)
    assert cosine(result.vectors, expected.vectors).min() >= 0.99999
    np.testing.assert_allclose(result.probability, expected.probability, atol=1e-4)
    np.testing.assert_allclose(result.class_probability, expected.class_probability, atol=1e-4)
    np.testing.assert_allclose(result.maps, expected.maps, atol=1e-3)
    np.testing.assert_array_equal(top_cells(result.maps), top_cells(expected.maps))
    activations = model.feature_pass(pictures).activations
    np.testing.assert_allclose(activations, features.activations, atol=1e-3)


def test_bf16_stays_close(pictures, reference) -> None:
    """Without bf16 in the processor OpenVINO computes in f32 or emulates it."""
    expected, _ = reference
    result = load_model("crystalnet", engine="openvino", precision="bf16").one_pass(pictures)
    assert cosine(result.vectors, expected.vectors).min() >= 0.9999
    np.testing.assert_allclose(result.probability, expected.probability, atol=0.03)
    same = [
        len(np.intersect1d(a, b)) / len(a)
        for a, b in zip(top_cells(result.maps), top_cells(expected.maps), strict=True)
    ]
    assert np.mean(same) >= 0.97


@pytest.mark.parametrize(("engine", "precision"), EVERY)
def test_an_image_gives_the_same_bytes_in_any_company(engine, precision, pictures) -> None:
    model = load_model("crystalnet", engine=engine, precision=precision)
    images = pictures[: BATCH + 3]
    together = model.one_pass(images)
    for i in (0, 5, BATCH, BATCH + 2):
        for part, whole in zip(model.one_pass([images[i]]), together, strict=True):
            assert part[0].tobytes() == whole[i].tobytes()


@pytest.mark.parametrize(("engine", "precision"), EVERY)
def test_threads_do_not_mix_results(engine, precision, pictures) -> None:
    model = load_model("crystalnet", engine=engine, precision=precision)
    alone = [model.one_pass([image]) for image in pictures[:12]]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda image: model.one_pass([image]), pictures[:12]))
    for a, b in zip(alone, threaded, strict=True):
        for part, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(part, other)


def test_results_outlive_the_next_run(pictures) -> None:
    model = load_model("crystalnet", engine="openvino")
    first = model.one_pass(pictures[:8])
    kept = [part.copy() for part in first]
    model.one_pass(pictures[8:16])
    for part, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_fingerprint_tells_engine_and_precision() -> None:
    models = [load_model("crystalnet", engine=e, precision=p) for e, p in EVERY]
    assert len({model.fingerprint for model in models}) == len(EVERY)
    assert [(model.engine, model.precision) for model in models] == EVERY
    again = load_model(CRYSTALNET_FILE, engine="openvino")
    assert again.fingerprint == models[2].fingerprint


def test_embedded_onnx_has_the_weights_of_the_keras_file() -> None:
    """Found stale, write it anew: python -m crystalviz.models.export_onnx crystalnet."""
    content, facts = read_own_onnx(CRYSTALNET_FILE.with_suffix(".onnx"))
    assert facts.weights == file_digest(CRYSTALNET_FILE)
    assert facts.class_names == ("CEX", "PG")
    assert facts.cam_layer == facts.feature_layer == "conv5_block2_out"
    assert len(content) < 4e6


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_without_tensorflow(engine) -> None:
    code = (
        "import sys, numpy as np, crystalviz as cz\n"
        f"model = cz.load_model('crystalnet', engine={engine!r})\n"
        "model.one_pass([np.zeros((30, 40), np.uint8)])\n"
        "model.feature_pass([]), model.class_scores(model.prepare([]))\n"
        "print(sorted({'tensorflow', 'keras', 'onnx', 'h5py'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
    assert out.stderr == ""


def test_a_whole_analysis_without_tensorflow() -> None:
    code = (
        "import sys, crystalviz as cz\n"
        f"analysis = cz.analyze({str(SAMPLE)!r}, progress=False)\n"
        "print(len(analysis.table), 'tensorflow' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, tensorflow = out.stdout.split()
    assert int(count) == len(ImageSet.from_folder(SAMPLE))
    assert tensorflow == "False"


def test_gradients_come_from_the_keras_twin(pictures) -> None:
    model = load_model("crystalnet", engine="onnx")
    evidence = model.layer_evidence(pictures[:3], "conv4_block1_out")
    twin = load_model("crystalnet", engine="keras").layer_evidence(pictures[:3], "conv4_block1_out")
    np.testing.assert_array_equal(
        evidence.gradients["conv4_block1_out"], twin.gradients["conv4_block1_out"]
    )
    scores = model.class_scores(model.prepare(pictures[:3]))
    np.testing.assert_allclose(scores, evidence.scores, atol=1e-3)
    assert model.network.name == "crystalnet"


def test_auto_takes_the_fastest_that_is_installed(monkeypatch) -> None:
    have = {"openvino", "onnxruntime", "tensorflow"}
    monkeypatch.setattr("crystalviz.models.engines.choose.installed", lambda name: name in have)
    assert choose_engine("auto", "f32") == "openvino"
    have.remove("openvino")
    assert choose_engine("auto", "f32") == "onnx"
    have.remove("onnxruntime")
    assert choose_engine("auto", "f32") == "keras"
    with pytest.raises(ImportError, match=r"crystalviz\[onnx\]"):
        choose_engine("auto", "f32", needs_onnx=True)
    assert choose_engine("auto", "bf16") == "openvino"


def test_unknown_engines_are_refused() -> None:
    with pytest.raises(ValueError, match="there are auto, openvino, onnx, keras"):
        load_model("crystalnet", engine="torch")
    with pytest.raises(ValueError, match="f32, bf16"):
        load_model("crystalnet", precision="int8")
    with pytest.raises(ValueError, match="bf16 needs engine='openvino'"):
        load_model("crystalnet", engine="onnx", precision="bf16")


def test_wrong_input_is_refused() -> None:
    model = load_model("crystalnet")
    with pytest.raises(ValueError, match="160, 160, 1"):
        model.class_scores(np.zeros((2, 160, 160, 3), np.float32))


def test_a_network_in_memory_on_another_engine(noise) -> None:
    from crystalviz.models.load_keras import read_network

    network = read_network(CRYSTALNET_FILE)
    converted = Model(network, "mine", ("CEX", "PG"), engine="onnx")
    assert (converted.engine, converted.precision) == ("onnx", "f32")
    expected = load_model("crystalnet", engine="onnx").one_pass(noise)
    for part, whole in zip(converted.one_pass(noise), expected, strict=True):
        np.testing.assert_allclose(part, whole, atol=1e-5)
