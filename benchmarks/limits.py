"""What the hardware allows: bare multiply-adds, reads and copies, as rows of role "limit".

The multiply-add loop is a few lines of C, compiled for this processor with the C compiler that is
there; it keeps all its numbers in registers, so that nothing but the arithmetic units is measured.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from comparison import Row
from machine import usable_cores

# Twelve independent sums hide the delay of one multiply-add (4 cycles, two units).
_SOURCE = """
#if defined(__AVX512F__)
#define LANES 16
#else
#define LANES 8
#endif
typedef float lanes __attribute__((vector_size(4 * LANES)));
float multiply_add(long steps) {
    lanes s[12], a, b;
    for (int j = 0; j < LANES; j++) { a[j] = 1.0f - 1e-7f * j; b[j] = 1e-7f * j; }
    for (int i = 0; i < 12; i++) s[i] = a * (float)i;
    for (long n = 0; n < steps; n++) {
        #pragma GCC unroll 12
        for (int i = 0; i < 12; i++) s[i] = s[i] * a + b;
    }
    lanes sum = s[0];
    for (int i = 1; i < 12; i++) sum += s[i];
    return sum[0];
}
float read_all(const float *values, long count) {
    lanes s[4] = {0};
    const lanes *v = (const lanes *)values;
    for (long n = 0; n < count / LANES; n += 4)
        for (int i = 0; i < 4; i++) s[i] += v[n + i];
    return s[0][0] + s[1][0] + s[2][0] + s[3][0];
}
int lanes_wide(void) { return LANES; }
"""


@functools.cache
def _library() -> ctypes.CDLL:
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise ImportError("the limit of the arithmetic needs a C compiler (cc)")
    with tempfile.TemporaryDirectory() as folder:
        source, built = Path(folder) / "limit.c", Path(folder) / "limit.so"
        source.write_text(_SOURCE)
        command = [compiler, "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC"]
        done = subprocess.run(
            [*command, str(source), "-o", str(built)], capture_output=True, text=True
        )
        if done.returncode:
            raise ImportError(f"the C compiler refused the limit's loop: {done.stderr.strip()}")
        library = ctypes.CDLL(str(built))
    library.multiply_add.argtypes = [ctypes.c_long]
    library.multiply_add.restype = ctypes.c_float
    library.read_all.argtypes = [ctypes.c_void_p, ctypes.c_long]
    library.read_all.restype = ctypes.c_float
    return library


def arithmetic(flop: float) -> Callable[[], None]:
    """Return a call that does `flop` float32 operations on all cores and nothing else."""
    library = _library()
    cores = usable_cores()
    steps = max(1, round(flop / cores / (2 * 12 * library.lanes_wide())))
    pool = ThreadPoolExecutor(cores)

    def call() -> None:
        for future in [pool.submit(library.multiply_add, steps) for _ in range(cores)]:
            future.result()

    return call


def arithmetic_row(flop_per_unit: float, work: float = 1.0, name: str = "bare arithmetic") -> Row:
    """Return the row "bare arithmetic": `flop_per_unit` float32 operations a unit, all cores.

    Parameters
    ----------
    flop_per_unit : float
        A multiply-add counts as two. ResNet-50 at 224 x 224: 7.71e9 an image.
    work : float
        Units in one call; as large as that of the rows beside it.
    """
    return Row(name, lambda: arithmetic(flop_per_unit * work), role="limit", work=work)


def read(size: int) -> Callable[[], None]:
    """Return a call that reads `size` bytes of memory with all cores and nothing else."""
    library = _library()
    cores = usable_cores()
    count = size // 4 // cores // 64 * 64  # whole vectors, four at a time
    # Each core's part begins where a vector register may be loaded from.
    memory = np.zeros(count * cores + 16, np.float32)
    start = -memory.ctypes.data % 64
    pool = ThreadPoolExecutor(cores)

    def call() -> None:
        # The closure keeps `memory` alive.
        first = memory.ctypes.data + start
        places = [first + 4 * count * core for core in range(cores)]
        for future in [pool.submit(library.read_all, place, count) for place in places]:
            future.result()

    return call


def read_row(bytes_per_unit: float, work: float = 1.0, name: str = "bare reading") -> Row:
    """Return the row "bare reading": `bytes_per_unit` bytes from memory a unit, all cores."""
    return Row(name, lambda: read(round(bytes_per_unit * work)), role="limit", work=work)


def copy(size: int) -> Callable[[], None]:
    """Return a call that copies `size` bytes within memory."""
    source = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    target = np.empty_like(source)
    return lambda: np.copyto(target, source)


def copy_row(bytes_per_unit: float, work: float = 1.0, name: str = "memcpy") -> Row:
    """Return the row "memcpy": a copy of `bytes_per_unit` bytes a unit, one core."""
    return Row(name, lambda: copy(round(bytes_per_unit * work)), role="limit", work=work)
