"""The mark map in Python: what it selects, what is settled, and what becomes of it."""

import warnings

import numpy as np
import pandas as pd
import pytest
import traitlets
from PIL import Image

import crystalviz as cz
from crystalviz.widgets.mark_map import MarkMap

SCENE = cz.datasets.synthetic_micrographs("hard", images=2, size=600, per_image=60, seed=3)

# A vote on every third mark, so that much is doubtful.
VOTES = SCENE.votes.groupby("mark_id").head(1).sample(frac=0.3, random_state=0)


def fitted():
    found = cz.consensus.MarkConsensus().fit(SCENE.marks, VOTES, SCENE.reads)
    assert len(found.doubtful()) > 8
    return found


@pytest.fixture(scope="module")
def unsettled():
    return fitted()


@pytest.fixture(scope="module")
def shared(unsettled):
    """A map of what nobody settles. Shared: change traits only."""
    return MarkMap(unsettled, SCENE.images)


@pytest.fixture
def mark_map():
    """A map whose consensus may be settled."""
    return MarkMap(fitted())


def says(instance, exists=True, label=None):
    return {"instance": instance, "exists": exists, "label": label}


def test_it_begins_with_the_image_of_what_is_most_doubtful(shared, unsettled):
    assert shared.image_id == unsettled.doubtful()["image_id"].iloc[0]
    assert shared.selected is None
    assert shared.stage == "particles"
    assert shared.problems == []


def test_state_has_what_the_page_reads(shared):
    state = shared.get_state()
    assert {"_scene", "_layout", "_held", "_linked", "_linked_rows"} <= set(state)
    assert state["_linked"] is None
    assert state["_held"]["0/0/0/0"][:4] == b"RIFF"


def test_next_doubtful_goes_through_the_review_and_begins_again(mark_map):
    order = [mark_map._ids[row] for row in mark_map.found.doubtful().index]
    assert [mark_map.next_doubtful() for _ in order] == order
    assert mark_map.next_doubtful() == order[0]
    mark_map.settled = [says(order[1]), says(order[-1])]
    assert mark_map.next_doubtful() == order[2]
    mark_map.selected = order[-2]
    assert mark_map.next_doubtful() == order[0]
    mark_map.settled = [says(name) for name in order]
    assert mark_map.next_doubtful() is None


def test_selecting_shows_the_image(shared):
    for row in (0, len(shared.found.instances_) - 1):
        shared.selected = shared._ids[row]
        assert shared.image_id == shared.found.candidates_["image_id"][row]
    shared.selected = None


def test_what_the_page_says_is_not_said_back(shared):
    last = shared._ids[len(shared.found.instances_) - 1]
    other = SCENE.marks["image_id"].iloc[0]
    assert shared.found.candidates_["image_id"][len(shared.found.instances_) - 1] != other
    shared.set_state({"selected": last, "image_id": other})
    assert (shared.selected, shared.image_id) == (last, other)
    shared.selected = None


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("selected", "micrograph_000_9999", r"no instance of this map; did you mean"),
        ("image_id", "micrograph_00.png", r"no image of this map; did you mean 'micrograph_00\d"),
        ("stage", "photos", "stage"),
    ],
)
def test_what_is_not_there_is_refused_with_near_names(shared, trait, value, message):
    before = getattr(shared, trait)
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(shared, trait, value)
    assert getattr(shared, trait) == before


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (says("nobody"), "there is no instance 'nobody'"),
        ({"instance": None, "exists": True}, "needs instance, exists and label"),
        (says(None, exists="yes"), "exists is True or False, not 'yes'"),
        (says(None, label=4), r"number of a class \(0 to 3\)"),
        (says(None, label=True), "not True"),
        (says(None, label="atom"), "not 'atom'"),
    ],
)
def test_decisions_that_mean_nothing_are_refused(shared, entry, message):
    entry = {**entry, "instance": entry["instance"] or shared._ids[0]}
    with pytest.raises(traitlets.TraitError, match=f"entry 1 of the decisions: .*{message}"):
        shared.settled = [says(shared._ids[1]), entry]
    assert shared.settled == []


def test_decisions_are_the_last_word_on_each_instance(mark_map):
    candidates = mark_map.found.candidates_
    a, b, c = (mark_map._ids[row] for row in (3, 1, 2))
    mark_map.settled = [says(a, label=0), says(b, label=2), says(a, exists=False), says(c)]
    decisions = mark_map.decisions
    assert decisions.columns.tolist() == ["image_id", "x", "y", "exists", "label", "instance_id"]
    assert decisions["instance_id"].tolist() == [a, b, c]
    assert decisions["exists"].tolist() == [False, True, True]
    assert decisions["label"].tolist() == [None, mark_map.found.classes_[2], None]
    np.testing.assert_array_equal(decisions[["x", "y"]], candidates.loc[[3, 1, 2], ["x", "y"]])
    assert decisions["exists"].dtype == bool


def test_no_decision_is_an_empty_table(mark_map):
    assert len(mark_map.decisions) == 0
    assert mark_map.decisions["exists"].dtype == bool
    before = mark_map.found.candidates_
    mark_map.apply()
    pd.testing.assert_frame_equal(mark_map.found.candidates_, before)


def test_applied_decisions_are_those_of_a_new_fit(mark_map):
    doubtful = mark_map.found.doubtful().index[:6]
    other = {0: 1, 1: 0, 2: 3, 3: 2}
    log = []
    for turn, row in enumerate(doubtful):
        label = mark_map.found.classes_.index(mark_map.found.candidates_["label"][row])
        log.append(says(mark_map._ids[row], turn % 3 != 0, other[label] if turn % 3 else None))
    mark_map.settled = log
    gold = mark_map.decisions
    settled = mark_map.apply()
    assert settled is mark_map.found
    again = cz.consensus.MarkConsensus().fit(SCENE.marks, VOTES, SCENE.reads, gold)
    pd.testing.assert_frame_equal(settled.candidates_, again.candidates_)
    # The page has them under their new names, in the same order.
    assert [entry["exists"] for entry in mark_map.settled] == [one["exists"] for one in log]
    after = mark_map.decisions
    pd.testing.assert_frame_equal(
        after.drop(columns="instance_id"), gold.drop(columns="instance_id")
    )
    assert mark_map._scene["instance"]["ids"] == mark_map._ids
    for entry in mark_map.settled:
        row = mark_map._rows[entry["instance"]]
        assert settled.candidates_["p_exists"][row] == float(entry["exists"])


def test_the_selected_one_stays_selected_under_its_new_name(mark_map):
    first = mark_map.found.instances_.iloc[0]
    later = mark_map.found.instances_.iloc[5]
    mark_map.settled = [says(mark_map._ids[0], exists=False)]
    mark_map.selected = before = mark_map._ids[5]
    mark_map.apply()
    row = mark_map._rows[mark_map.selected]
    assert mark_map.selected != before
    assert mark_map.found.candidates_["x"][row] == later["x"]
    assert mark_map.decisions["x"].tolist() == [first["x"]]


def test_what_is_undone_is_taken_back(mark_map):
    before = mark_map.found.candidates_
    mark_map.settled = [says(mark_map._ids[0], exists=False), says(mark_map._ids[7], label=1)]
    mark_map.apply()
    assert not mark_map.found.candidates_.equals(before)
    mark_map.settled = mark_map.settled[:-2]
    mark_map.apply()
    pd.testing.assert_frame_equal(mark_map.found.candidates_, before)


def test_decisions_go_on_from_a_file(mark_map, tmp_path):
    mark_map.settled = [says(mark_map._ids[4], exists=False), says(mark_map._ids[9], label=3)]
    mark_map.decisions.to_csv(tmp_path / "review.csv", index=False)
    read = pd.read_csv(tmp_path / "review.csv")
    later = MarkMap(fitted(), gold=read)
    assert later.settled == mark_map.settled
    # A consensus that rests on them already shows them without being told.
    applied = later.apply()
    assert len(MarkMap(applied).decisions) == 2


def test_an_instance_that_nobody_marked_is_kept_and_becomes_one(mark_map):
    candidates = mark_map.found.candidates_
    image = candidates["image_id"][0]
    ours = candidates[candidates["image_id"] == image]
    grid = np.stack(np.meshgrid(np.arange(40, 720, 10), np.arange(40, 720, 10)), -1).reshape(-1, 2)
    gap = np.hypot(*(grid[:, None] - ours[["x", "y"]].to_numpy()).transpose(2, 0, 1)).min(1)
    x, y = grid[gap.argmax()].astype(float)
    gold = pd.DataFrame(
        {"image_id": [image, image], "x": [x, ours["x"].iloc[0]], "y": [y, ours["y"].iloc[0]]}
    ).assign(exists=[True, False], label=["atom", None])
    later = MarkMap(mark_map.found, gold=gold)
    assert [entry["exists"] for entry in later.settled] == [False]
    assert sorted(later.decisions["x"]) == sorted(gold["x"])
    found = later.apply()
    new = found.instances_[(found.instances_["x"] == x) & (found.instances_["y"] == y)]
    assert new["label"].tolist() == ["atom"]
    assert [entry["exists"] for entry in later.settled] == [True, False]
    assert sorted(later.decisions["x"]) == sorted(gold["x"])
    later.apply()
    assert len(later.settled) == 2


def test_an_instance_on_an_image_that_nobody_marked_brings_its_picture():
    marks = SCENE.marks[SCENE.marks["image_id"] == "micrograph_001.png"]
    found = cz.consensus.MarkConsensus().fit(marks, VOTES, SCENE.reads)
    gold = pd.DataFrame({"image_id": ["micrograph_000.png"], "x": [300.0], "y": [200.0]})
    shown = MarkMap(found, SCENE.images, gold=gold)
    assert shown._scene["images"] == ["micrograph_001.png"]
    shown.apply()
    assert shown._scene["images"] == ["micrograph_001.png", "micrograph_000.png"]
    assert [image["levels"] for image in shown._layout["images"]] == [2, 2]
    shown.selected = shown.settled[0]["instance"]
    assert shown.image_id == "micrograph_000.png"
    _, (tile,) = shown.tile({"image": 1, "level": 1, "column": 0, "row": 0}, [])
    assert tile[:4] == b"RIFF"


def test_a_class_that_only_the_expert_names_is_one_after_apply(mark_map):
    row = mark_map.found.candidates_.iloc[0]
    gold = pd.DataFrame([{"image_id": row["image_id"], "x": row["x"], "y": row["y"], "label": "?"}])
    later = MarkMap(mark_map.found, gold=gold)
    assert later.settled == []
    assert later.decisions["label"].tolist() == ["?"]
    later.apply()
    assert "?" in later._scene["classes"]
    assert [later.found.classes_[entry["label"]] for entry in later.settled] == ["?"]


def test_decisions_without_a_place_are_told_of(unsettled):
    gold = pd.DataFrame({"image_id": ["micrograph_000.png"], "x": [np.nan], "y": [3.0]})
    with pytest.warns(UserWarning, match="1 of 1 decisions cannot be used; row 0: x or y"):
        MarkMap(unsettled, gold=gold)


@pytest.mark.parametrize(
    ("named", "type_"), [({"a": 5, "b": 7}, int), ({"a": "05", "b": "7"}, str)]
)
def test_labels_and_images_come_back_as_they_came(named, type_):
    rows = [
        {"image_id": 12, "x": x + r % 3, "y": 40 + r % 2, "volunteer_id": r, "label": named[name]}
        for x, name in ((30, "a"), (90, "b"), (150, "a"))
        for r in range(6)
    ]
    marks = pd.DataFrame(rows).assign(classification_id=lambda t: t["volunteer_id"])
    shown = MarkMap(cz.consensus.MarkConsensus().fit(marks), np.zeros((80, 200)))
    assert shown.image_id == "12"
    assert shown._ids[0] == "12_0"
    shown.settled = [says("12_0", label=1), says("12_1", exists=False)]
    decisions = shown.decisions
    assert decisions["image_id"].tolist() == [12, 12]
    assert decisions["label"].tolist() == [named["b"], None]
    assert type(decisions["label"][0]) is type(named["b"])
    assert shown.apply().instances_["label"].tolist() == [named["b"], named["a"]]


def test_the_page_gets_tiles_or_the_reason_why_not(tmp_path, unsettled):
    SCENE.save(tmp_path)
    shown = MarkMap(unsettled, tmp_path / "micrographs")
    assert shown._title == "micrographs"
    message = {"image": 1, "level": 0, "column": 1, "row": 0}
    said, (tile,) = shown.tile(message, [])
    assert said is None
    assert tile[:4] == b"RIFF"
    said, buffers = shown.tile({**message, "column": 9}, [])
    assert "no tile 9, 0 at level 0" in said["error"]
    assert buffers == []
    for path in (tmp_path / "micrographs").iterdir():
        path.unlink()
    shown._micrographs._decoded.clear()
    said, buffers = shown.tile(message, [])
    assert "micrograph_001.png: the file does not exist" in said["error"]


def test_missing_pictures_are_told_of_and_do_no_harm(unsettled):
    with pytest.warns(UserWarning, match=r"1 of 2 images have no picture, e.g. 'micrograph_001"):
        shown = MarkMap(unsettled, {"micrograph_000.png": SCENE.images["micrograph_000.png"]})
    assert [image["levels"] for image in shown._layout["images"]] == [2, 0]
    assert shown.problems[0][0] == "micrograph_001.png"


def test_no_pictures_at_all_are_fine_and_silent(unsettled):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = MarkMap(unsettled)
    assert shown._held == {}
    assert shown._title == "Crowd marks"


def test_wrong_pictures_are_refused(unsettled, tmp_path):
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "x.png")
    with pytest.raises(ValueError, match="none of the 2 images of the marks has a picture"):
        MarkMap(unsettled, tmp_path)


def test_a_consensus_that_is_not_fitted_is_refused():
    with pytest.raises(ValueError, match="not fitted"):
        MarkMap(cz.consensus.MarkConsensus())
