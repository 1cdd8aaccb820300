"""Keeping a graph: loaded, built, added to and saved by a thread, while queries go on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from crystalviz._optional import MissingDependencyError
from crystalviz.store.index.building import (
    Base,
    Progress,
    RefusedError,
    StoppedError,
    attach,
    build,
)
from crystalviz.store.index.files import IndexFiles, NoGraphError, UnusableError
from crystalviz.store.index.graph import Attached, hnswlib
from crystalviz.store.index.settings import Settings
from crystalviz.store.storage.vector_table import VectorTable

# What was written since is compared exactly beside the graph, until it is more than this.
_LONGEST_TAIL = 1_000
_TAIL_SHARE = 0.02
# A graph with more nodes gone than this is made anew.
_MOST_GONE = 0.25
# After a refusal, or a failure, once there are so many times as many vectors.
_TRY_AGAIN = 1.5


class _Job(threading.Thread):
    """One piece of work in the background; a daemon, because what it makes can be made again."""

    def __init__(self, work: Callable[[Progress], None]) -> None:
        super().__init__(name="crystalviz-index", daemon=True)
        self.progress = Progress()
        self._work = work

    def run(self) -> None:
        self._work(self.progress)


class Upkeep:
    """The graph of one index, and the thread that makes the next one.

    Parameters
    ----------
    files : IndexFiles
        Where it is kept.
    writable : bool
        Whether it may be saved there.
    """

    def __init__(self, files: IndexFiles, writable: bool) -> None:
        self._files = files
        self._writable = writable
        self._guard = threading.Lock()
        self._attached: Attached | None = None
        self._job: _Job | None = None
        self._closed = False
        # Why there is no graph, and of how many vectors that was said.
        self._refusal: tuple[str, int] | None = None
        # What the disk had to say of the saved one.
        self.note: str | None = None
        self.saved = False

    def graph(self, table: VectorTable, settings: Settings) -> Attached | None:
        """Return the graph for this table, if there is one now; start the work that is due."""
        attached = self._attached
        if attached is not None and attached.generation == table.generation:
            if self._job is None and _is_worn(attached, table):
                self._start(table, settings)
            return attached
        if attached is None or attached.generation < table.generation:
            self._start(table, settings)
        return None

    def here(self, table: VectorTable) -> Attached | None:
        """Return the graph for this table, if there is one now."""
        attached = self._attached
        return attached if attached and attached.generation == table.generation else None

    def why_not(self) -> str | None:
        """Return why there is no graph, if that was decided."""
        return None if self._refusal is None else self._refusal[0]

    @property
    def progress(self) -> Progress | None:
        """How far the work in the background has come, or None."""
        job = self._job
        return None if job is None else job.progress

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the work that was started is done."""
        job = self._job
        if job is not None:
            job.join(timeout)

    def close(self) -> None:
        """Stop the work and forget the graph."""
        with self._guard:
            self._closed = True
            job = self._job
            if job is not None:
                job.progress.stopping.set()
        if job is not None:
            job.join()
        self._attached = None

    def forget(self) -> None:
        """Make another graph when one is next asked for: the settings are not those it is for."""
        with self._guard:
            if self._job is not None:
                self._job.progress.stopping.set()
            self._attached = None
            self._refusal = None

    def _start(self, table: VectorTable, settings: Settings) -> None:
        with self._guard:
            if self._job is not None or self._closed:
                return
            if self._refusal is not None and table.count < _TRY_AGAIN * self._refusal[1]:
                return

            def work(progress: Progress) -> None:
                self._work(table, settings, progress)

            job = _Job(work)
            # Nobody may wait for a thread that was not started.
            job.start()
            self._job = job

    def _work(self, table: VectorTable, settings: Settings, progress: Progress) -> None:
        attached = refusal = None
        try:
            attached = self._make(table, settings, progress)
        except StoppedError:
            pass
        except NoGraphError as known:
            refusal = known.args
        except MissingDependencyError as reason:
            refusal = (str(reason), table.count)
        except RefusedError as reason:
            refusal = (str(reason), table.count)
            self._save_refusal(str(reason), table, settings)
        except Exception as error:
            # Exact search goes on, and health names it.
            refusal = (f"the index could not be built: {error!r}", table.count)
        finally:
            with self._guard:
                self._job = None
                if not progress.stopping.is_set():
                    self._refusal = refusal
                    self._attached = attached or self._attached

    def _save_refusal(self, why: str, table: VectorTable, settings: Settings) -> None:
        """Keep it, so that it need not be found out again after the next start."""
        if self._writable:
            try:
                self._files.save_refusal(why, table.count, settings, table.dimension)
                self.note = None
            except OSError as error:
                self.note = f"not saved: {error}"

    def _make(self, table: VectorTable, settings: Settings, progress: Progress) -> Attached:
        hnswlib()
        old = self._attached
        if old is None:
            try:
                progress.begin("reading the saved index", 1)
                base = self._files.load(settings, table.dimension)
                attached, self.saved = attach(table, base.graph, progress), True
            except NoGraphError as known:
                if table.count < _TRY_AGAIN * known.args[1]:
                    raise
                return self._built(table, settings, None, progress)
            except UnusableError as reason:
                self.note = str(reason)
                return self._built(table, settings, None, progress)
        else:
            attached = attach(table, old.graph, progress)
        if _share_gone(attached) > _MOST_GONE:
            return self._built(table, settings, None, progress)
        if not _is_worn(attached, table):
            return attached
        file = self._files.verified(attached.graph)
        base_now = None if file is None else Base(attached.graph, file)
        return self._built(table, settings, base_now, progress)

    def _built(
        self, table: VectorTable, settings: Settings, base: Base | None, progress: Progress
    ) -> Attached:
        made = build(table, settings, base, progress)
        self.saved = False
        if self._writable:
            progress.begin("saving the index", 1)
            try:
                self._files.save(made.graph, settings, table.dimension, table.position.to_dict())
                self.saved, self.note = True, None
            except OSError as error:
                self.note = f"not saved: {error}"
        return made


def _is_worn(attached: Attached, table: VectorTable) -> bool:
    written = len(attached.fit(table).tail) - attached.lost
    return written > max(_LONGEST_TAIL, _TAIL_SHARE * table.count)


def _share_gone(attached: Attached) -> float:
    found = int(np.count_nonzero(attached.graph.found))
    return 1.0 - attached.used / max(1, found)
