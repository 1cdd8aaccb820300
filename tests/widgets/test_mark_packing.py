"""What the mark map's page gets is what the consensus found."""

import numpy as np
import pandas as pd
import pytest

import crystalviz as cz
from crystalviz.widgets.mark_packing import held_tiles, image_ids, pack_layout, pack_scene, tiles_of
from crystalviz.widgets.micrographs import Micrographs


def unpack(packed):
    return np.frombuffer(packed["data"], dtype=np.dtype(packed["dtype"])).reshape(packed["shape"])


def clicks(places, image="a", label=None, readers=6):
    """Marks of `readers` volunteers at each place, a pixel apart."""
    rows = [
        {
            "image_id": image,
            "x": x + reader % 3,
            "y": y + reader % 2,
            "volunteer_id": f"v{reader}",
            "classification_id": f"{image}{reader}",
            "label": label,
        }
        for x, y in places
        for reader in range(readers)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found():
    scene = cz.datasets.synthetic_micrographs("hard", images=2, size=600, per_image=60, seed=3)
    # A vote on every third mark, so that much is doubtful.
    votes = scene.votes.groupby("mark_id").head(1).sample(frac=0.3, random_state=0)
    fitted = cz.consensus.MarkConsensus().fit(scene.marks, votes, scene.reads)
    assert len(fitted.candidates_) > len(fitted.instances_)
    return fitted


@pytest.fixture(scope="module")
def packed(found):
    return pack_scene(found, image_ids(found), "a title")


def test_instances_are_the_candidates_in_their_order(found, packed):
    candidates, sent = found.candidates_, packed["instance"]
    for name in ("x", "y", "radius", "p_exists", "entropy"):
        np.testing.assert_array_equal(unpack(sent[name]), candidates[name].to_numpy(np.float32))
    for name in ("n_marks", "n_readers", "n_chances"):
        np.testing.assert_array_equal(unpack(sent[name]), candidates[name])
    images = [packed["images"][number] for number in unpack(sent["image"])]
    assert images == candidates["image_id"].tolist()
    # -1: nobody named it.
    named = [*packed["classes"], None]
    labels = [named[number] for number in unpack(sent["label"])]
    assert labels == candidates["label"].tolist()
    columns = [f"p_label_{name}" for name in packed["classes"]]
    np.testing.assert_array_equal(unpack(sent["p_label"]), candidates[columns].to_numpy(np.float32))
    np.testing.assert_array_equal(unpack(sent["tie"]).astype(bool), candidates["tie"])
    assert sent["ids"] == cz.consensus.outputs.instance_names(candidates)


def test_review_is_what_the_consensus_doubts(found, packed):
    doubtful = found.doubtful()
    assert len(doubtful) > 3
    assert unpack(packed["review"]).tolist() == doubtful.index.tolist()
    doubt = unpack(packed["instance"]["doubt"])[unpack(packed["review"])]
    np.testing.assert_allclose(doubt, doubtful["doubt"], rtol=1e-6)


def test_marks_lie_image_after_image_with_their_instances(found, packed):
    start = unpack(packed["mark_start"])
    mark = {name: unpack(column) for name, column in packed["mark"].items()}
    assert start[0] == 0
    assert start[-1] == len(found.marks_)
    for number, image in enumerate(packed["images"]):
        here = slice(start[number], start[number + 1])
        marks = found.marks_[found.marks_["image_id"] == image]
        np.testing.assert_array_equal(mark["x"][here], marks["x"].to_numpy(np.float32))
        np.testing.assert_array_equal(mark["instance"][here], marks["instance"])
        who = pd.Series(mark["volunteer"][here])
        assert who.nunique() == marks["volunteer_id"].nunique()
        assert (who.to_numpy() == who.to_numpy()[0]).sum() == (
            marks["volunteer_id"] == marks["volunteer_id"].iloc[0]
        ).sum()


def test_names_of_volunteers_stay_here(found, packed):
    name = found.marks_["volunteer_id"].iloc[0]
    assert name not in repr(packed)


def test_images_are_in_natural_order():
    marks = pd.concat([clicks([(20, 20)], image=name) for name in ("b10", "b9", "a")])
    found = cz.consensus.MarkConsensus().fit(marks)
    assert image_ids(found) == ["a", "b9", "b10"]


def test_without_labels_there_are_no_classes():
    found = cz.consensus.MarkConsensus().fit(clicks([(20, 20), (90, 50)]).drop(columns="label"))
    packed = pack_scene(found, image_ids(found), "")
    assert packed["classes"] == []
    assert unpack(packed["instance"]["p_label"]).shape == (2, 0)
    assert unpack(packed["instance"]["label"]).tolist() == [-1, -1]
    assert unpack(packed["instance"]["tie"]).tolist() == [0, 0]


def test_where_a_clustering_finds_nothing_there_are_marks_alone():
    marks = clicks([(20, 20)], label="x", readers=4)
    found = cz.consensus.MarkConsensus("hdbscan").fit(marks)
    packed = pack_scene(found, image_ids(found), "")
    assert packed["instance"]["ids"] == []
    assert unpack(packed["mark"]["instance"]).tolist() == [-1] * 4
    assert unpack(packed["review"]).size == 0


def test_all_that_a_clustering_finds_are_instances():
    places = [(20, 20), (90, 50), (40, 140)]
    found = cz.consensus.MarkConsensus("dbscan", min_marks=3).fit(clicks(places, label="x"))
    packed = pack_scene(found, image_ids(found), "")
    assert packed["min_probability"] == 0.0
    assert len(packed["instance"]["ids"]) == 3


@pytest.mark.parametrize("labels", [(1, 2), (True, False), ("01", "1"), (1, "1")], ids=repr)
def test_labels_of_any_type_have_their_own_class(labels):
    one, other = labels
    found = cz.consensus.MarkConsensus().fit(
        pd.concat([clicks([(20, 20)], label=one), clicks([(90, 90)], label=other)]).astype(
            {"label": object}
        )
    )
    packed = pack_scene(found, image_ids(found), "")
    first, second = unpack(packed["instance"]["label"])
    assert len(packed["classes"]) == len(set(packed["classes"])) == 2
    assert (found.classes_[first], found.classes_[second]) == (one, other)
    assert type(found.classes_[first]) is type(one)


def test_layout_has_the_sizes_of_pictures_and_0_where_there_is_none():
    pictures = Micrographs("ab", {"b": np.zeros((50, 1100))})
    assert pack_layout(pictures) == {
        "tile": 512,
        "images": [
            {"width": 0, "height": 0, "levels": 0},
            {"width": 1100, "height": 50, "levels": 3},
        ],
    }


def test_small_pictures_ride_along_whole_and_of_many_large_ones_the_first_ones_coarse_levels():
    small = Micrographs("ab", {"a": np.zeros((600, 700)), "b": np.zeros((30, 20))})
    assert set(held_tiles(small, 0)) == set(tiles_of(small, [0, 1]))
    assert {"0/0/1/1", "0/1/0/0", "1/0/0/0"} <= set(held_tiles(small, 0))
    decoded = []

    class Large:
        """Five pictures of 4 million pixels."""

        def __init__(self):
            self.ids, self.labels, self.problems = list("abcde"), [None] * 5, []

        def __len__(self):
            return 5

        def pixels(self, number):
            decoded.append(number)
            return np.broadcast_to(np.uint8(number), (2048, 2048))

        def stream(self, indices=None, workers=None):
            raise NotImplementedError

    large = Micrographs("abcde", Large())
    decoded.clear()
    assert set(held_tiles(large, 3)) == {
        *("3/1/0/0", "3/1/1/0", "3/1/0/1", "3/1/1/1"),
        "3/2/0/0",
    }
    assert decoded == [3]


def test_a_picture_that_breaks_while_it_is_cut_is_set_aside(tmp_path):
    scene = cz.datasets.synthetic_micrographs("easy", images=2, size=512, seed=1)
    scene.save(tmp_path)
    path = sorted((tmp_path / "micrographs").iterdir())[0]
    whole = path.read_bytes()
    # The end is there, so that only decoding tells.
    path.write_bytes(whole[:2000] + bytes(len(whole) - 2100) + whole[-100:])
    names = [one.name for one in sorted((tmp_path / "micrographs").iterdir())]
    pictures = Micrographs(names, tmp_path / "micrographs")
    assert pictures.problems == []
    tiles = tiles_of(pictures, [0, 1])
    assert {name[0] for name in tiles} == {"1"}
    assert pictures.sizes[0] is None
    assert pictures.problems[0][0] == names[0]
