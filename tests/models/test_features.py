"""Features: order, bad files, bounded memory, and the same numbers on workers as here."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import joblib
import numpy as np
import pytest
from PIL import Image

from crystalviz.datasets import synthetic_crystals
from crystalviz.images import ImageSet
from crystalviz.models import Features, Model, extract_features, load_model
from crystalviz.models.batches import BATCH_PIXELS, batches, one_ahead
from crystalviz.models.elsewhere import WorkerError, goes_elsewhere, results_in_order, send
from crystalviz.models.pose_average import PoseAverage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """19 pictures, one of which turns out to be cut off when it is decoded."""
    folder = tmp_path_factory.mktemp("features")
    synthetic_crystals(20, seed=12).write(folder)
    cut = folder / "pg" / "PG (3).png"
    cut.write_bytes(cut.read_bytes()[:-3_000])
    return folder


@pytest.fixture(scope="module")
def here(folder: Path) -> Features:
    return extract_features(folder, "crystalnet", batch_size=6)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processes of a real Dask cluster."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def same(one: Features, other: Features) -> bool:
    arrays = ("vectors", "probability", "class_probability")
    return one.ids == other.ids and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays
    )


def tiny_network() -> Any:
    import keras

    keras.utils.set_random_seed(3)
    image = keras.Input((24, 24, 1))
    x = keras.layers.Conv2D(5, 3, activation="relu", name="only")(image)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3, activation="softmax")(x))


def test_features_come_in_order_whatever_the_batch_size(folder: Path, here: Features) -> None:
    assert len(here) == 19
    assert here.vectors.shape == (19, 128)
    assert "pg/PG (3).png" not in here.ids
    for size in (1, 64):
        assert same(here, extract_features(folder, "crystalnet", batch_size=size))
    np.testing.assert_allclose(here.class_probability.sum(axis=1), 1, atol=1e-6)
    assert (here.class_probability[:, 1] == here.probability).all()


def test_files_that_cannot_be_decoded_are_listed(folder: Path) -> None:
    for n_jobs in (1, 2):
        images = ImageSet.from_folder(folder)
        extract_features(images, "crystalnet", n_jobs=n_jobs, batch_size=4)
        assert [name for name, _ in images.problems] == ["pg/PG (3).png"]


def test_other_processes_give_the_same_bytes(folder: Path, here: Features) -> None:
    assert same(here, extract_features(folder, "crystalnet", batch_size=5, n_jobs=2))
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert goes_elsewhere(None)
        assert same(here, extract_features(folder, "crystalnet", batch_size=5))


def test_a_dask_cluster_gives_the_same_bytes(folder: Path, here: Features, cluster: Any) -> None:
    with joblib.parallel_config(backend="dask", wait_for_workers_timeout=30):
        there = extract_features(folder, "crystalnet", batch_size=5)
    assert same(here, there)
    # It did go there.
    assert any(cluster.run(has_crystalnet_open).values())


def has_crystalnet_open() -> bool:
    from crystalviz.models import elsewhere

    return any(model.name == "crystalnet" for model in elsewhere._opened.values())


@pytest.mark.usefixtures("cluster")
def test_models_without_a_name_travel_as_their_keras_file() -> None:
    model = PoseAverage(Model(tiny_network(), "tiny", ("a", "b", "c"), preprocessing="unit"))
    arrays = synthetic_crystals(7, seed=2).images
    local = extract_features(arrays, model, batch_size=3)
    with joblib.parallel_config(backend="dask"):
        assert same(local, extract_features(arrays, model, batch_size=3))


def test_a_sent_model_is_opened_once_and_is_the_same_model(tmp_path: Path) -> None:
    model = Model(tiny_network(), "tiny", ("a", "b", "c"), preprocessing="unit")
    sent = send(PoseAverage(model))
    opened = sent.open()
    assert opened is sent.open()
    assert opened.fingerprint == PoseAverage(model).fingerprint
    assert opened.model is not model
    assert opened.class_names == ("a", "b", "c")
    assert len(send(load_model("crystalnet")).data) < 1_000


def test_poses_8_does_not_depend_on_the_pose() -> None:
    picture = synthetic_crystals(1, seed=5).images[0]
    turned = [picture, np.ascontiguousarray(np.rot90(picture))]
    features = extract_features(turned, "crystalnet", poses=8)
    np.testing.assert_allclose(features.vectors[0], features.vectors[1], atol=1e-5)


def die_on_the_third(number: int) -> int:
    if number == 2:
        os._exit(9)
    return number


def test_a_worker_that_dies_is_told() -> None:
    with joblib.parallel_config(backend="loky", n_jobs=2):
        results = results_in_order(die_on_the_third, ((n,) for n in range(4)), None)
        with pytest.raises(WorkerError, match=r"worker process ended.*Run again"):
            list(results)


def test_a_worker_of_a_cluster_that_dies_is_told() -> None:
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        results = results_in_order(die_on_the_third, ((n,) for n in range(4)), None)
        with pytest.raises(WorkerError, match="KilledWorker"):
            list(results)


def test_arguments_are_checked(folder: Path) -> None:
    for wrong, match in (
        ({"batch_size": 0}, "batch_size"),
        ({"poses": 4}, "poses"),
        ({"n_jobs": 0}, "n_jobs"),
    ):
        with pytest.raises(ValueError, match=match):
            extract_features(folder, "crystalnet", **wrong)  # type: ignore[arg-type]


def test_the_next_batch_is_read_while_one_is_worked_on() -> None:
    read = threading.Event()

    def stream() -> Iterator[tuple[int, np.ndarray]]:
        for row in range(4):
            if row == 3:
                read.set()
            yield row, np.zeros((2, 2), np.uint8)

    ahead = one_ahead(batches(stream(), 2))
    first = next(ahead)
    assert first.rows == [0, 1]
    # The consumer has not asked for it.
    assert read.wait(10)
    assert [batch.rows for batch in ahead] == [[2, 3]]


def test_large_images_close_a_batch_early() -> None:
    side = int(np.sqrt(BATCH_PIXELS / 2)) + 1
    large = np.broadcast_to(np.uint8(0), (side, side))
    found = [batch.rows for batch in batches((row, large) for row in range(5))]
    assert found == [[0, 1], [2, 3], [4]]


def test_memory_does_not_grow_with_the_number_of_large_images(tmp_path: Path) -> None:
    # 12 images of 20 megapixels, 240 MB decoded; a stand-in model keeps nothing.
    Image.fromarray(np.zeros((4_000, 5_000), np.uint8)).save(tmp_path / "0.png", compress_level=1)
    for number in range(1, 12):
        os.link(tmp_path / "0.png", tmp_path / f"{number}.png")
    held: list[int] = []

    def one_pass(pixels: list[np.ndarray]) -> SimpleNamespace:
        held.append(sum(image.size for image in pixels))
        count = len(pixels)
        return SimpleNamespace(
            vectors=np.zeros((count, 2), np.float32),
            probability=np.zeros(count, np.float32),
            class_probability=np.zeros((count, 2), np.float32),
        )

    model: Any = SimpleNamespace(
        name="none", dimension=2, class_names=("a", "b"), one_pass=one_pass
    )
    features = extract_features(tmp_path, model)
    assert len(features) == 12
    assert max(held) <= BATCH_PIXELS + 20_000_000
