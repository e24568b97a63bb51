from __future__ import annotations

import pytest

from pmpo.draft.texts import Written, written

NUMBERS = {
    "plain": (["12", "-3.5", "1e5"], ""),
    "with codes": (["12", "n/a", "PNS", "7"], ""),
    "thousands": (["1,234", "950", "12,000"], "1,234.56"),
    "thousands and decimals": (["1,234.50", "9"], "1,234.56"),
    "decimal comma": (["3,5", "4,25"], "1234,56"),
    "decimal comma and thousands": (["1.234,50", "9"], "1.234,56"),
    "spaces": (["1 234,50", "12"], "1 234,56"),
    "apostrophes": (["1'234.50", "12"], "1'234.56"),
    "dollars": (["$1,234.50", "$3"], "$1,234.56"),
    "pounds": (["£5.00", "£10.00"], "£1234.56"),
    "euros": (["EUR 12,50", "EUR 1.000,00"], "EUR1.234,56"),
    "per cent": (["12 %", "3.5 %"], "1234.56 %"),
}
DATES = {
    "ISO": (["2024-01-31", "2024-02-01"], "date", ""),
    "ISO with time": (["2024-01-31 08:15:00", "2024-02-01T09:00"], "timestamp", ""),
    "day first": (["31/12/2024", "01/02/2024"], "date", "%d/%m/%Y"),
    "month first": (["6/28/2024", "PNS", "2/3/2024"], "date", "%m/%d/%Y"),
    "dots": (["31.12.2024"], "date", "%d.%m.%Y"),
    "year first": (["2024/01/02"], "date", "%Y/%m/%d"),
    "day first with time": (["29/2/2016 01:16", "?"], "timestamp", "%d/%m/%Y %H:%M"),
    "half days": (["1/13/2024 5:03 PM"], "timestamp", "%m/%d/%Y %I:%M %p"),
    "digits": (["20240101", "20241231"], "date", "%Y%m%d"),
}
TEXTS = {
    "codes": ["KR202-209", "KR1"],
    "codes with letters": ["85123A", "71053", "POST"],
    "letter and number": ["K12", "K13"],
    "names": ["P.S. 15", "P.S. 19"],
    "weights": ["5 kg", "7 kg"],
    "nothing": ["", "?", "n/a"],
}


@pytest.mark.parametrize(("values", "format"), NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers_are_told_with_their_signs(values: list[str], format: str) -> None:
    """Numbers are found with what separates thousands and decimals, and with their currency."""
    assert written(values) == Written("number", format)


@pytest.mark.parametrize(("values", "kind", "format"), DATES.values(), ids=DATES.keys())
def test_dates_are_told_with_their_order(values: list[str], kind: str, format: str) -> None:
    """Dates and times are found with the order of their parts."""
    found = written(values)
    assert (found.kind, found.format, found.other) == (kind, format, "")


@pytest.mark.parametrize("values", TEXTS.values(), ids=TEXTS.keys())
def test_codes_stay_texts(values: list[str]) -> None:
    """Identifiers that hold digits are not taken for numbers."""
    assert written(values).kind == "text"


def test_an_open_order_of_day_and_month_is_said() -> None:
    """Where no number is above twelve, the other reading is offered as well."""
    found = written(["01/02/2024", "02/02/2024", "03/02/2024"])
    assert (found.format, found.other) == ("%d/%m/%Y", "%m/%d/%Y")
    assert written(["01/02/2024", "01/03/2024", "02/01/2024"]).format == "%m/%d/%Y"


def test_dates_in_several_ways_stay_texts_and_say_so() -> None:
    """A column with two forms of dates is not read by one of them."""
    found = written(["2024-03-02", "2024-03-03", "01/03/2024"])
    assert (found.kind, found.note) == (
        "text",
        "dates are written in several ways, as `2024-03-02` and as `01/03/2024`",
    )
    assert "name their months" in written(["Jan 1 2000", "Feb 1 2000"]).note
    assert written(["May 5", "Version 1 2000"]).note == ""
    assert written(["1/2/16", "2/3/16"]).note.startswith("years have two digits")


def test_conditions_are_found() -> None:
    """True and false are conditions in any spelling of their letters."""
    assert written(["true", "False", "?"]).kind == "boolean"
