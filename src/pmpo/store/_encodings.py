"""Texts that are not UTF-8: which encoding it looks like, and how to change it."""

from __future__ import annotations

import codecs
from typing import Final

TO_UTF8: Final = (
    "save the file again as UTF-8, in Excel as `CSV UTF-8`; or `iconv -f CP1252 -t UTF-8 old.csv > "
    "new.csv`, with CP932 for Japanese and GB18030 for Chinese Windows"
)
SNIFFED: Final = 4_096
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def wide_encoding(start: bytes) -> str:
    """The name of an encoding with several bytes for each letter, where a text begins so.

    Without a mark every second byte of a text in UTF-16 is zero, or nearly so; bytes of zero are
    no letters of any other encoding.

    Example:
        >>> wide_encoding("shop,amount".encode("utf-16-le"))
        'UTF-16LE'
        >>> wide_encoding(b"shop,amount")
        ''
    """
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    if marked or start.count(0) * 4 <= len(start):
        return marked
    return "UTF-16LE" if start[1::2].count(0) > start[::2].count(0) else "UTF-16BE"
