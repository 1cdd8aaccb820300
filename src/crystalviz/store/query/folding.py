"""Accents taken off Latin letters, as Weaviate's `entities/tokenizer/ascii_fold.go` does."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode takes for one, and people write as two, or as another one.
_BY_NAME = {
    "AE": "ae",
    "ETH": "d",
    "THORN": "th",
    "SHARP S": "ss",
    "DOTLESS I": "i",
    "KRA": "k",
    "LONG S": "s",
    "N PRECEDED BY APOSTROPHE": "n",
}
_LETTER = re.compile(r"LATIN (SMALL|CAPITAL) (?:LETTER|LIGATURE) (.+)\Z")
_CHANGED = re.compile(r"([A-Z]) WITH ")


def fold_ascii(text: str, ignore: frozenset[str] = frozenset()) -> str:
    """Return a text without accents: "Kødbyen, Łódź" becomes "Kodbyen, Lodz".

    Parameters
    ----------
    text : str
        Letters of other scripts stay as they are, less their combining marks.
    ignore : frozenset of str
        Characters that stay as they are.
    """
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    folded = "".join(char if char in ignore else _folded(char) for char in composed)
    return unicodedata.normalize("NFC", folded)


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char.isascii():
        return char
    parts = unicodedata.normalize("NFD", char)
    return "".join(_base(one) for one in parts if unicodedata.category(one) != "Mn")


def _base(char: str) -> str:
    """Return the plain letter or letters of one that has no accent to take off."""
    found = _LETTER.match(unicodedata.name(char, ""))
    if found is None:
        return char
    size, what = found.groups()
    changed = _CHANGED.match(what)
    if changed is not None:
        # A stroke, a hook or a tail: the letter is in its name.
        base = changed[1].lower()
    elif "LIGATURE" in found[0]:
        base = what.lower() if what.isalpha() else unicodedata.normalize("NFKD", char).lower()
    else:
        base = _BY_NAME.get(what, char)
    return base.upper() if size == "CAPITAL" else base
