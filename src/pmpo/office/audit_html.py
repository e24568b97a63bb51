"""What the page of an auditor's pack is written with: text that is never taken for markup.

Whatever people or data named stands in a `bdi` or `code` of its own, so that a name in a script
that runs from right to left turns nothing around it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import quote

from pmpo.model.entry import Actor

_SHORT_MAX: Final = 24
_NAME_MAX: Final = 160
PROSE_MAX: Final = 1_200
"""How many characters of a text are shown: some screens of it; the record of it has them all."""
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page, which its contents lead to.

    Args:
        told: how much is in it, in words; empty where that says nothing.
        body: HTML.
    """

    id: str
    title: str
    told: str
    body: str


def plain(text: str) -> str:
    """Text of people or data within HTML: no markup, and no signs that steer a page or a screen."""
    return html.escape(_STEERING.sub("�", text))


def name(text: str) -> str:
    """A name that somebody gave, in the direction of its own script; a very long one is cut."""
    shown = text if len(text) <= _NAME_MAX else text[:_NAME_MAX] + "…"
    return f"<bdi>{plain(shown)}</bdi>"


def prose(text: str) -> str:
    """What somebody wrote, with its lines, as far as a page shows it."""
    cut = text[:PROSE_MAX].rstrip()
    more = f" … ({len(text):,} characters in all)" if len(text) > PROSE_MAX else ""
    return f'<bdi class="prose">{plain(cut)}</bdi>{more}'


def said(text: str) -> str:
    """A sentence of PMPO, with the names in it, which are in backticks, as code."""
    return "<bdi>" + re.sub("`([^`]*)`", r"<code>\1</code>", plain(text)) + "</bdi>"


def linked(to: str, text: str) -> str:
    """A link to a file of the pack."""
    shown = short(text) if len(text) <= _SHORT_MAX else f"<code>{plain(text)}</code>"
    return f'<a href="{html.escape(quote(to))}">{shown}</a>'


def worded(to: str, words: str) -> str:
    """A link to a file of the pack, in words."""
    return f'<a class="id" href="{html.escape(quote(to))}">{plain(words)}</a>'


def within(id: str, text: str = "") -> str:
    """A link to another place of the page."""
    shown = plain(text) if text else short(id)
    return f'<a href="#{html.escape(quote(id))}">{shown}</a>'


def anchored(id: str, inner: str) -> str:
    """A place of the page that `within` leads to."""
    return f'<span id="{html.escape(id)}">{inner}</span>'


def short(id: str) -> str:
    """An id or a word that stays on one line."""
    return f'<code class="id">{plain(id)}</code>'


def mark(word: str) -> str:
    """A word that an auditor looks for."""
    return f'<span class="mark">{plain(word)}</span>'


def moment(at: datetime) -> str:
    """A moment to the second, in UTC."""
    utc = at.astimezone(UTC)
    return f"{day(utc)} <time>{utc:%H:%M:%S} UTC</time>"


def day(at: date) -> str:
    """A day, or that of a moment, as it was written down."""
    return f"<time>{at:%Y-%m-%d}</time>"


def acted(actor: Actor) -> str:
    """Who acted, and how that was known."""
    return f"{name(actor.name)} ({actor.how})"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with what they say, which is HTML already; those that say nothing are left out."""
    made = "".join(f"<dt>{one}</dt><dd>{value}</dd>" for one, value in pairs if value)
    return f"<dl>{made}</dl>" if made else ""


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]], *, kind: str = "") -> str:
    """Rows of cells that are HTML already; each cell knows its column, for narrow screens."""
    made = list(_rows(head, rows))
    if not made:
        return "<p>None.</p>"
    first = "".join(f'<th scope="col">{one}</th>' for one in head)
    named = f' class="{kind}"' if kind else ""
    lines = "\n".join(made)
    return f"<table{named}><thead><tr>{first}</tr></thead><tbody>\n{lines}\n</tbody></table>"


def _rows(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    for row in rows:
        cells = zip(head, row, strict=True)
        yield "<tr>" + "".join(f'<td data-of="{of}">{cell}</td>' for of, cell in cells) + "</tr>"
