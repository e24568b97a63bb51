"""How the store looks in a terminal: what is kept, what goes, how it is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, plain
from pmpo.model.time import told_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pmpo.assure.housekeeping import Collected, Examination, Listed

_STOPS = ("ledger/", "store/", "doctor/not-readable")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Bytes as people read them: three digits and a unit of thousands."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1
    return f"{value:.{digits}f} {_UNITS[unit]}"


def evaluations(rows: Sequence[Listed]) -> Iterator[Any]:
    """What is stored, the newest first."""
    if not rows:
        yield Text("nothing is stored yet; type `pmpo run`")
        return
    table = Table.grid(padding=(0, 2))
    for column in ("evaluation", "program", "as of", "made"):
        table.add_column(column)
    table.add_column("ranked", justify="right")
    table.add_column("size", justify="right")
    table.add_column("kept", overflow="fold")
    table.add_row("evaluation", "program", "as of", "made", "ranked", "size", "", style="bold")
    for row in rows:
        if row.made is None:
            table.add_row(row.id, Text("damaged: see `pmpo doctor`", style="bold"))
            continue
        table.add_row(
            row.id,
            plain(row.program),
            told_moment(datetime.fromisoformat(row.as_of)) if row.as_of else "–",
            row.made.isoformat(sep=" ", timespec="minutes")[:16],
            "–" if row.ranked is None else f"{row.ranked:,}",
            size(row.size),
            _kept(row),
        )
    yield table


def _kept(row: Listed) -> Text:
    named = [word for word in ("latest", "recorded", "draft") if getattr(row, word)]
    text = Text(", ".join(named), style=DIM)
    if row.pinned:
        text.append(", " if named else "")
        text.append("pinned", style=ACCENT)
        text.append(f": {plain(row.because)}" if row.because else "", style=DIM)
    return text


def pinned(id: str, because: str) -> Text:
    """What was pinned."""
    text = Text.assemble("pinned ", (id, f"bold {ACCENT}"))
    text.append(f": {plain(because)}" if because else "")
    text.append("; it is never deleted, nor what it rests on", style=DIM)
    return text


def unpinned(id: str) -> Text:
    """What is not pinned any more."""
    text = Text.assemble("unpinned ", (id, f"bold {ACCENT}"))
    text.append("; `pmpo gc` may delete it when it is old enough", style=DIM)
    return text


def collected(what: Collected) -> Iterator[Any]:
    """What went or would go, and what stays."""
    planned = what.plan
    went = "went" if what.deleted else "would go"
    parts = (
        (len(planned.evaluations), "evaluation", sum(e.size for e in planned.evaluations)),
        (len(planned.objects), "copy of data", sum(planned.objects.values())),
        (len(planned.histories), "history", sum(one.size for one in planned.histories)),
        (len(planned.temporary), "left-over of a killed process", sum(planned.temporary.values())),
    )
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right")
    grid.add_column()
    grid.add_column(justify="right")
    for count, name, taken in parts:
        if count:
            grid.add_row(f"{count:,}", _counted(name, count), size(taken))
    if not any(count for count, _, _ in parts):
        yield Text("nothing went" if what.deleted else "nothing would go")
    else:
        yield Text(f"{went}: {size(planned.size)}", style="bold")
        yield grid
    for one in planned.evaluations:
        yield Text(f"{one.id}  {plain(one.program)}, made {one.made.date()}", style=DIM)
    kept = Counter(why.partition(" of ")[0] for why in planned.kept.values())
    told = ", ".join(f"{count} {why}" for why, count in sorted(kept.items()))
    yield Text(f"stays: {told or 'no evaluation is stored'}", style=DIM)
    if not what.deleted and planned.size:
        yield Text("nothing was deleted: add --delete to do it")


def _counted(name: str, count: int) -> str:
    first, _, rest = name.partition(" ")
    if count != 1:
        first = {"copy": "copies", "history": "histories"}.get(first, f"{first}s")
    return f"{first} {rest}".strip()


def facts(examination: Examination) -> Iterator[Any]:
    """What was looked at, and what was repaired."""
    known = examination.facts
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM)
    grid.add_column(overflow="fold")
    versions = dict(known["versions"])
    system = versions.pop("platform")
    git = f"inside the repository {known['git']}" if known["git"] else "in no repository"
    unread = any(one.code.startswith(_STOPS) for one in examination.findings)
    rows = (
        ("office", f"{known['office']}, {git}"),
        ("store", _stored(known)),
        ("ledger", _recorded(known, unread=unread)),
        ("disk", f"{size(known['free'])} free"),
        ("threads", str(known["threads"] if known["threads"] is not None else "–")),
        ("versions", ", ".join(f"{name} {number}" for name, number in versions.items())),
        ("system", system),
    )
    for name, told in rows:
        grid.add_row(name, plain(told))
    yield grid
    for done in examination.repaired:
        yield Text.assemble(("repaired: ", "bold"), plain(done))
    yield Text()


def _stored(known: Any) -> str:
    if known["layout"] is None:
        return "nothing is stored yet"
    cached = known["histories"]
    kept = f"{cached} {_counted('history', cached)}; " if cached else ""
    return (
        f"{known['evaluations']} {_counted('evaluation', known['evaluations'])}, "
        f"{known['pinned']} pinned; {kept}"
        f"{known['copies']} {_counted('copy', known['copies'])} of data, "
        f"{size(known['copies_size'])}"
    )


def _recorded(known: Any, *, unread: bool) -> str:
    count = known["ledger"]
    if count is None and unread:
        return "cannot be read: see below"
    return "no entries" if count is None else f"{count:,} {'entry' if count == 1 else 'entries'}"


def verdict(examination: Examination) -> Text:
    """How many findings of each kind."""
    counts = Counter(finding.severity for finding in examination.findings)
    text = Text("store ok" if examination.clean else "store examined", style="bold")
    told = [
        f"{counts[kind]} {kind}{'' if counts[kind] == 1 else 's'}"
        for kind in ("error", "warning", "note")
    ]
    text.append(": " + ", ".join(told), style="not bold")
    return text
