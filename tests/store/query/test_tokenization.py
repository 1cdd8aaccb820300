from __future__ import annotations

import itertools

import pytest

from crystalviz.store.query.tokenization import like_pattern, like_test, tokenize, tokenize_query

# The first four columns are the example of Weaviate's documentation of tokenization;
# the trigrams follow its tokenizer_test.go: letters and digits joined, then cut.
HELLO = "Hello, (beautiful) world"


@pytest.mark.parametrize(
    ("kind", "text", "tokens"),
    [
        ("word", HELLO, ["hello", "beautiful", "world"]),
        ("lowercase", HELLO, ["hello,", "(beautiful)", "world"]),
        ("whitespace", HELLO, ["Hello,", "(beautiful)", "world"]),
        ("field", HELLO, [HELLO]),
        ("field", "  " + HELLO + "\n", [HELLO]),
        ("word", "pg/PG (1).png", ["pg", "pg", "1", "png"]),
        ("word", "snake_case-and.dots", ["snake", "case", "and", "dots"]),
        ("word", "Größe ½ Ⅷ 中文", ["größe", "½", "ⅷ", "中文"]),
        ("word", " .,; ", []),
        ("whitespace", "  ", []),
        ("field", "", [""]),
        ("trigram", "Hello Thx", ["hel", "ell", "llo", "lot", "oth", "thx"]),
        ("trigram", "ab", []),
    ],
)
def test_tokenize(kind: str, text: str, tokens: list[str]) -> None:
    assert tokenize(text, kind) == tokens


def test_query_tokens_drop_stopwords_only_of_words() -> None:
    assert tokenize_query("The needle and THE lath", "word") == ["needle", "lath"]
    assert tokenize_query("to be or not to be", "word") == []
    assert tokenize_query("the", "lowercase") == ["the"]
    assert tokenize_query("The", "field") == ["The"]


def test_query_tokens_keep_wildcards() -> None:
    assert tokenize_query("PG*(1).p?g", "word", wildcards=True) == ["pg*", "1", "p?g"]
    assert tokenize_query("PG*(1)", "field", wildcards=True) == ["PG*(1)"]


@pytest.mark.parametrize(
    ("pattern", "token", "fits"),
    [
        ("ne*", "needle", True),
        ("ne*", "one", False),
        ("*le", "needle", True),
        ("n??dle", "needle", True),
        ("n?dle", "needle", False),
        ("a.b", "axb", False),
        ("(x", "(x", True),
        ("*", "", True),
        ("ab", "abc", False),
    ],
)
def test_like_pattern(pattern: str, token: str, fits: bool) -> None:
    assert bool(like_pattern(pattern).match(token)) is fits


def test_like_test_is_like_pattern() -> None:
    tokens = ["".join(t) for n in range(5) for t in itertools.product("ab*?", repeat=n)]
    words = ["", "a", "b", "ab", "ba", "aba", "abab", "bbaa", "a\nb", "\n", "a*b", "a?"]
    for token in tokens:
        pattern, test = like_pattern(token), like_test(token)
        for word in words:
            assert test(word) is bool(pattern.match(word)), (token, word)
