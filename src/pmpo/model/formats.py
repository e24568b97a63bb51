"""How texts of a column are written: dates by directives or as counts, numbers by an example.

A format is read strictly: a text that is not written so is counted as wrong, never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SPACES: Final = "\u0020\u00a0\u202f"
"""The space and the two that do not break a line, which programs write between digits."""

_DIRECTIVES: Final = {
    "%Y": "[0-9]{4}",
    "%m": "[0-9]{1,2}",
    "%d": "[0-9]{1,2}",
    "%H": "[0-9]{1,2}",
    "%I": "[0-9]{1,2}",
    "%M": "[0-9]{1,2}",
    "%S": "[0-9]{1,2}",
    "%f": "[0-9]{1,6}",
    "%p": "[AaPp][Mm]",
    "%%": "%",
}
_UNITS_US: Final = {
    "weeks": 604_800_000_000,
    "days": 86_400_000_000,
    "hours": 3_600_000_000,
    "minutes": 60_000_000,
    "seconds": 1_000_000,
    "milliseconds": 1_000,
    "microseconds": 1,
}
_FIRST: Final = datetime(1, 1, 1)
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999999)
_COUNT: Final = re.compile(r"([a-z]+) +since +(.+)")
_LANGUAGE: Final = ("%a", "%A", "%b", "%B")
_DATE: Final = frozenset({"%Y", "%m", "%d"})
_NEEDS: Final = {"%I": "%p", "%p": "%I", "%M": "%H", "%S": "%M", "%f": "%S"}
_SIGNS: Final = r"[^0-9.,'’+\-()]*"
_NUMBER: Final = re.compile(
    rf"(?P<before>{_SIGNS}?)(?P<digits>[0-9][0-9.,'’{SPACES}]*[0-9]|[0-9])(?P<after>{_SIGNS})"
)
_GROUPED: Final = re.compile(
    rf"[0-9]{{1,3}}(?P<group>[.,'’{SPACES}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
    r"(?:(?P<point>[.,])[0-9]+)?"
)
_PLAIN: Final = re.compile(r"[0-9]+(?:(?P<point>[.,])[0-9]+)?")


class FormatError(ValueError):
    """A format that cannot be read, or that would have to be guessed at.

    Args:
        fact: what is wrong.
        help: what to write instead.
    """

    def __init__(self, fact: str, help: str) -> None:
        super().__init__(fact)
        self.help = help


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A date or time as `strptime` directives.

    Args:
        directives: as written, for DuckDB's `strptime`.
        pattern: the regular expression of a whole text; years have four digits.
    """

    directives: str
    pattern: str


@dataclass(frozen=True, slots=True)
class CountFormat:
    """A date or time as a whole number of units since a moment, such as `weeks since 1989-09-07`.

    The wording is that of the CF conventions for climate data, section 4.4 "Time Coordinate".

    Args:
        unit_us: microseconds that one counts for.
        since: the moment of 0, on the column's own clock.
    """

    unit_us: int
    since: datetime

    def limits(self) -> tuple[int, int]:
        """The least and the greatest count whose moment is in the years 1 to 9999."""
        unit = timedelta(microseconds=self.unit_us)
        return -((self.since - _FIRST) // unit), (_LAST - self.since) // unit


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A number as its example writes it.

    Args:
        before: what stands before the digits, such as `$`, without spaces.
        after: what stands behind them.
        group: what separates thousands; empty where nothing does.
        point: what separates the decimals; empty where there are none.
        percent: whether 12 means 0.12.
    """

    before: str
    after: str
    group: str
    point: str
    percent: bool

    @property
    def removed(self) -> tuple[str, ...]:
        """What is taken out before the text is a plain number."""
        signs = [self.before, self.after, "" if self._spaced else self.group]
        spaces = SPACES if self._spaced or self.before or self.after else ""
        return (*(sign for sign in signs if sign), *spaces)

    @property
    def _spaced(self) -> bool:
        return bool(self.group) and self.group in SPACES

    def pattern(self, *, whole: bool) -> str:
        """The regular expression of a whole text; `whole` admits no decimals other than zeros."""
        space = f"[{SPACES}]*" if self._spaced or self.before or self.after else " *"
        group = f"[{SPACES}]" if self._spaced else re.escape(self.group)
        digits = "[0-9]+"
        if self.group:
            digits = f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)"
        decimals = "0*" if whole else "[0-9]*"
        rest = f"(?:{re.escape(self.point)}{decimals})?" if self.point else ""
        before, after = re.escape(self.before), re.escape(self.after)
        signed = f"(?:[+-]?{space}{before}|{before}{space}[+-]?)" if before else "[+-]?"
        return f"{space}{signed}{space}{digits}{rest}{space}{after}{space}"


def time_format(text: str) -> TimeFormat:
    """Read the directives of a date or time.

    Raises:
        FormatError: it names no whole date, or depends on a language, a zone or a century.

    Example:
        >>> time_format("%d/%m/%Y").directives
        '%d/%m/%Y'
    """
    parts = re.findall(r"%.?|[^%]+", text, re.DOTALL)
    found = [part for part in parts if part.startswith("%")]
    for part in found:
        if part not in _DIRECTIVES:
            raise _unknown_directive(part)
    lacking = sorted(_DATE - set(found))
    if lacking:
        raise FormatError(
            f"`{text}` has no {' and no '.join(f'`{one}`' for one in lacking)}",
            "write year, month and day, for example `'%d/%m/%Y'` or `'%Y-%m-%d %H:%M'`",
        )
    twice = sorted({one for one in found if one != "%%" and found.count(one) > 1})
    if twice or {"%H", "%I"} <= set(found):
        raise FormatError(
            f"`{text}` says the same part of a time twice",
            "write each directive once, and either `%H` or `%I` with `%p`",
        )
    for one, other in _NEEDS.items():
        if one in found and other not in found and not (other == "%H" and "%I" in found):
            raise FormatError(
                f"`{text}` has `{one}` without `{other}`", f"add `{other}`, or delete `{one}`"
            )
    pattern = "".join(_DIRECTIVES.get(part) or re.escape(part) for part in parts)
    return TimeFormat(text, rf"\s*{pattern}\s*")


def count_format(text: str) -> CountFormat | None:
    """Read a format such as `seconds since 1970-01-01`; None where it is none of this kind.

    Raises:
        FormatError: the unit or the moment cannot be read.

    Example:
        >>> count_format("weeks since 1989-09-07").since
        datetime.datetime(1989, 9, 7, 0, 0)
    """
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        return None
    if match[1] not in _UNITS_US:
        raise FormatError(
            f"`{match[1]}` is no unit of a fixed length", f"write one of {', '.join(_UNITS_US)}"
        )
    try:
        since = datetime.fromisoformat(match[2])
    except ValueError:
        since = None
    if since is None or since.tzinfo is not None:
        raise FormatError(
            f"`{match[2]}` is not a date or time without a zone",
            f"write for example `{match[1]} since 1970-01-01`, and the source's `tz` apart",
        )
    return CountFormat(_UNITS_US[match[1]], since)


def _unknown_directive(part: str) -> FormatError:
    if part == "%y":
        return FormatError(
            "`%y` is a year of two digits, and does not say in which century",
            "write the data with four digits and `%Y`, or read the column as text and name the "
            "century under `derive`",
        )
    if part in _LANGUAGE:
        return FormatError(
            f"`{part}` is a name, which differs between languages",
            "write the data with numbers, or read the column as text and convert it in `derive`",
        )
    if part.lower() == "%z":
        return FormatError(
            f"`{part}` is a zone for each row, and a column has one",
            "leave it out and declare the source's `tz`",
        )
    return FormatError(
        f"`{part}` is no directive",
        f"write {', '.join(one for one in _DIRECTIVES if one != '%%')}, and `%%` for a per cent "
        "sign",
    )


def number_format(text: str) -> NumberFormat:
    """Read an example of a number.

    Raises:
        FormatError: it is no number, or leaves open what separates thousands from decimals.

    Example:
        >>> number_format("1.234,56").point
        ','
    """
    stripped = text.strip(SPACES)
    match = _NUMBER.fullmatch(stripped)
    if match is None:
        raise FormatError(
            f"`{text}` is not an example of a number",
            "write one of the column's own numbers, for example `'1.234,56'`, `'$1,234.56'` or "
            "`'12 %'`",
        )
    group, point = _separators(match["digits"])
    before, after = (match[side].strip(SPACES) for side in ("before", "after"))
    percent = "%" in (before, after)
    return NumberFormat(before, after, group, point, percent)


def _separators(digits: str) -> tuple[str, str]:
    """What separates thousands and decimals in an example."""
    grouped = _GROUPED.fullmatch(digits)
    plain = _PLAIN.fullmatch(digits)
    if grouped is not None and plain is not None and plain["point"]:
        raise FormatError(
            f"`{digits}` may be a whole number with thousands, or one with three decimals",
            f"write an example that shows both: `'1{grouped['group']}234{_other(grouped['group'])}"
            f"56'`, or `'1{grouped['group']}5'` for decimals",
        )
    if plain is not None:
        return "", plain["point"] or ""
    if grouped is None or grouped["point"] == grouped["group"]:
        raise FormatError(
            f"`{digits}` does not show what separates thousands from decimals",
            "write for example `'1.234,56'`, `'1,234.56'` or `'1 234,56'`",
        )
    return grouped["group"], grouped["point"] or ""


def _other(separator: str) -> str:
    return "," if separator == "." else "."
