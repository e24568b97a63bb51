"""What the texts of a column are: numbers, dates, conditions or plain texts, and how written.

A guess from a sample; `profile` counts afterwards, over all rows, what the guess does not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from pmpo.draft.words import MONTHS, words
from pmpo.model.formats import SPACES

Kind = Literal["number", "date", "timestamp", "boolean", "text"]
MARKERS: Final = (
    "", "?", "-", "--", ".", "N/A", "n/a", "NA", "#N/A", "#N/A N/A", "#NA", "NaN", "nan", "null",
    "NULL", "Null", "None", "none", "(null)", "<NA>", "\\N", "#VALUE!", "#REF!", "#DIV/0!",
    "missing",
)  # fmt: skip
"""Texts by which programs say that there is no value."""

_PLAIN: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_SIGN: Final = r"[^0-9.,'’+\-()A-Za-z]{0,3}|[A-Za-z]{1,3}[.$]?"
_NUMBER: Final = re.compile(
    rf"[+-]?[{SPACES}]*(?P<before>{_SIGN})[{SPACES}]*[+-]?[{SPACES}]*"
    rf"(?P<digits>[0-9][0-9.,'’{SPACES}]*[0-9]|[0-9])[{SPACES}]*(?P<after>{_SIGN})"
)
_DATE: Final = re.compile(
    r"(?P<one>[0-9]{1,4})(?P<mark>[/.\-])(?P<two>[0-9]{1,2})(?P=mark)(?P<three>[0-9]{1,4})"
    r"(?:(?P<gap>[ T]|, )(?P<hour>[0-9]{1,2}):[0-9]{2}"
    r"(?P<second>:[0-9]{2}(?P<part>\.[0-9]{1,6})?)?(?P<half> ?[AaPp][Mm])?)?"
    r"(?P<zone> ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
)
_NAMED_MONTH: Final = re.compile(
    r"(?:[0-9]{1,2}[. \-]+)?(?:[^\W\d_]{3,10})\.?[ \-,]+"
    r"(?:[0-9]{1,2}(?:st|nd|rd|th)?[ ,\-]+)?[0-9]{2,4}"
)
_COMPACT: Final = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_BOOLEANS: Final = frozenset({"true", "false"})
_EXAMPLES: Final = {
    ("", ""): "1234", ("", "."): "1234.56", ("", ","): "1234,56", (",", "."): "1,234.56",
    (".", ","): "1.234,56", (" ", ","): "1 234,56", (" ", "."): "1 234.56",
    ("'", "."): "1'234.56", ("’", "."): "1’234.56",
}  # fmt: skip
_READS_MOST: Final = 0.9


@dataclass(frozen=True, slots=True)
class Written:
    """How the texts of a column are written.

    Args:
        kind: what they are.
        format: the charter's `format`; empty where the kind's own form is used.
        other: another format that reads the sample as well, for a guess that may be wrong.
        note: why texts that look like dates cannot be read as such.
    """

    kind: Kind = "text"
    format: str = ""
    other: str = ""
    note: str = ""


TEXT: Final = Written()


def written(values: Sequence[str]) -> Written:
    """What a sample of texts is, in the order of the file.

    Values without a digit are taken for codes that stand beside numbers or dates, such as `n/a`.

    Example:
        >>> written(["1.234,50", "n/a", "99,00"])
        Written(kind='number', format='1.234,56', other='', note='')
        >>> written(["31/12/2024", "01/02/2024"]).format
        '%d/%m/%Y'
    """
    texts = [value.strip(SPACES + "\t") for value in values]
    present = [text for text in texts if text not in MARKERS]
    if not present:
        return TEXT
    if {text.lower() for text in present} <= _BOOLEANS:
        return Written("boolean")
    with_digits = [text for text in present if any("0" <= sign <= "9" for sign in text)]
    enough = max(_READS_MOST * len(with_digits), 1)
    for guess in (_dates, _plain_numbers, _numbers):
        found, read = guess(with_digits)
        if found is not None and read >= enough and _not_rare(read, present):
            return found
    return TEXT


def _not_rare(read: int, present: Sequence[str]) -> bool:
    """Whether numbers or dates are what the column is about, and no few among many texts."""
    codes = {text for text in present if not any("0" <= sign <= "9" for sign in text)}
    return read >= len(present) * 0.05 and len(codes) <= max(3, read)


# Numbers ----------------------------------------------------------------------------------


def _plain_numbers(texts: Sequence[str]) -> tuple[Written | None, int]:
    read = sum(1 for text in texts if _PLAIN.fullmatch(text))
    return (Written("number"), read) if read else (None, 0)


def _numbers(texts: Sequence[str]) -> tuple[Written | None, int]:
    """Numbers with signs of thousands, currencies or per cent."""
    found = [match for text in texts if (match := _NUMBER.fullmatch(text))]
    if not found:
        return None, 0
    before = _usual(match["before"].strip() for match in found)
    after = _usual(match["after"].strip() for match in found)
    alike = [m["digits"] for m in found if m["before"].strip() in ("", before)]
    separators = _separators(alike)
    if separators not in _EXAMPLES or (before and after):
        return None, 0
    if not _currency(before) or not _currency(after):
        return None, 0
    gap = " " if len(after) > 1 or after == "%" else ""
    example = f"{before}{_EXAMPLES[separators]}{gap}{after}"
    return Written("number", example), len(found)


def _currency(sign: str) -> bool:
    """Whether a sign beside a number says what it counts, and is no part of a code such as K12."""
    return not sign or not sign.isalpha() or (len(sign) > 1 and sign.isupper())


def _usual(signs: Iterable[str]) -> str:
    counted = Counter(sign for sign in signs if sign)
    return counted.most_common(1)[0][0] if counted else ""


def _separators(digits: Sequence[str]) -> tuple[str, str]:
    """What separates thousands and decimals: a group has three digits, decimals any number."""
    group = point = ""
    for text in digits:
        marks = [sign for sign in text if not "0" <= sign <= "9"]
        if not marks:
            continue
        last, behind = marks[-1], len(text) - text.rfind(marks[-1]) - 1
        if last not in ".," or behind == 3 or marks.count(last) > 1:
            if len(set(marks)) == 1 and (marks.count(last) > 1 or last not in ".,"):
                group = last
            elif not point and not group:
                group = last  # as far as seen, 1,234 has thousands; a value that shows more wins
            continue
        point = last
        group = marks[0] if marks[0] != last else ("" if group == last else group)
    if group and group in SPACES:
        group = " "
    if group == point:
        group = ""
    if not point:
        point = {",": ".", ".": ",", " ": ",", "'": ".", "’": "."}.get(group, "")
    return group, point


# Dates ------------------------------------------------------------------------------------


def _dates(texts: Sequence[str]) -> tuple[Written | None, int]:
    compact = sum(1 for text in texts if _COMPACT.fullmatch(text))
    if compact and compact == len(texts):
        return Written("date", "%Y%m%d"), compact
    named = [text for text in texts if _names_month(text)]
    if named and len(named) >= len(texts) * _READS_MOST:
        note = f"dates such as `{named[0]}` name their months, which differs between languages"
        return Written("text", note=note), len(texts)
    found = [match for text in texts if (match := _DATE.fullmatch(text))]
    if not found:
        return None, 0
    shapes = Counter(_shape(match) for match in found)
    (order, mark, gap, clock), _ = shapes.most_common(1)[0]
    if order == "short":
        note = "years have two digits, which does not say in which century"
        return Written("text", note=note), len(texts)
    alike = [match for match in found if _shape(match)[:2] == (order, mark)]
    if len(found) >= _READS_MOST * len(texts) > len(alike):
        other = next(match[0] for match in found if _shape(match)[:2] != (order, mark))
        note = f"dates are written in several ways, as `{alike[0][0]}` and as `{other}`"
        return Written("text", note=note), len(texts)
    clocks = {_shape(match)[3] for match in alike}
    kind: Kind = "timestamp" if clocks != {""} else "date"
    if order == "year" and mark == "-" and "p" not in clock:
        return Written(kind), len(alike)
    if any(match["zone"] for match in alike):
        return Written("text", note="each row has its own zone"), len(texts)
    same = [match for match in alike if _shape(match)[2:] == (gap, clock)]
    days = f"%d{mark}%m{mark}%Y", f"%m{mark}%d{mark}%Y"
    time = f"{gap}{clock}" if clock else ""
    if order == "year":
        return Written(kind, f"%Y{mark}%m{mark}%d{time}"), len(same)
    first, second = _day_first(same)
    chosen, other = (days[0], days[1]) if first else (days[1], days[0])
    return Written(kind, chosen + time, other + time if second else ""), len(same)


def _names_month(text: str) -> bool:
    return bool(_NAMED_MONTH.fullmatch(text)) and any(word in MONTHS for word in words(text))


def _shape(match: re.Match[str]) -> tuple[str, str, str, str]:
    """Order of the parts, the mark between them, what stands before the time, and the time."""
    order = "year" if len(match["one"]) == 4 else "day" if len(match["three"]) == 4 else "short"
    if not match["hour"]:
        return order, match["mark"], "", ""
    clock = "%H:%M" + (":%S" if match["second"] else "") + (".%f" if match["part"] else "")
    if match["half"]:
        clock = clock.replace("%H", "%I") + (" %p" if match["half"][0] == " " else "%p")
    return order, match["mark"], match["gap"], clock


def _day_first(found: Sequence[re.Match[str]]) -> tuple[bool, bool]:
    """Whether the day stands before the month, and whether the sample leaves that open.

    Where no number is above 12, a clock with AM and PM tells of a month that comes first, and
    else the order in which rows grow later.
    """
    ones = [int(match["one"]) for match in found]
    twos = [int(match["two"]) for match in found]
    over_one, over_two = sum(one > 12 for one in ones), sum(two > 12 for two in twos)
    if over_one or over_two:
        return over_one >= over_two, False
    if any(match["half"] for match in found):
        return False, True
    day_first = list(zip((m["three"] for m in found), twos, ones, strict=True))
    month_first = list(zip((m["three"] for m in found), ones, twos, strict=True))
    return _rising(day_first) >= _rising(month_first), True


def _rising(dates: Sequence[tuple[str, int, int]]) -> int:
    return sum(earlier <= later for earlier, later in pairwise(dates))
