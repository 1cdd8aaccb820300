"""How a text becomes tokens, as Weaviate's `entities/tokenizer` does it."""

from __future__ import annotations

import re
from collections.abc import Callable

# A word is Go's letters and numbers (Unicode L* and N*): Python's \w less `_`.
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_WORD_OR_WILDCARD = re.compile(r"[^\w?*]+|_+")

# Preset "en" of Weaviate's `inverted/stopwords`; only queries of `word` tokens leave them out.
STOPWORDS = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into"),
        *("is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their", "then"),
        *("there", "these", "they", "this", "to", "was", "will", "with"),
    }
)


def _word(text: str) -> list[str]:
    return [token.lower() for token in _NOT_WORD.split(text) if token]


def _word_with_wildcards(text: str) -> list[str]:
    return [token.lower() for token in _NOT_WORD_OR_WILDCARD.split(text) if token]


def _whitespace(text: str) -> list[str]:
    return text.split()


def _lowercase(text: str) -> list[str]:
    return text.lower().split()


def _field(text: str) -> list[str]:
    return [text.strip()]


def _trigram(text: str) -> list[str]:
    joined = "".join(_NOT_WORD.split(text)).lower()
    return [joined[start : start + 3] for start in range(len(joined) - 2)]


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "word": _word,
    "whitespace": _whitespace,
    "lowercase": _lowercase,
    "field": _field,
    "trigram": _trigram,
}


def tokenize(text: str, tokenization: str) -> list[str]:
    """Return the tokens of a stored text.

    Parameters
    ----------
    text : str
        Any text.
    tokenization : {"word", "whitespace", "lowercase", "field", "trigram"}
        See `Tokenization`.
    """
    return TOKENIZERS[tokenization](text)


def tokenize_query(
    text: str,
    tokenization: str,
    wildcards: bool = False,
    stopwords: frozenset[str] = STOPWORDS,
) -> list[str]:
    """Return the tokens of a filter's value: without stopwords, `*` and `?` kept for `like`."""
    if tokenization != "word":
        return tokenize(text, tokenization)
    tokens = _word_with_wildcards(text) if wildcards else _word(text)
    return [token for token in tokens if token not in stopwords]


def like_pattern(token: str) -> re.Pattern[str]:
    """Return `like`'s wildcards as a regular expression: `*` any text, `?` one character."""
    return re.compile(
        "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in token) + r"\Z"
    )


def like_test(token: str) -> Callable[[str], bool]:
    """Return whether a word fits `like`'s wildcards: `like_pattern`, quicker where it can be."""
    inner = token.strip("*")
    if "*" in inner or "?" in inner or "\n" in inner:
        match = like_pattern(token).match
        return lambda own: match(own) is not None
    starts, ends = token.startswith("*"), token.endswith("*")
    # As in Weaviate, a wildcard stands for no line break.
    if starts and ends:
        return lambda own: inner in own and "\n" not in own
    if starts:
        return lambda own: own.endswith(inner) and "\n" not in own
    if ends:
        return lambda own: own.startswith(inner) and "\n" not in own
    return lambda own: own == inner
