"""The list of targets, and the scripts behind it on tiny work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import targets
from side_by_side import Comparison, Settings, judge, measure

ONCE = Settings(rounds=1, anyway=True, least_seconds=0.0)


def verdicts(comparison: Comparison) -> dict[str, str]:
    outcome = judge(comparison, measure(comparison, ONCE))
    return {line["name"]: line["verdict"] for line in [*outcome.lines, *outcome.checks]}


def test_named_scripts_run_in_turn_and_end_in_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "napping.py").write_text(
        "import sys, time\n"
        f"sys.path.append({str(targets.FOLDER)!r})\n"
        "from side_by_side import Comparison, Row, Target, main\n"
        "def comparisons(quick):\n"
        "    for title, nap in ('short naps', 0.001), ('long naps', 0.05):\n"
        "        row = Row('nap', lambda: lambda: time.sleep(nap), 'ours', 1,\n"
        "                  [Target.seconds(0.03)])\n"
        "        yield Comparison(title, [row])\n"
        "raise SystemExit(main(comparisons))\n"
    )
    (tmp_path / "broken.py").write_text("import no_such_package_at_all\n")
    monkeypatch.setattr(targets, "FOLDER", tmp_path)
    monkeypatch.setattr(targets, "TARGETS", {"napping": "naps", "broken": "x", "never": "y"})
    path = tmp_path / "out.json"
    options = ["napping", "broken", "--quick", "--anyway", "--rounds", "1", "--json", str(path)]
    assert targets.main(options) == 1
    written = json.loads(path.read_text())
    assert list(written) == ["napping"]
    assert [part["title"] for part in written["napping"]["comparisons"]] == [
        "short naps",
        "long naps",
    ]
    printed, complaints = capfd.readouterr()
    end = printed[printed.index("== Every target") :]
    assert [line.split()[-1] for line in end.splitlines() if "napping" in line] == [
        "PASS",
        "short",
    ]
    assert "broken.py ended with status 1 and without numbers" in end
    assert "no_such_package_at_all" in complaints
    with pytest.raises(SystemExit):
        targets.main(["napper"])
    assert "no script 'napper'; there are napping" in capfd.readouterr().err


def test_every_target_has_its_script():
    missing = [name for name in targets.TARGETS if not (targets.FOLDER / f"{name}.py").is_file()]
    assert missing == []


def test_entropy_script():
    import entropy

    found = verdicts(entropy._comparison("tiny", entropy.micrographs(3, 96)))
    assert found["largest difference to scikit-image, bits"] == "PASS"
    assert found["crystalviz shannon_entropies"] in ("PASS", "short")


def test_neighbors_script():
    import neighbors
    from feature_like import feature_like

    vectors = feature_like(300, 32, 20)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    found = verdicts(neighbors._graph(vectors))
    assert found["largest error of a similarity"] == "PASS"
    assert found["crystalviz nearest_neighbors"] == "PASS"
    assert neighbors.K == 10
    assert set(verdicts(neighbors._one(vectors))) > {"crystalviz ExactNeighbors.of_row"}


def test_pca_script(monkeypatch: pytest.MonkeyPatch):
    import pca
    from feature_like import feature_like

    monkeypatch.setattr(pca, "feature_like", lambda count, dimension: feature_like(200, 40, 9))
    (comparison,) = pca.comparisons(quick=True)
    found = verdicts(comparison)
    assert found["1 - |cos| to the full SVD"] == "PASS"
    assert found["coordinates that differ between two runs"] == "PASS"
    assert found["crystalviz principal_components"] == "PASS"


def test_limits_do_the_work_that_they_name():
    from limits import arithmetic, copy, read

    for prepare, amount in ((arithmetic, 1e6), (read, 1 << 20), (copy, 1 << 20)):
        prepare(amount)()
