"""Collects findings while a charter is read, so that one pass reports all of them."""

from __future__ import annotations

from typing import Final

from pmpo.diagnostics import Diagnostic, Severity, Span, in_order

FINDINGS_MAX: Final = 1000


class Findings:
    """All findings about one file.

    What is only validated is reported once per field of the language, not once per place. More
    errors than anybody reads are counted, not kept: a file made to be wrong must not fill memory.
    """

    def __init__(self) -> None:
        self._items: list[Diagnostic] = []
        self._left_out = 0
        self._idle: dict[tuple[str, str], list[tuple[Span, str]]] = {}

    def error(  # one argument for each part of a finding
        self,
        code: str,
        message: str,
        span: Span,
        path: str,
        *,
        label: str = "",
        note: str = "",
        help: str = "",
    ) -> None:
        """Add something that stops a run."""
        if self.full:
            self._left_out += 1
            return
        self._items.append(Diagnostic(code, "error", message, span, path, label, note, help))

    @property
    def full(self) -> bool:
        """Whether further errors are only counted, so that looking for help is wasted."""
        return len(self._items) >= FINDINGS_MAX

    def warning(
        self, code: str, message: str, span: Span, path: str, *, note: str = "", help: str = ""
    ) -> None:
        """Add something that a careful author would change."""
        self._items.append(Diagnostic(code, "warning", message, span, path, note=note, help=help))

    def note(self, code: str, message: str, span: Span, path: str, *, help: str = "") -> None:
        """Add something that a reader should know and nobody has to change."""
        self._items.append(Diagnostic(code, "note", message, span, path, help=help))

    def not_acted_on(self, what: str, not_done: str, span: Span, path: str) -> None:
        """Say that `what` is validated and has no effect in this version."""
        self._idle.setdefault((what, not_done), []).append((span, path))

    def not_supported(self, what: str, instead: str, span: Span, path: str) -> None:
        """Refuse `what`, which this version would have to ignore although it changes numbers."""
        self.error(
            "charter/not-supported",
            f"{what} is not supported in this version",
            span,
            path,
            note="ignoring it would change numbers without anyone noticing",
            help=instead,
        )

    def first_line(self, span: Span) -> Span:
        """`span` cut to the place where it begins."""
        return Span(span.file, span.line, span.column, span.line, span.column)

    def all(self) -> tuple[Diagnostic, ...]:
        """Every finding, sorted by place."""
        return in_order([*self._items, *self._notes(), *more(self._left_out)])

    def _notes(self) -> list[Diagnostic]:
        return [
            Diagnostic(
                "charter/not-acted-on",
                "note",
                f"{what} is validated, but not acted on in this version",
                *places[0],
                note=not_done + _also(places[1:]),
            )
            for (what, not_done), places in self._idle.items()
        ]


def _also(places: list[tuple[Span, str]]) -> str:
    if not places:
        return ""
    lines = ", ".join(str(span.line) for span, _ in places[:5])
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return f" (also in line {lines}{more})"


def more(left_out: int, severity: Severity = "error") -> list[Diagnostic]:
    """What stands for findings that are not shown."""
    if left_out == 0:
        return []
    return [
        Diagnostic(
            "charter/too-many",
            severity,
            f"{left_out:,} more findings are not shown",
            help="repair those above and check again",
        )
    ]
