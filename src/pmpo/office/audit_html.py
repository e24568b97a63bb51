"""What the page of an auditor's pack is written with: text that is never taken for markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from pmpo.model.entry import Actor

_SHORT_MAX: Final = 24


def said(text: str) -> str:
    """A sentence of PMPO or of people, with its names in backticks as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(text))


def linked(to: str, text: str) -> str:
    """A link to a file of the pack."""
    shown = short(text) if len(text) <= _SHORT_MAX else f"<code>{html.escape(text)}</code>"
    return f'<a href="{html.escape(quote(to))}">{shown}</a>'


def short(id: str) -> str:
    """An id or a word that stays on one line."""
    return f'<code class="short">{html.escape(id)}</code>'


def moment(at: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def acted(actor: Actor) -> str:
    """Who acted, and how that was known."""
    return html.escape(f"{actor.name} ({actor.how})")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows of cells that are HTML already."""
    made = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    if not made:
        return "<p>None.</p>"
    first = "".join(f"<th>{name}</th>" for name in head)
    return f"<table><tr>{first}</tr>{''.join(made)}</table>"
