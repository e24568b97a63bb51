"""Findings with a place: what every layer reports instead of raising bare errors.

A diagnostic states a fact; its note says why the fact matters; only its help repairs.
All faults found in one pass are reported together, sorted by place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pmpo.codes import CODES

Severity = Literal["error", "warning", "note"]
_RANK: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a text file; lines and columns count from 1, the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Args:
        code: `area/slug`, documented in docs/reference/diagnostics.md.
        message: the fact, one sentence without a full stop.
        span: where in a file; None when the finding is about data or the machine.
        path: charter path such as `signals.growth.formula`, empty when there is none.
        label: what stands behind the caret, for example ``did you mean `owner`?``.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    path: str = ""
    label: str = ""
    note: str = ""
    help: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, f"diagnostic code {self.code} is not registered in pmpo.codes"

    def as_json(self) -> dict[str, str | int | None]:
        """The finding as the stable JSON object that `check --format json` prints."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.span.file if self.span else None,
            "line": self.span.line if self.span else None,
            "column": self.span.column if self.span else None,
            "path": self.path,
            "message": self.message,
            "note": self.note,
            "help": self.help,
        }


def in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort findings by file, line and column; findings without a place come last."""

    def place(finding: Diagnostic) -> tuple[bool, Span, int, str, str]:
        span = finding.span or Span("", 0, 0, 0, 0)
        return (finding.span is None, span, _RANK[finding.severity], finding.code, finding.message)

    return tuple(sorted(dict.fromkeys(findings), key=place))


def has_errors(findings: Iterable[Diagnostic]) -> bool:
    """Whether anything in `findings` stops a run."""
    return any(finding.severity == "error" for finding in findings)


class PmpoError(Exception):
    """Work stopped because of findings; carries all of them, sorted by place."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        self.findings = in_order(findings)
        super().__init__("; ".join(f"{f.code}: {f.message}" for f in self.findings))


class CharterError(PmpoError):
    """The charter cannot be read or compiled."""


class DataError(PmpoError):
    """A source cannot be read, or its rows contradict what the charter says about them."""


class StoreError(PmpoError):
    """The office folder cannot be read or written."""


def stop(
    code: str,
    message: str,
    *,
    help: str = "",
    note: str = "",
    error: type[PmpoError] = DataError,
) -> PmpoError:
    """Build the error for one finding without a place in the charter; the caller raises it."""
    return error([Diagnostic(code, "error", message, note=note, help=help)])
