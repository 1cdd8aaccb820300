"""What a measurement ran on: processor, memory, versions."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

# Everything that a row of any benchmark may be timed with.
_PACKAGES = (
    *("crystalviz", "numpy", "scipy", "scikit-learn", "scikit-image", "pillow", "pandas"),
    *("matplotlib", "tensorflow", "tensorflow-cpu", "keras", "tf-keras-vis", "onnxruntime"),
    *("openvino", "torch", "grad-cam", "opencv-python", "opencv-python-headless"),
    *("faiss-cpu", "hnswlib", "imagehash", "umap-learn", "dask"),
    *("panoptes_aggregation", "crowd-kit", "hdbscan", "fast_hdbscan"),
)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine_facts() -> dict[str, str]:
    """Return name and value of what the numbers depend on."""
    facts = {
        "processor": _from_file("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": str(usable_cores()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    memory = _from_file("/proc/meminfo", "MemTotal")
    if memory:
        facts["memory"] = f"{int(memory.split()[0]) / (1 << 20):.0f} GiB"
    if hasattr(os, "getloadavg"):
        facts["load"] = f"{os.getloadavg()[0]:.2f} (1 minute)"
    return facts


def versions() -> dict[str, str]:
    """Return the installed version of each package that a benchmark may use."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _from_file(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    values = (line.partition(":")[2].strip() for line in lines if line.startswith(key))
    return next(values, "")
