"""How much memory a job needs: the peak of a fresh process that does nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def own_peak() -> float:
    """Return the peak resident memory of this process so far, MiB."""
    try:
        # Of this program alone; getrusage also counts the one that started it.
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def peak_memory(script: Path, *arguments: object) -> float:
    """Return the peak of a Python process that runs a script, MiB.

    Parameters
    ----------
    script : path
        It prints its `own_peak` last.

    Raises
    ------
    ImportError
        When the script lacks a package.
    RuntimeError
        When it fails otherwise.
    """
    command = [sys.executable, str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if last.startswith(("ModuleNotFoundError", "ImportError")):
            raise ImportError(last)
        raise RuntimeError(f"{' '.join([script.name, *map(str, arguments[:1])])} failed: {last}")
    return float(done.stdout.split()[-1])
