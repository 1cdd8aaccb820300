"""Known pictures are familiar, cats are not; what a reference says and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data
from tests.real_images import HAVE_REAL_IMAGES, REAL_IMAGES

from crystalviz.datasets import synthetic_crystals
from crystalviz.images import ImageSet, apply_pose, load_pixels
from crystalviz.models import Model, load_model
from crystalviz.models.appearance import APPEARANCE_DIMENSION, appearance, appearances
from crystalviz.models.errors import ModelFileError
from crystalviz.models.make_reference import make_reference, other_camera
from crystalviz.models.novelty import CRYSTALNET_REFERENCE, Reference, reference_of


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("crystalnet")


@pytest.fixture(scope="module")
def cluster() -> Reference:
    rng = np.random.default_rng(0)
    return Reference.from_vectors(rng.normal(5, 1, (600, 12)), rng.normal(5, 1, (600, 12)))


def unfamiliarity(model: Model, pictures: list[np.ndarray]) -> np.ndarray:
    reference = reference_of(model)
    assert reference is not None
    return reference.score(model.one_pass(pictures).vectors, appearances(pictures))


def test_one_in_a_hundred_known_pictures_is_above_1(cluster: Reference) -> None:
    others = cluster.score(np.random.default_rng(1).normal(5, 1, (4_000, 12)))
    assert others.dtype == np.float32
    assert 0.003 < (others > 1).mean() < 0.025


def test_distance_grows_with_distance(cluster: Reference) -> None:
    steps = 5 + np.arange(0, 40, 5)[:, None] * np.ones(12) / np.sqrt(12)
    scores = cluster.score(steps)
    assert (np.diff(scores) > 0).all()
    assert scores[0] < 1 < scores[2]


def test_a_direction_in_which_known_ones_never_differ_counts() -> None:
    rng = np.random.default_rng(2)
    known = np.concatenate([rng.normal(9, 1, (40, 3)), np.full((40, 200), 4.0)], axis=1)
    reference = Reference.from_vectors(known)
    other = known[:1].copy()
    other[0, 150] = 9.0
    assert reference.score(known).max() < 1.5
    assert reference.score(other)[0] > 3


def test_a_reference_comes_back_from_its_file_with_the_same_scores(
    cluster: Reference, tmp_path: Path
) -> None:
    looks = np.random.default_rng(3).normal(0, 1, (50, 46))
    vectors = np.random.default_rng(4).normal(0, 1, (50, 7))
    joint = Reference.from_vectors(
        vectors[:30],
        vectors[30:],
        k=2,
        train_appearance=looks[:30],
        held_out_appearance=looks[30:],
        model="abc",
    )
    for reference, arrays in ((cluster, (np.ones((3, 12)),)), (joint, (vectors, looks))):
        again = Reference.load(reference.save(tmp_path / "some.reference.npz"))
        assert again.score(*arrays).tobytes() == reference.score(*arrays).tobytes()
        assert again.model == reference.model
    assert again.has_appearance
    assert not cluster.has_appearance


def test_damaged_and_foreign_files_are_named(cluster: Reference, tmp_path: Path) -> None:
    whole = cluster.save(tmp_path / "whole.npz").read_bytes()
    damaged, foreign = tmp_path / "damaged.npz", tmp_path / "foreign.npz"
    damaged.write_bytes(whole[:200])
    np.savez(foreign, other=np.ones(3))
    # A pickled array is never opened.
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, format=np.array([{}], dtype=object))
    for path in (damaged, foreign, pickled):
        with pytest.raises(ModelFileError, match=path.name):
            Reference.load(path)
    with pytest.raises(ModelFileError, match=r"no such reference"):
        Reference.load(tmp_path / "missing.npz")


def test_what_does_not_fit_is_refused(cluster: Reference) -> None:
    with pytest.raises(ValueError, match=r"\(n, 12\)"):
        cluster.score(np.ones((2, 13)))
    with pytest.raises(ValueError, match="at least 2"):
        Reference.from_vectors(np.ones((1, 4)))
    with pytest.raises(ValueError, match="not finite"):
        Reference.from_vectors(np.full((5, 4), np.nan))
    with pytest.raises(ValueError, match="k must"):
        Reference.from_vectors(np.ones((5, 4)), k=0)
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="one appearance for each"):
        Reference.from_vectors(rng.random((9, 4)), train_appearance=rng.random((8, 46)))
    with pytest.raises(ValueError, match="together"):
        Reference.from_vectors(
            rng.random((9, 4)), rng.random((9, 4)), train_appearance=rng.random((9, 46))
        )
    scores = cluster.score(np.stack([np.full(12, 5.0), np.full(12, np.nan)]))
    assert np.isfinite(scores[0])
    assert np.isnan(scores[1])
    assert cluster.score(np.empty((0, 12))).shape == (0,)


def test_appearance_is_finite_and_nearly_the_same_in_every_pose() -> None:
    odd = [
        np.zeros((1, 1), np.uint8),
        np.full((300, 20), 255, np.uint8),
        np.eye(64, dtype=np.uint8) * 255,
    ]
    found = appearances(odd)
    assert found.shape == (3, APPEARANCE_DIMENSION)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert appearances([]).shape == (0, APPEARANCE_DIMENSION)
    pictures = synthetic_crystals(12, seed=8).images
    spread = appearances(pictures).std(axis=0)
    for pose in range(8):
        turned = appearance(np.ascontiguousarray(apply_pose(pictures[0], pose)))
        # In deviations between pictures.
        assert (np.abs(turned - appearance(pictures[0])) / spread).mean() < 0.15


def test_synthetic_crystals_are_familiar(model: Model) -> None:
    pictures = synthetic_crystals(40, seed=4_242).images
    assert (unfamiliarity(model, pictures) <= 1).mean() >= 0.95
    rng = np.random.default_rng(5)
    others = [other_camera(picture, rng) for picture in pictures]
    assert (unfamiliarity(model, others) <= 1).mean() >= 0.9


def test_cats_text_noise_and_blank_pictures_are_unfamiliar(model: Model) -> None:
    names = ("chelsea", "astronaut", "camera", "text", "page", "brick", "grass", "gravel", "moon")
    pictures = [load_pixels(getattr(data, name)()) for name in names]
    rng = np.random.default_rng(6)
    pictures += [
        rng.integers(0, 256, (200, 200)).astype(np.uint8),
        np.zeros((150, 150), np.uint8),
        np.full((150, 150), 255, np.uint8),
        np.tile(np.arange(200, dtype=np.uint8), (180, 1)),
    ]
    assert (unfamiliarity(model, pictures) > 1).all()


def test_references_are_found_by_model_name_and_file(
    model: Model, cluster: Reference, tmp_path: Path
) -> None:
    assert CRYSTALNET_REFERENCE.stat().st_size < 500_000
    assert reference_of(model) is reference_of("crystalnet")
    assert reference_of(tmp_path / "net.keras") is None
    cluster.save(tmp_path / "net.reference.npz")
    found = reference_of(tmp_path / "net.keras")
    assert found is not None
    assert found.dimension == 12

    class Probe:
        reference = cluster

    class Wrapper:
        model = Probe()

    assert reference_of(Probe()) is reference_of(Wrapper()) is cluster
    assert reference_of(object()) is None


def test_making_a_reference_is_reproducible(model: Model) -> None:
    first, again = (make_reference(model, known=4, held_out=3) for _ in range(2))
    pictures = synthetic_crystals(3, seed=1).images
    given = model.one_pass(pictures).vectors, appearances(pictures)
    assert first.score(*given).tobytes() == again.score(*given).tobytes()
    assert first.model == model.facts.weights


if HAVE_REAL_IMAGES:

    def test_all_poses_of_real_crystals_are_familiar(model: Model) -> None:
        images = ImageSet.from_folder(REAL_IMAGES / "cropped")
        pictures = [
            np.ascontiguousarray(apply_pose(images.pixels(i), pose))
            for i in range(len(images))
            for pose in range(8)
        ]
        assert unfamiliarity(model, pictures).max() < 1
