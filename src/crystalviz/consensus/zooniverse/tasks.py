"""Which tasks an export has, of what kind, and which of them make marks or votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pandas as pd

from crystalviz.consensus.zooniverse.classifications import Classifications

# A task of one version of a workflow.
Key = tuple[tuple[str, str], str]


@dataclass
class Tasks:
    """The tasks of an export.

    Attributes
    ----------
    kinds : dict of (workflow, task) to str
        "drawing", "question", "survey", "dropdown", "text", or "" where no answer tells.
    answered : Counter of (workflow, task)
        Classifications with the task.
    used : set of (workflow, task)
        Those that made marks or votes.
    """

    kinds: dict[Key, str] = field(default_factory=dict)
    answered: Counter[Key] = field(default_factory=Counter)
    used: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, rows: Classifications) -> Tasks:
        """Return the tasks of these classifications.

        Where nobody marked anything in one version of a workflow, an empty list is what the task
        was in the version before it, or in the first one that tells.
        """
        seen: dict[Key, Counter[str]] = {}
        tasks = cls()
        # Equal annotations are one object.
        by_id = {id(one): one for one in rows.annotations}
        together = Counter(zip(rows.workflows, map(id, rows.annotations), strict=True))
        for (workflow, which), number in together.items():
            for name, kind in by_id[which].kinds.items():
                tasks.answered[workflow, name] += number
                if kind:
                    seen.setdefault((workflow, name), Counter())[kind] += number
        told = {key: max(sorted(counts), key=counts.__getitem__) for key, counts in seen.items()}
        for key in tasks.answered:
            tasks.kinds[key] = told.get(key) or _kind_elsewhere(key, told)
        return tasks

    def named(self, *kinds: str) -> list[str]:
        """Return the names of the tasks of these kinds, in the order of their names."""
        return sorted({name for (_, name), kind in self.kinds.items() if kind in kinds})

    def use(self, names: Collection[str], kinds: Collection[str]) -> None:
        """Use the tasks of these names, where they are of these kinds."""
        self.used |= {key for key, kind in self.kinds.items() if key[1] in names and kind in kinds}

    def most_answered(self, kinds: Sequence[str]) -> tuple[str, str]:
        """Return kind and name of the task with most answers, of the first kind that there is."""
        for kind in kinds:
            counts = {
                name: sum(
                    number
                    for key, number in self.answered.items()
                    if key[1] == name and self.kinds[key] == kind
                )
                for name in self.named(kind)
            }
            if counts:
                # Of several the first by name.
                return kind, max(counts, key=lambda name: counts[name])
        return "", ""

    def table(self) -> pd.DataFrame:
        """Return one row a workflow and task: workflow_id, task, kind, classifications, used."""
        rows: dict[tuple[str, str, str], list[int]] = {}
        for key, number in self.answered.items():
            (workflow, _), name = key
            row = rows.setdefault((workflow, name, self.kinds[key] or "empty"), [0, 0])
            row[0] += number
            row[1] |= key in self.used
        return pd.DataFrame(
            [(*key, number, bool(used)) for key, (number, used) in sorted(rows.items())],
            columns=["workflow_id", "task", "kind", "classifications", "used"],
        )


def _kind_elsewhere(key: Key, told: dict[Key, str]) -> str:
    """Return the kind of a task by the other versions of its workflow; "" if none tells."""
    (workflow, version), name = key
    others = sorted(
        (_number(other), kind)
        for ((its_workflow, other), its_name), kind in told.items()
        if (its_workflow, its_name) == (workflow, name)
    )
    before = [kind for other, kind in others if other < _number(version)]
    return before[-1] if before else others[0][1] if others else ""


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else -1
