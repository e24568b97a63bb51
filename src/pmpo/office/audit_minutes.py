"""The minutes of a review as a part of a page.

They are Markdown that PMPO wrote, with notes that a chair has added. What is read here is what the
minutes themselves use: headings, lists, code, and signs with a backslash before them. All else
stays as it was typed. It is own code, since the page is made anew wherever a pack is verified: what
another version of a library makes of the same notes would be taken for a changed page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pmpo.office.audit_html import plain, within

_HEADING: Final = re.compile(r"(#{1,6}) +(.+)")
_ITEM: Final = "- "
_FENCE: Final = "```"
_INSIDE: Final = re.compile(r"\\([^A-Za-z0-9\s])|`([^`]+)`")
_ID: Final = re.compile(r"(?:de|due|ev)-[0-9a-f]{12}")
_BELOW: Final = 3
"""Headings of minutes stand below those of the page."""


def as_html(minutes: str) -> str:
    """Minutes as HTML without any markup but its own."""
    return "\n".join(_blocks(minutes.split("\n")))


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        heading = _HEADING.fullmatch(line)
        if line.startswith(_FENCE):
            end = next((i for i in range(at + 1, len(lines)) if lines[i] == _FENCE), len(lines))
            yield f"<pre>{plain(chr(10).join(lines[at + 1 : end]))}</pre>"
            at = end + 1
        elif heading is not None:
            level = min(6, len(heading[1]) + _BELOW)
            yield f"<h{level}>{_inside(heading[2])}</h{level}>"
            at += 1
        elif not line.strip():
            at += 1
        else:
            end = _end(lines, at)
            yield _items(lines[at:end]) if line.startswith(_ITEM) else _text(lines[at:end])
            at = end


def _end(lines: list[str], at: int) -> int:
    """Where lines of the kind of the first one end: those of a list, or those of a paragraph."""
    listed = lines[at].startswith(_ITEM)
    for i in range(at + 1, len(lines)):
        line = lines[i]
        other = line.startswith(_ITEM) != listed or line.startswith(_FENCE)
        if other or not line.strip() or _HEADING.fullmatch(line):
            return i
    return len(lines)


def _items(lines: list[str]) -> str:
    made = "".join(f"<li>{_inside(line.removeprefix(_ITEM))}</li>" for line in lines)
    return f"<ul>{made}</ul>"


def _text(lines: list[str]) -> str:
    return f'<p class="prose">{_inside(chr(10).join(lines))}</p>'


def _inside(text: str) -> str:
    """A line with code as code, and without the backslashes that kept signs from being markup."""
    made, last = [], 0
    for found in _INSIDE.finditer(text):
        made.append(plain(text[last : found.start()]))
        sign, code = found.groups()
        made.append(plain(sign) if sign else _code(code))
        last = found.end()
    return f"<bdi>{''.join(made)}{plain(text[last:])}</bdi>"


def _code(text: str) -> str:
    """Code, which leads to what the page says of it where it is an id."""
    return within(text) if _ID.fullmatch(text) else f"<code>{plain(text)}</code>"
