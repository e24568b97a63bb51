"""How outcomes look: what is to be done with a unit, by which rule, and what no rule decides."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, counted, plain
from pmpo.model.evaluation import RANKED
from pmpo.model.time import told_moment

if TYPE_CHECKING:
    from pmpo.evaluate.applied import CellWhy, RuleWhy, TableWhy
    from pmpo.evaluate.explain import BoardRow
    from pmpo.model.charter import Charter
    from pmpo.office import Run

_PARAM: Final = re.compile(r"""PARAM\(\s*['"]([a-z0-9_-]+)['"]\s*\)""")
_DAY: Final = re.compile(r"""date\(\s*"[^"]*"\s*\)""")
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_FAULT: Final = "fault: "
_FAULTS_SHOWN: Final = 3
_NEAREST: Final = 3
_WIDTH: Final = 98


def outcome_headers(charter: Charter) -> dict[str, str]:
    """The columns of the board that say what is to be done, by header: the outcome first.

    Further outputs are known as `table.output`, those of the outcome's table first; the outcome
    itself is "". Where two tables have an output of one name, the later header names its table.
    """
    if not charter.tables:
        return {}
    deciding = charter.tables[_deciding(charter)]
    tables = [deciding, *(one for one in charter.tables.values() if one is not deciding)]
    headers: dict[str, str] = {}
    for table in tables:
        for name in (output.name for output in table.outputs):
            known = f"{table.name}.{name}" if headers else ""
            headers[known if name in headers else name] = known
    return headers


def _deciding(charter: Charter) -> str:
    """The table whose first output is the outcome; nothing where there are no tables."""
    return charter.outcome or next(iter(charter.tables), "")


def outcome_cell(row: BoardRow, name: str) -> str:
    """One cell of these columns."""
    value = row.outputs.get(name) if name else row.outcome
    return plain(value or "")


def outcome_style(rows: Sequence[BoardRow], name: str) -> dict[str, Any]:
    """The outcome stands out; numbers stand under each other."""
    if not name:
        return {"style": "bold"}
    numbers = all(_NUMBER.fullmatch(row.outputs.get(name) or "") for row in rows)
    return {"justify": "right"} if numbers else {}


def cells_of(charter: Charter, rows: Sequence[BoardRow]) -> dict[str, int]:
    """The width of each of these columns."""
    return {
        header: max(cell_len(header), *(cell_len(outcome_cell(row, name)) for row in rows))
        for header, name in outcome_headers(charter).items()
    }


# Why --------------------------------------------------------------------------------------


def decided(charter: Charter, tables: Sequence[TableWhy]) -> Iterator[Text]:
    """What each table gives a unit, by which rules, and where none decides the rules nearby.

    The one that decides the outcome comes first, then those it may rest on.
    """
    first = _deciding(charter)
    for table in sorted(tables, key=lambda one: one.table != first):
        yield _given(table, is_outcome=table.table == first)
        yield from _carried(table)
        if table.verdict == "lacking":
            yield _indented(f"{plain(table.lacks)} is missing")
        elif table.verdict in ("accepted", "gap"):
            yield _indented(f"no rule holds: {plain(table.told)}")
            yield from map(_nearly, _nearest(table))
        for rule in table.rules:
            if rule.decides or (table.verdict == "several" and rule.holds):
                because = f": {rule.because}" if rule.because else ""
                yield _indented(f"{plain(rule.id)} of {plain(table.table)}{plain(because)}")
                yield from _conditions(table, rule)


def _given(table: TableWhy, *, is_outcome: bool) -> Text:
    """The outcome alone, every other output with its name."""
    if table.verdict != "decided":
        text = Text(f"table {plain(table.table)} decides nothing", style="bold")
        if table.verdict == "accepted":
            text.append(f", as the charter accepts: {plain(table.accepted)} ({plain(table.owner)})")
        return text
    text = Text()
    for i, (name, value) in enumerate(table.gives.items()):
        if i or not is_outcome:
            named = name if is_outcome else f"{table.table}.{name}"
            text.append(f"{' · ' if i else ''}{plain(named)} ")
        text.append(plain(value), style="" if i else f"bold {ACCENT}" if is_outcome else "bold")
    return text


def _carried(table: TableWhy) -> Iterator[Text]:
    """What was known last of inputs that are missing now, and how old it is."""
    from pmpo.evaluate.applied import value_text

    for name, last in table.carried.items():
        when = told_moment(datetime.fromisoformat(last.as_of))
        old = f", {last.days:,} day{'' if last.days == 1 else 's'} old" if last.days else ""
        value = plain(value_text(last.value))
        verb, limit = (
            ("carried", f"at most {last.max_age}")
            if last.stands
            else ("not carried", f"older than {last.max_age}")
        )
        yield _indented(f"{verb}: {plain(name)} {value} as of {when}{old} ({limit})", 4)


def _indented(text: str, by: int = 2) -> Text:
    room = " " * by
    return Text(textwrap.fill(text, _WIDTH, initial_indent=room, subsequent_indent=room + "  "))


def _conditions(table: TableWhy, rule: RuleWhy) -> Iterator[Text]:
    """The cells of a rule with the values that met them."""
    asked = [cell for cell in rule.cells if cell.cell.strip() != "-"]
    if asked:
        told = " · ".join(_condition(table, cell) for cell in asked)
        text = _indented(told, 4)
        text.stylize(DIM)
        yield text


def _condition(table: TableWhy, cell: CellWhy) -> str:
    """An input, its value and the cell: `growth 0.12 >= 0.10`, `price full in "fair","full"`."""
    met = f"{plain(cell.input)} {plain(table.met(cell.input))}"
    asked = plain(_with_numbers(table, cell.cell.strip()))
    if asked.startswith(("<", ">", "not", "=")):
        return f"{met} {asked}"
    if _DAY.fullmatch(asked):
        return f"{met} = {asked}"
    return f"{met} in {asked}" if re.search(r"[\[\](,]", asked) else f"{met} = {asked}"


def _with_numbers(table: TableWhy, cell: str) -> str:
    """A cell with the number of each parameter before its name."""
    return _PARAM.sub(lambda found: f"{table.parameters.get(found[1])} ({found[1]})", cell)


def _nearest(table: TableWhy) -> list[RuleWhy]:
    """The rules of which the fewest conditions fail."""

    def failing(rule: RuleWhy) -> int:
        return sum(not cell.holds for cell in rule.cells)

    return sorted(table.rules, key=failing)[:_NEAREST]


def _nearly(rule: RuleWhy) -> Text:
    failing = [f"{plain(c.input)} {plain(c.cell)}" for c in rule.cells if not c.holds]
    text = _indented(f"{plain(rule.id)} would need {' and '.join(failing)}", 4)
    text.stylize(DIM)
    return text


# Run and board ------------------------------------------------------------------------------


def faults(run: Run) -> Iterator[Text]:
    """The first units that the tables could not decide."""
    for line in fault_lines(run):
        word, told = line[: len(_FAULT)], line[len(_FAULT) :]
        yield Text.assemble((word, "bold"), told)


def fault_lines(run: Run) -> Iterator[str]:
    """The same as plain text."""
    for fault in run.first_faults(_FAULTS_SHOWN):
        yield f"{_FAULT}{plain(fault.message)}"
    more = run.fault_count - _FAULTS_SHOWN
    if more > 0:
        yield f"{' ' * len(_FAULT)}and {more:,} more; `pmpo run --format json` lists them"


def carried(run: Run) -> Iterator[Text]:
    """For how many ranked units an input is the value last known, and how old the oldest is."""
    several, unit = len(run.charter.tables) > 1, plain(run.charter.unit.name)
    for one in run.carried:
        oldest = told_moment(datetime.fromisoformat(one.oldest))
        into = f" into table {plain(one.table)}" if several else ""
        yield Text.assemble(
            ("carried: ", "bold"),
            f"{plain(one.input)} for {one.units:,} {counted(unit, one.units)}{into}, "
            f"the oldest of {oldest}",
        )


def outcome_counts(run: Run) -> Iterator[Text]:
    """How many ranked units have each outcome, the most frequent first."""
    counts = run.outcomes
    ranked = run.evaluation.counts()[RANKED]
    told = ", ".join(f"{number:,} {plain(name)}" for name, number in counts.items())
    without = ranked - sum(counts.values()) if run.charter.tables else 0
    if without:
        told += f"{', ' if told else ''}{without:,} without, as the charter accepts"
    if told:
        header = next(iter(outcome_headers(run.charter)))
        yield Text.assemble((f"{plain(header)}: ", "bold"), told)
