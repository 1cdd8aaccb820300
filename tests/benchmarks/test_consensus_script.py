"""The benchmark of the consensus on tiny work, and what it measures with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import targets
from tests.benchmarks.test_targets import verdicts

from crystalviz.consensus import read_zooniverse
from crystalviz.datasets import synthetic_marks


def tiny():
    from crowd_scenes import Scene

    return Scene.of(synthetic_marks("easy", images=2, per_image=15, size=900, seed=4))


def test_places_are_found_and_compared():
    import consensus

    scene = tiny()
    found = verdicts(consensus.places("easy", [scene], 0.999))
    assert found["F1: crystalviz MarkConsensus"] == "PASS"
    assert found["RMSE / oracle: crystalviz MarkConsensus"] == "PASS"
    truth = scene.made.truth
    assert scene.f1(truth.iloc[:15]) == pytest.approx(2 / 3)
    assert scene.error(truth) == 0.0


def test_clusterings_give_a_place_for_each_cluster():
    import crowd_rivals
    from crowd_scenes import Scene

    made = synthetic_marks("easy", images=1, per_image=3, size=900, seed=4)
    corners = np.repeat([[100.0, 100.0], [400.0, 100.0], [100.0, 400.0]], 12, axis=0)
    noise = np.random.default_rng(0).normal(0, 1, corners.shape)
    scene = Scene(made, {"a": corners + noise})
    find = crowd_rivals.hdbscan_of_scikit_learn(scene, min_cluster_size=11)
    places = find().sort_values(["y", "x"])
    np.testing.assert_allclose(places[["x", "y"]], [[100, 100], [400, 100], [100, 400]], atol=1.5)


def test_votes_are_settled_and_compared(tmp_path: Path):
    import crowd_labels

    import consensus

    scene = tiny()
    assert verdicts(consensus.labels("easy", crowd_labels.poll_of(scene)))[
        "crystalviz dawid_skene"
    ] in ("", "missing")
    (tmp_path / "answer.csv").write_text("question,worker,answer\n01,a,x\n01,b,x\n2,a,y\n2,b,y\n")
    with pytest.raises(ValueError, match=r"there is no truth\.csv in it"):
        crowd_labels.poll_from(tmp_path)
    (tmp_path / "truth.csv").write_text("question,truth\n01,x\n2,x\n")
    poll = crowd_labels.poll_from(tmp_path)
    said = crowd_labels.ours(poll)()
    assert said.index.tolist() == ["01", "2"]
    assert crowd_labels.accuracy(poll, said) == 0.5
    (tmp_path / "truth.csv").write_text("question,label\n01,x\n")
    with pytest.raises(ValueError, match="it needs the columns question, truth"):
        crowd_labels.poll_from(tmp_path)


def test_the_calibration_error_of_known_probabilities():
    from crowd_labels import Poll, calibration_error

    poll = Poll(pd.DataFrame(), pd.Series(["a", "a", "b", "b"], list("pqrs")))
    sure = pd.DataFrame({"a": [1.0, 0.75, 0.75, 0.0], "b": [0.0, 0.25, 0.25, 1.0]}, list("pqrs"))
    # Two answers of certainty 1, both right; two of .75, one of them right.
    assert calibration_error(poll, sure) == pytest.approx(0.5 * 0.25)


def test_whole_jobs_read_what_was_made(tmp_path: Path):
    import crowd_jobs

    import consensus

    scene = tiny()
    comparison = consensus.whole_job(scene, tmp_path, 20, True)
    jobs = {row.name: row for row in comparison.rows if row.role == "ours"}
    for row in jobs.values():
        row.prepare()()
    found = read_zooniverse(tmp_path / "marks.csv", tmp_path / "labels.csv")
    assert len(found.marks) == len(scene.made.marks)
    assert len(found.votes) == len(scene.made.votes)
    few = crowd_jobs.first_rows(tmp_path / "labels.csv", 20, tmp_path / "few.csv")
    assert len(read_zooniverse(few).answers) == 20


def test_peak_memory_is_that_of_the_other_process_alone(tmp_path: Path):
    from peak_memory import own_peak, peak_memory

    folder = targets.FOLDER
    script = tmp_path / "job.py"
    script.write_text(
        f"import sys; sys.path.append({str(folder)!r})\n"
        "from peak_memory import own_peak\n"
        "held = bytearray(int(sys.argv[1]) << 20)\n"
        "print(own_peak())\n"
    )
    held = bytearray(300 << 20)
    small, large = peak_memory(script, 1), peak_memory(script, 101)
    assert 95 < large - small < 105
    assert small < 100 < 300 < own_peak()
    assert len(held) == 300 << 20
    script.write_text("import no_such_package_at_all")
    with pytest.raises(ImportError, match="no_such_package_at_all"):
        peak_memory(script)
    script.write_text("raise ValueError('no')")
    with pytest.raises(RuntimeError, match=r"job\.py failed: ValueError: no"):
        peak_memory(script)
