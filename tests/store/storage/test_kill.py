"""`benchmarks/store_durability.py`, in small: kill -9, flipped bits, cut files, a full disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "store_durability.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")
@pytest.mark.parametrize(
    ("what", "times", "said"),
    [
        ("kills", 25, " 0 lost or doubled"),
        ("flips", 120, " 0 crashes or wrong answers"),
        ("cuts", 60, " 0 crashes or wrong answers"),
        ("full", 3, " 0 wrong"),
    ],
)
def test_nothing_is_lost(what: str, times: int, said: str) -> None:
    counts = {"kills": 0, "flips": 0, "cuts": 0, "full": 0, what: times}
    done = subprocess.run(
        [sys.executable, SCRIPT, *(f"--{name}={count}" for name, count in counts.items())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    line = done.stdout.strip()
    assert line.startswith(f"{times} ")
    assert line.endswith(said)
    if what == "kills":
        # Some of the calls must have come through, or nothing was shown.
        assert int(line.split(", ")[1].split()[0]) > times // 5
    elif what == "full":
        assert int(line.split(", ")[1].split()[0]) > 0
    else:
        right, refused = (int(part.split()[0]) for part in line.split(": ")[1].split(", ")[:2])
        assert right + refused == times
        assert min(right, refused) > 0
