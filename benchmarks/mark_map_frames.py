"""Frames a second of the MarkMap with 100,000 marks on one 4,096 x 4,096 micrograph.

    python benchmarks/mark_map_frames.py [--marks 100000] [--side 4096] [--page map.html]

A Chromium without a window pans and zooms the offline page. It draws in software, on the CPU, so
that a desktop's browser is faster. Beside the frames stands the CPU time that each of the two busy
threads needs a frame: other load stretches the frames but not that; 60 frames a second need both
under 16.7 ms. Linux only, where /proc counts the time of threads.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from quiet import ForeignLoad

import crystalviz as cz
from crystalviz.dashboard.page_check import launch_chromium

FRAMES = 90
STAGES = ("marks", "clusters", "particles", "compare")
MARKS_AN_INSTANCE = 21
"""Of the scene: about 20 reads of each place less what is missed, and the stray ones."""
THREADS = {"page": ("--type=renderer", True), "compositor": ("--type=gpu-process", False)}

# Moves the map as a person does, one step a frame, and says how long each frame took.
_MOVE = """async ([motion, frames]) => {
  const stage = document.querySelector(".cz-map-stage");
  const box = stage.getBoundingClientRect();
  const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const pointer = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {
    bubbles: true, pointerId: 1, button: 0, clientX: box.left + x, clientY: box.top + y }));
  // A pointer that is made here cannot be captured.
  stage.setPointerCapture = () => undefined;
  pointer("pointerdown", 300, 300);
  if (motion === "zoom") pointer("pointerup", 300, 300);
  const times = [];
  let last = await next();
  for (let i = 0; i < frames; i++) {
    if (motion === "pan") {
      pointer("pointermove", 300 + 200 * Math.sin(i / 8), 300 + 120 * Math.cos(i / 9));
    } else stage.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true,
      clientX: box.left + 0.45 * box.width, clientY: box.top + 0.4 * box.height,
      deltaY: i < frames / 2 ? -60 : 60 }));
    const now = await next();
    times.push(now - last);
    last = now;
  }
  pointer("pointerup", 300, 300);
  return times;
}"""


def main() -> None:
    """Build the page, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--marks", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=4096, help="pixels of the image")
    parser.add_argument("--page", type=Path, help="keep the page here, or measure the one there is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = options.page or Path(folder) / "map.html"
        if not page.is_file():
            _write_page(page, options.marks, options.side)
        _measure(page)


def _write_page(page: Path, marks: int, side: int) -> None:
    scene = cz.datasets.synthetic_micrographs(
        "crowded", images=1, size=side, per_image=marks // MARKS_AN_INSTANCE, seed=0
    )
    found = cz.consensus.MarkConsensus().fit(scene.marks, scene.votes, scene.reads)
    cz.MarkMap(found, scene.images).to_html(page, picture_side=side, progress=False)


def _measure(path: Path) -> None:
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 760})
        page.goto(path.resolve().as_uri())
        page.wait_for_selector(".cz-map-stage")
        page.wait_for_timeout(3000)
        print(page.inner_text(".cz-fact"), "at 1,400 x 760 pixels")
        heads = f"{'stage':12}{'motion':12}{'frames/s':>9}{'page ms':>9}{'compositor ms':>15}"
        print(heads + f"{'load':>7}")
        for stage in STAGES:
            page.click(f'.cz-map-switch [data-stage="{stage}"]')
            for motion, closer in (("zoom", 0), ("pan", 1), ("pan", 3)):
                _row(page, stage, motion, closer)
        browser.close()


def _row(page: Page, stage: str, motion: str, closer: int) -> None:
    page.keyboard.press("f")
    for _ in range(closer):
        page.keyboard.press("+")
    page.wait_for_timeout(900)
    # Once unmeasured: code is compiled, tiles are decoded.
    page.evaluate(_MOVE, [motion, FRAMES])
    load = ForeignLoad()
    before = _thread_times()
    times = page.evaluate(_MOVE, [motion, FRAMES])
    after = _thread_times()
    cpu = {name: (after[name] - before[name]) / FRAMES for name in THREADS}
    share = load.share()
    print(
        f"{stage:12}{motion + (f' x{1.5**closer:.1f}' if closer else ''):12}"
        f"{1000 * len(times) / sum(times):9.0f}{cpu['page']:9.1f}{cpu['compositor']:15.1f}"
        f"{'' if share is None else f'{100 * share:.0f} %':>7}",
        flush=True,
    )


def _thread_times() -> dict[str, float]:
    """Return CPU ms so far: of the renderers' main threads, and of the GPU process' busiest one."""
    total = dict.fromkeys(THREADS, 0.0)
    for pid in _descendants(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            for name, (kind, main_only) in THREADS.items():
                if kind not in command:
                    continue
                tasks = [Path(f"/proc/{pid}/task/{pid}")]
                if not main_only:
                    tasks = list(Path(f"/proc/{pid}/task").iterdir())
                spent = (int((task / "schedstat").read_text().split()[0]) for task in tasks)
                total[name] += max(spent) / 1e6
        except FileNotFoundError:
            # A process or thread that has just ended.
            continue
    return total


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _descendants(int(child)))]


if __name__ == "__main__":
    main()
