"""Texts as YAML takes them, by the rules that charters are read with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SAFE: Final = re.compile(r"[^\W\d][\w \-./()%+',]*")
_WORDS: Final = frozenset({"true", "false", "null", "~"})


def scalar(text: str, *, quote: bool = False, inside: bool = False) -> str:
    """A text as a scalar, in quotes where it needs them.

    Args:
        quote: whether to use quotes in any case.
        inside: whether it stands inside `[ ]` or `{ }`, where a comma ends it.

    Example:
        >>> scalar("Unit price"), scalar("a: b"), scalar("it's", quote=True), scalar("null")
        ('Unit price', "'a: b'", "'it''s'", "'null'")
    """
    if any(not sign.isprintable() for sign in text):
        return '"' + "".join(map(_escaped, text)) + '"'
    plain = _SAFE.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS
    if plain and not quote and not (inside and "," in text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _escaped(sign: str) -> str:
    r"""A sign inside double quotes, by its number where nobody could see it.

    Example:
        >>> _escaped("é"), _escaped('"'), _escaped("\t")
        ('é', '\\"', '\\u0009')
    """
    if sign in ('"', "\\"):
        return "\\" + sign
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def flow(fields: Mapping[str, str]) -> str:
    """Fields on one line; values are YAML already.

    Example:
        >>> flow({"type": "date", "null": "['?']"})
        "{type: date, null: ['?']}"
    """
    return "{" + ", ".join(f"{name}: {value}" for name, value in fields.items()) + "}"
