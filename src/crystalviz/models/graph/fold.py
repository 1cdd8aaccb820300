"""Fold batch normalisation into the convolution or dense layer before it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection

from crystalviz.models.graph.affine import BatchNorm, Scale, Weighted
from crystalviz.models.graph.flatten import Graph, Step


def fold(graph: Graph, kept: Collection[int]) -> Graph:
    """Return the graph with fixed weights and one operation less for each normalisation.

    Parameters
    ----------
    graph : Graph
    kept : collection of int
        Values that must still be there.

    Notes
    -----
    At inference a normalisation is a factor and a shift of each channel; in double
    precision they go into the kernel and the bias. Only where nothing else reads the
    value between.
    """
    readers = Counter(value for step in graph.steps for value in step.inputs)
    steps: list[Step] = []
    made_by: dict[int, int] = {}
    for step in graph.steps:
        operation = step.operation
        if isinstance(operation, BatchNorm):
            factor, shift = operation.factor_and_shift()
            source = step.inputs[0]
            place = made_by.get(source)
            if place is not None and readers[source] == 1 and source not in kept:
                weighted = steps[place].operation
                assert isinstance(weighted, Weighted)
                steps[place] = Step(
                    weighted.scaled(factor, shift), steps[place].inputs, step.outputs
                )
                made_by[step.output] = place
                continue
            operation = Scale(operation.name, factor.astype("float32"), shift.astype("float32"))
        elif isinstance(operation, Weighted):
            operation = operation.frozen()
            made_by[step.output] = len(steps)
        steps.append(Step(operation, step.inputs, step.outputs))
    return dataclasses.replace(graph, steps=steps)
