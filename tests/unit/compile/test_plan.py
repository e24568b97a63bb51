"""What a plan is made of: atoms, levels, lineage, names, joins and times."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo import sql
from pmpo.compile.order import dependencies_first
from pmpo.compile.plan import compile_plan
from pmpo.model.charter import Column
from tests.unit.compile.formulas import CHARTER, SCHEMAS, WHEN, findings_of, plan_with

if TYPE_CHECKING:
    from pmpo.compile.plan import Plan
    from pmpo.model.charter import Charter, Source


def codes(plan: Plan) -> list[tuple[str, str]]:
    """The code and message of each finding."""
    return [(finding.code, finding.message) for finding in plan.findings]


def with_source(name: str, **changes: object) -> Charter:
    """The charter with one source changed."""
    source: Source = replace(CHARTER.sources[name], **changes)  # type: ignore[arg-type]
    return replace(CHARTER, sources={**CHARTER.sources, name: source})


def compiled(charter: Charter, **schemas: dict[str, str]) -> Plan:
    """The plan of a charter over the usual tables, some of them replaced."""
    return compile_plan(charter, {**SCHEMAS, **schemas}, WHEN)


# Atoms and lineage --------------------------------------------------------------------------


def test_the_same_aggregate_is_computed_once() -> None:
    """One sum that several signals use, however it is written, is one column of one step."""
    plan = plan_with(
        "sum( price ) + SUM(sales.price) + AVG(price) * COUNT(price)",
        {"again": "SUM((price)) / COUNT(price)"},
    )
    assert not plan.findings
    statement = plan.sql()
    assert statement.count("SUM(price) AS") == 1
    assert statement.count("COUNT(price) AS") == 1


def test_different_windows_and_filters_are_different_atoms() -> None:
    """The window, its offset and the condition belong to what an aggregate is."""
    plan = plan_with(
        "SUM(price) + SUM(price) FILTER (WHERE flag) + TRAILING(SUM(price), '1 week')"
        " + TRAILING(SUM(price), '1 week', '1 week') + TRAILING(SUM(price), '7 days')"
    )
    names = [line for line in plan.sql().split("\n") if " AS sum_" in line]
    assert len(names) == 4, "one week and seven days are the same window"


def test_lineage_names_everything_a_signal_rests_on() -> None:
    """Columns, signals, windows, assumptions and parameters are listed in order of first use."""
    plan = plan_with(
        "TRAILING(SUM(margin) FILTER (WHERE flag), '4 weeks', '1 week') * ASSUMED('cost-share')"
        " + turnover / PARAM('thin') + SUM(visits.seconds) + COUNT(*)"
    )
    assert not plan.findings
    lineage = plan.lineage["asked"]
    assert lineage.columns == ("sales.margin", "sales.flag", "visits.seconds", "sales.*")
    assert lineage.signals == ("turnover",)
    assert lineage.assumptions == ("cost-share",)
    assert lineage.parameters == ("thin",)
    assert lineage.windows == ("4 weeks, 1 week earlier",)
    assert plan.sources_of("asked") == ("sales", "visits")


def test_sources_are_found_through_other_signals() -> None:
    """A signal made of signals rests on all their sources."""
    plan = plan_with("one + 1", {"one": "two", "two": "SUM(visits.seconds)"})
    assert plan.sources_of("asked") == ("visits",)


def test_only_what_is_used_is_read() -> None:
    """Columns that no formula, key, time or join mentions stay unread."""
    plan = plan_with("SUM(qty)")
    assert set(plan.reads["sales"]) == {"sold_at", "shop", "price", "note", "qty"}


def test_rows_before_every_window_are_skipped() -> None:
    """Where nothing is counted, the statement never looks at rows that no window holds."""
    only = {
        "turnover": "TRAILING(MAX(price), '1 week')",
        "status": "TRAILING(MAX(note), '2 weeks')",
    }
    earliest = "WHERE\n    sold_at >= CAST('2024-02-18 15:00:00' AS TIMESTAMP)\n  GROUP BY"
    assert earliest in plan_with("TRAILING(SUM(price), '1 day')", only).sql()
    assert earliest not in plan_with("TRAILING(COUNT(*), '1 day')", only).sql()
    assert earliest not in plan_with("SUM(price)", only).sql()


# Order --------------------------------------------------------------------------------------


def test_signals_may_stand_in_any_order() -> None:
    """A signal may refer to one that stands later; levels follow the references."""
    plan = plan_with("later + 1", {"later": "last * 2", "last": "SUM(price)"})
    assert not plan.findings
    steps = [step.name for step in plan.steps]
    assert steps[-2:] == ["formulas_3", "signals_3"]


@pytest.mark.parametrize(
    ("signals", "circles"),
    [
        ({"asked": "asked + 1"}, ["asked → asked"]),
        ({"asked": "b", "b": "c", "c": "b + asked"}, ["b → c → b", "b → c → asked → b"]),
        ({"asked": "SUM(price)", "b": "c", "c": "-b"}, ["b → c → b"]),
        ({f"s{i}": f"s{(i + 1) % 1_000}" for i in range(1_000)} | {"asked": "1"}, None),
    ],
)
def test_circles_of_signals(signals: dict[str, str], circles: list[str] | None) -> None:
    """Each circle is reported once, with its members in order, however long it is."""
    formula = signals.pop("asked")
    found = [f.message for f in plan_with(formula, signals).findings if f.code == "signal/cycle"]
    if circles is None:
        assert len(found) == 1
    else:
        assert found == [f"signals refer to each other in a circle: {c}" for c in circles]


def test_a_column_with_the_name_of_a_signal() -> None:
    """Inside an aggregate a name is a column, outside it is a signal; neither is a circle."""
    plan = plan_with("1", {"price": "SUM(price) + turnover", "both": "price + SUM(price)"})
    assert not plan.findings
    assert plan.lineage["both"].signals == ("price",)
    assert plan.lineage["both"].columns == ("sales.price",)


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef")), min_size=1))
def test_dependencies_come_first(needs: dict[str, list[str]]) -> None:
    """In any graph each name comes once, after everything it needs that is in no circle with it."""
    circles: list[list[str]] = []
    start = next(iter(needs))
    found = list(
        dependencies_first(
            start, lambda n: needs.get(n, []), (), lambda names: circles.append(list(names))
        )
    )
    assert found[-1] == start
    assert len(found) == len(set(found))
    loops = {(a, b) for names in circles for a, b in pairwise(names)}
    for place, name in enumerate(found):
        for other in needs.get(name, []):
            assert other in found[:place] or (name, other) in loops
    for names in circles:
        assert names[0] == names[-1]
        assert all(b in needs[a] for a, b in pairwise(names))


# Derived columns ----------------------------------------------------------------------------


def test_derived_columns_may_stand_in_any_order() -> None:
    """A derived column may use one that stands later; it is written out over real columns."""
    charter = with_source("sales", derive={"margin": "half + 1", "half": "price * 0.5"})
    signal = replace(CHARTER.signals["turnover"], formula="SUM(margin)")
    plan = compiled(replace(charter, signals={"turnover": signal}))
    assert not plan.findings
    assert "price * 0.5 + 1 AS margin" in plan.sql()


def test_derived_columns_that_nothing_uses() -> None:
    """They are checked all the same, but no column is read for them."""
    charter = with_source("sales", derive={"margin": "cost + 1", "wrong": "prise"})
    plan = compiled(charter)
    assert [code for code, _ in codes(plan)] == ["source/unknown-column"]
    assert "cost" not in plan.reads["sales"]


def test_circles_of_derived_columns() -> None:
    """A circle of derived columns is reported once."""
    charter = with_source("sales", derive={"margin": "b + 1", "b": "c", "c": "b"})
    assert codes(compiled(charter)) == [
        ("source/cycle", "derived columns refer to each other in a circle: b → c → b")
    ]


@pytest.mark.parametrize(
    "step", ["c{} + c{}", "GREATEST(c{}, c{})", "CASE WHEN c{} > 0 THEN c{} END"]
)
def test_derived_columns_that_double(step: str) -> None:
    """Derived columns of derived columns cannot grow without end."""
    derive = {f"c{i}": step.format(i - 1, i - 1) for i in range(1, 50)}
    charter = with_source("sales", derive={"margin": "qty", "c0": "qty", **derive})
    plan = compiled(charter)
    assert "formula/too-deep" in {code for code, _ in codes(plan)}


# Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", sql.DIALECTS)
@pytest.mark.parametrize(
    "name",
    ["order", "date", "group", "user", "select", "Price", "two words", 'a"b', "a`b", "a'b", "金額",
     "a\\b", "pmpo_order", "r", "m", "value", "x" * 60],
)  # fmt: skip
def test_any_column_name(name: str, dialect: sql.Dialect) -> None:
    """A column of any name can be summed when it stands in double quotes."""
    quoted = name.replace('"', '""')
    charter = replace(
        CHARTER,
        signals={"turnover": replace(CHARTER.signals["turnover"], formula=f'SUM("{quoted}")')},
    )
    schemas = {**SCHEMAS, "sales": {**SCHEMAS["sales"], name: "decimal(9,2)"}}
    plan = compile_plan(charter, schemas, WHEN, dialect)
    assert not plan.findings
    assert name in plan.reads["sales"]
    assert sql.render(sql.column(name), dialect) in plan.sql()


def test_case_of_column_names_matters() -> None:
    """A column is found by its exact name, quoted or not, and another case is suggested."""
    assert not findings_of('SUM("Net") + SUM(Net)')
    (finding,) = findings_of("SUM(net)")
    assert finding.label == "did you mean `Net`?"


def test_steps_never_have_the_name_of_a_source() -> None:
    """A source called like a step keeps its table; the step gets another name."""
    names = [
        "sales_known",
        "sales_read",
        "sales_atoms",
        "units",
        "atoms",
        "formulas_1",
        "signals_1",
    ]
    extra = {name: replace(CHARTER.sources["visits"], name=name) for name in names}
    charter = replace(CHARTER, sources={**CHARTER.sources, **extra})
    signal = CHARTER.signals["turnover"]
    formula = "SUM(price) + " + " + ".join(f"SUM({name}.seconds)" for name in names)
    charter = replace(charter, signals={"turnover": replace(signal, formula=formula)})
    plan = compiled(charter, **dict.fromkeys(names, SCHEMAS["visits"]))
    assert not plan.findings
    steps = [step.name for step in plan.steps]
    assert len(steps) == len(set(steps))
    assert not set(steps) & set(charter.sources)


def test_names_cannot_leave_their_comment() -> None:
    """Line breaks in the words of a charter stay inside the comment that shows them."""
    unit = replace(CHARTER.unit, name="shop\n; DROP TABLE sales; --\r\nshop")
    plan = compiled(replace(CHARTER, unit=unit))
    commands = [line for line in plan.sql().splitlines() if not line.startswith("--")]
    assert not any("DROP" in line for line in commands)


def test_line_breaks_in_texts_survive() -> None:
    """Text with line breaks means the same after the statement has been indented."""
    plan = plan_with("COUNT(*) FILTER (WHERE note = 'two\n\n  lines')")
    assert "'two\n\n  lines'" in plan.sql()


@pytest.mark.parametrize("formula", ["LATEST(note)", "MAX(sold_at)", "COUNT(*) > 3", "NULL"])
def test_what_is_scored_is_a_number(formula: str) -> None:
    """Text, times and conditions are signals too, but they cannot stand on an axis."""
    assert not findings_of(formula)
    signal = replace(CHARTER.signals["turnover"], formula=formula)
    plan = compiled(replace(CHARTER, signals={"turnover": signal}))
    assert [code for code, _ in codes(plan)] == ["signal/not-a-number"]


# Types of columns ---------------------------------------------------------------------------


def test_a_time_must_be_a_time() -> None:
    """A source whose time is text is refused until its type is declared."""
    texts = {**SCHEMAS["sales"], "sold_at": "text"}
    plan = compiled(CHARTER, sales=texts)
    assert "source/time-type" in {code for code, _ in codes(plan)}
    declared = with_source("sales", columns={"sold_at": Column(type="timestamp")})
    assert not compiled(declared, sales=texts).findings


@pytest.mark.parametrize("kind", ["double", "decimal(9,2)", "timestamp"])
def test_a_join_needs_columns_with_one_text(kind: str) -> None:
    """Rows cannot name their unit by a number whose text differs between engines."""
    plan = compiled(CHARTER, sales={**SCHEMAS["sales"], "shop": kind})
    assert [code for code, _ in codes(plan)] == ["source/join-type"]


def test_a_join_needs_one_type_on_both_sides() -> None:
    """Text and whole numbers do not meet: `0045` and 45 are the same to some engines only."""
    charter = with_source("visits", join={"sales": (("visitor", "order"),)})
    signal = replace(CHARTER.signals["turnover"], formula="SUM(visits.seconds)")
    plan = compiled(replace(charter, signals={"turnover": signal}))
    assert [code for code, _ in codes(plan)] == ["source/join-type"]


def test_a_source_without_a_way_to_the_unit() -> None:
    """Rows that cannot be assigned to units are refused, and so are joins in a circle."""
    charter = with_source("sales", join={})
    assert {code for code, _ in codes(compiled(charter))} == {"source/no-way-to-unit"}
    there = with_source("sales", join={"visits": (("shop", "shop"),)})
    back = replace(there.sources["visits"], join={"sales": (("shop", "shop"),)})
    both = replace(there, sources={**there.sources, "visits": back})
    plan = compiled(both)
    assert any("circle" in message for _, message in codes(plan))


def test_a_key_must_have_one_text() -> None:
    """A unit cannot be identified by a floating-point number or a time."""
    plan = compiled(CHARTER, shops={"shop": "double", "region": "text"})
    assert "unit/key-type" in {code for code, _ in codes(plan)}


def test_a_parameter_varies_by_columns_of_the_unit() -> None:
    """The segments of a parameter look at the unit's source, and numbers compare as text."""
    parameter = CHARTER.parameters["thin"]
    by_level = replace(parameter, setting=replace(parameter.setting, by=("level",)))
    signal = replace(CHARTER.signals["turnover"], formula="PARAM('thin') + SUM(sales.price)")
    charter = replace(CHARTER, parameters={"thin": by_level}, signals={"turnover": signal})
    assert "CAST(about_level AS TEXT) = 'north'" in compiled(charter).sql()
    unknown = replace(parameter, setting=replace(parameter.setting, by=("levle",)))
    plan = compiled(replace(charter, parameters={"thin": unknown}))
    (finding,) = (f for f in plan.findings if f.code == "unit/unknown-column")
    assert finding.label == "did you mean `level`?"


def test_the_same_plan_is_the_same_text() -> None:
    """Compiling again, and asking for the text twice, gives the same bytes."""
    first, second = plan_with("SUM(price)"), plan_with("SUM(price)")
    assert first.sql() == first.sql() == second.sql()


def test_text_never_follows_a_locale() -> None:
    """On PostgreSQL every order of texts names the code point collation."""
    for formula in (
        "MAX(note) = 'a'",
        "LATEST(note) = 'a'",
        "COUNT(*) FILTER (WHERE note < 'b')",
        "COUNT(*) FILTER (WHERE GREATEST(note, shop) = note)",
        "GREATEST(status, 'b') = 'b'",
    ):
        plan = plan_with(formula, dialect="postgres")
        assert not plan.findings
        body = plan.sql().split("sales_atoms AS")[1].split("ORDER BY\n  key_shop")[0]
        assert 'COLLATE "C"' in body, formula


def test_not_like_means_not() -> None:
    """A negated pattern keeps its negation."""
    assert "NOT note LIKE 'a%'" in plan_with("COUNT(*) FILTER (WHERE note NOT LIKE 'a%')").sql()
