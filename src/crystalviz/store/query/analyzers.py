"""How the texts of a property, and what is asked of them, become tokens."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from crystalviz.store.query.folding import fold_ascii
from crystalviz.store.query.tokenization import STOPWORDS, tokenize, tokenize_query
from crystalviz.store.schema import CollectionConfig, PropertyConfig


@dataclass(frozen=True)
class Analyzer:
    """The tokens of a property.

    Parameters
    ----------
    tokenization : str
        See `Tokenization`.
    stopwords : frozenset of str
        What queries of `word` tokens leave out.
    folds : bool
        Whether accents are taken off.
    kept : frozenset of str
        Characters that keep theirs.
    """

    tokenization: str
    stopwords: frozenset[str]
    folds: bool = False
    kept: frozenset[str] = frozenset()

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a stored text."""
        return tokenize(self._folded(text), self.tokenization)

    def query_tokens(self, text: str, wildcards: bool = False) -> list[str]:
        """Return the tokens of what is asked; `*` and `?` are kept for `like`."""
        return tokenize_query(self._folded(text), self.tokenization, wildcards, self.stopwords)

    def _folded(self, text: str) -> str:
        return fold_ascii(text, self.kept) if self.folds else text


def analyzer_of(prop: PropertyConfig, config: CollectionConfig) -> Analyzer:
    """Return how a text property of a collection becomes tokens."""
    tokenization = str(prop.tokenization or "word")
    own = prop.text_analyzer
    stopwords = _stopwords(own.stopword_preset if own is not None else None, config)
    if own is None or not own.ascii_fold:
        return Analyzer(tokenization, stopwords)
    kept = unicodedata.normalize("NFC", "".join(own.ascii_fold_ignore or ()))
    return Analyzer(tokenization, stopwords, True, frozenset(kept + kept.lower() + kept.upper()))


def _stopwords(preset: str | None, config: CollectionConfig) -> frozenset[str]:
    inverted = config.inverted_index_config
    if preset is not None:
        named = (inverted.stopword_presets or {}).get(preset)
        if named is not None:
            return frozenset(word.lower() for word in named)
        return STOPWORDS if preset == "en" else frozenset()
    asked = inverted.stopwords
    own = STOPWORDS if asked.preset == "en" else frozenset()
    return (own | frozenset(asked.additions or ())) - frozenset(asked.removals or ())
