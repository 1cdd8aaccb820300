"""Keyword search: BM25F over the tokens of text properties, as Weaviate scores it.

`adapters/repos/db/inverted/bm25_searcher_block.go`: each property is scored by itself with
the length that its texts have on average over all searched properties, and the scores of
an object are added. The formula is that of S. Robertson and H. Zaragoza, "The
Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystalviz.store.errors import WeaviateInvalidInputError, WeaviateQueryError
from crystalviz.store.query import columns
from crystalviz.store.query.analyzers import Analyzer, analyzer_of
from crystalviz.store.query.hits import Hit
from crystalviz.store.schema import CollectionConfig, PropertyConfig
from crystalviz.store.storage.views import ObjectsView

# What Weaviate takes for the average length where nothing has any.
_LENGTH_WITHOUT_TEXTS = 40.0


class _Searched:
    """One property as a query searches it."""

    def __init__(
        self, prop: PropertyConfig, boost: float, view: ObjectsView, config: CollectionConfig
    ) -> None:
        self.boost = boost
        self.analyzer = analyzer_of(prop, config)
        self.column = columns.words(view, prop.name, self.analyzer)
        self._counts: dict[str, np.ndarray] = {}

    def counts(self, token: str) -> np.ndarray:
        """Return how often each object has a token; (n,) int64."""
        if token not in self._counts:
            self._counts[token] = self.column.counts(token)
        return self._counts[token]


@dataclass(frozen=True)
class KeywordOperator:
    """How many of the query's tokens an object must have: so many, all, or all across."""

    minimum: int = 0
    all_of: bool = False
    across: bool = False


def read_operator(given: Any) -> KeywordOperator:
    """Return what a `BM25Operator`, ours or weaviate-client's, asks."""
    if given is None:
        return KeywordOperator()
    # The client's objects carry their kind in the class alone.
    kind = type(given).__name__.removeprefix("BM25Operator").removeprefix("BM25")
    if kind == "Or":
        return KeywordOperator(minimum=int(given.minimum_should_match))
    if kind in ("And", "AndCross"):
        return KeywordOperator(all_of=True, across=kind == "AndCross")
    raise WeaviateInvalidInputError(
        f"not a keyword operator: {given!r}. Write BM25Operator.or_(minimum_match=2) or and_()"
    )


def find_by_keywords(
    query: str,
    query_properties: Sequence[str] | None,
    operator: Any,
    view: ObjectsView,
    config: CollectionConfig,
    limit: int,
    allowed: np.ndarray | None = None,
) -> list[Hit]:
    """Return the objects that have any of the query's tokens, the best score first.

    Parameters
    ----------
    query : str
        Cut into tokens as each property is.
    query_properties : sequence of str, optional
        Which to search, all texts where nothing is said; "title^2" counts twice.
    operator : BM25Operator, optional
        How many tokens an object must have.
    view : ObjectsView
        n objects.
    config : CollectionConfig
        Their collection.
    limit : int
        How many at most.
    allowed : (n,) bool, optional
        Which objects may be found; how rare a token is, is counted over all of them.

    Raises
    ------
    WeaviateQueryError
        When a property does not exist or is not searchable.
    """
    asked = read_operator(operator)
    searched = _read_properties(query_properties, view, config)
    if not searched or not len(view):
        return []
    tokens = {
        analyzer: Counter(analyzer.query_tokens(query))
        for analyzer in dict.fromkeys(one.analyzer for one in searched)
    }
    if asked.across and len(tokens) > 1:
        raise WeaviateQueryError(
            "and_cross requires all searched properties to share the same tokenization and "
            f"analyzer settings; these have {', '.join(sorted(a.tokenization for a in tokens))}"
        )
    scores, explanations = _score(searched, tokens, asked, len(view), config)
    if allowed is not None:
        scores[~allowed] = 0.0
    rows = np.flatnonzero(scores > 0)
    # The best first; rows are in the order of their uuids already.
    ordered = rows[np.argsort(-scores[rows], kind="stable")][:limit]
    return [
        Hit(view.uuids[row], score=float(np.float32(scores[row])), explanation=explanations(row))
        for row in ordered
    ]


def _read_properties(
    given: Sequence[str] | None, view: ObjectsView, config: CollectionConfig
) -> list[_Searched]:
    if not given:
        found = {
            p.name: (p, 1.0)
            for p in config.properties
            if p.element_type == "text" and p.index_searchable
        }
    else:
        found = {}
        for one in [given] if isinstance(given, str) else given:
            name, _, boost = str(one).partition("^")
            prop = config.property(name) or config.property(name[:1].lower() + name[1:])
            if prop is None or prop.element_type != "text" or not prop.index_searchable:
                raise WeaviateQueryError(
                    f"Searching by property {name!r} requires inverted index to be enabled in "
                    f"schema of {config.name}: it must be a text with index_searchable=True"
                )
            found[prop.name] = (prop, _boost(boost))
    return [_Searched(prop, boost, view, config) for prop, boost in found.values()]


def _boost(text: str) -> float:
    if not text:
        return 1.0
    try:
        return float(text)
    except ValueError:
        # As Weaviate, which parses it so.
        return 0.0


def _score(
    searched: list[_Searched],
    tokens: dict[Analyzer, Counter[str]],
    asked: KeywordOperator,
    count: int,
    config: CollectionConfig,
) -> tuple[np.ndarray, Any]:
    """Return each object's score, (n,) float64, and what explains that of a row."""
    k1, b = config.inverted_index_config.bm25.k1, config.inverted_index_config.bm25.b
    average = _average_length(searched)
    rarity = _rarity(searched, tokens, count)
    total = np.zeros(count)
    across = {token: np.zeros(count, bool) for own in tokens.values() for token in own}
    for one in searched:
        own = tokens[one.analyzer]
        score = np.zeros(count)
        matched = np.zeros(count, np.int64)
        for token in own:
            rows = np.flatnonzero(one.counts(token))
            frequency = one.counts(token)[rows] * one.boost
            length = one.column.lengths[rows]
            weight = frequency / (frequency + k1 * (1 - b + b * length / average))
            score[rows] += weight * rarity[one.analyzer, token]
            matched[rows] += 1
            across[token][rows] = True
        if not asked.across:
            score[matched < (len(own) if asked.all_of else asked.minimum)] = 0.0
        total += score
    if asked.across:
        total[~np.logical_and.reduce([*across.values(), np.ones(count, bool)])] = 0.0
    return total, lambda row: _explain(searched, tokens, int(row))


def _average_length(searched: list[_Searched]) -> float:
    """Return the mean over the properties of the mean length of their texts."""
    means = []
    for one in searched:
        texts = int(np.count_nonzero(one.column.present))
        means.append(len(one.column.rows) / texts if texts else 0.0)
    return sum(means) / len(means) or _LENGTH_WITHOUT_TEXTS


def _rarity(
    searched: list[_Searched], tokens: dict[Analyzer, Counter[str]], count: int
) -> dict[tuple[Analyzer, str], float]:
    """Return the inverse document frequency of each token of each tokenization.

    A token that is in several properties counts with the mean of the numbers of objects;
    one that the query has twice counts twice.
    """
    rarity = {}
    for analyzer, own in tokens.items():
        for token, times in own.items():
            found = [
                int(np.count_nonzero(one.counts(token)))
                for one in searched
                if one.analyzer == analyzer
            ]
            having = [number for number in found if number]
            if having:
                n = sum(having) // len(having)
                rarity[analyzer, token] = times * math.log(
                    1 + (max(count, n) - n + 0.5) / (n + 0.5)
                )
            else:
                rarity[analyzer, token] = 0.0
    return rarity


def _explain(searched: list[_Searched], tokens: dict[Analyzer, Counter[str]], row: int) -> str:
    parts = []
    for one in searched:
        for token in tokens[one.analyzer]:
            times = one.counts(token)[row] * one.boost
            if times:
                parts.append(f"BM25F_{token}_frequency:{times:g}")
                parts.append(f"BM25F_{token}_propLength:{one.column.lengths[row]}")
    return ", ".join(parts)
