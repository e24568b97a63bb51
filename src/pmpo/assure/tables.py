"""What is wrong with the rules of decision tables: gaps, overlaps, rules that never decide.

Numbers that vary by segment and date make several tables of one; each is analysed, and a finding
says for whom it holds.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from pmpo.assure.table_cases import Told, cases_of
from pmpo.charter.suggest import listing
from pmpo.compile.formula import place_of
from pmpo.diagnostics import Diagnostic, Severity
from pmpo.model.charter import Charter, DecisionTable
from pmpo.rules.analysis import GAPS_MAX, OVERLAPS_MAX, Dead, Overlap
from pmpo.rules.decision import Decision
from pmpo.rules.decision_sets import analyse_decision, idle_tests

T = TypeVar("T")
_WHOLE: Final = re.compile(r"[0-9]+")
_WHOLE_BEFORE: Final = re.compile(r"(?<![0-9.])(-?[0-9]+),$")


def check_tables(charter: Charter, decisions: Mapping[str, Decision]) -> Iterator[Diagnostic]:
    """Everything wrong with the rules of the tables that could be read."""
    for name, decision in decisions.items():
        yield from _Judge(charter, charter.tables[name], decision).findings()


class _Judge:
    """One table, analysed for every case.

    Args:
        charter: whose numbers and bands the table uses.
        table: as it is written.
        decision: as it was read.
    """

    def __init__(self, charter: Charter, table: DecisionTable, decision: Decision) -> None:
        self.charter, self.table, self.decision = charter, table, decision
        self.cases = cases_of(charter, decision)
        self.analyses = [(told, analyse_decision(decision, told.case)) for told in self.cases.told]
        self.idle = [set(idle_tests(decision, told.case)) for told in self.cases.told]

    def findings(self) -> Iterator[Diagnostic]:
        """All that the analyses say, each thing once."""
        yield from self._gaps()
        yield from self._overlaps()
        dead = self._in_all([set(map(_rule_of, found.dead)) for _, found in self.analyses])
        yield from self._dead(dead)
        yield from self._unreached(dead)
        yield from self._closed()
        yield from self._idle_tests(dead)
        yield from self._idle_missing()
        yield from self._not_proved()

    def _at(
        self, code: str, severity: Severity, fact: str, below: str, *, note: str, help: str
    ) -> Diagnostic:
        path = f"tables.{self.table.name}.{below}"
        span = self.charter.places.value(path)
        if below == "rules":
            span = self.charter.places.key(path)
        return Diagnostic(code, severity, fact, span, path, note=note, help=help)

    def _in_all(self, found: Sequence[set[T]]) -> set[T]:
        """What holds in every case; nothing is known of all where some were left out."""
        return set.intersection(*found) if found and not self.cases.more else set()

    def _point(self, values: Sequence[str], told: Told, times: int) -> str:
        """An example, and for whom it is one, unless that is so in every case."""
        names = (one.name for one in self.decision.inputs)
        said = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        everywhere = times == len(self.analyses)
        return said if everywhere or not told.words else f"{said} (for {told.words})"

    def _idle_missing(self) -> Iterator[Diagnostic]:
        """What a table says about missing values of a signal whose own policy goes first."""
        measured = {name for told in self.cases.told for name in told.case.measured}
        for name, missing in self.table.missing.items():
            idle = name in self.charter.signals and name in measured
            if not idle or (missing.policy == "block" and missing.max_age is None):
                continue
            own = self.charter.signals[name].missing
            policy = own.then if own.policy == "hold" else own.policy
            yield self._at(
                "table/idle-missing",
                "warning",
                f"what table `{self.table.name}` does with a missing `{name}` never happens",
                f"missing.{name}",
                note=f"the signal's own policy is asked first, and it is `{policy}`",
                help="delete it here; or let the signal count at its `worst`, or by `range`",
            )

    def _idle_tests(self, dead: set[int]) -> Iterator[Diagnostic]:
        """Alternatives in cells that change nothing, such as the 5 in `>= 1,5`."""
        for rule, place, test in sorted(self._in_all(self.idle)):
            if rule in dead:
                continue
            cell = self.decision.rules[rule].cells[place]
            start, end = cell.tests[test].extent
            path = f"tables.{self.table.name}.rules.{rule}.when.{place}"
            yield Diagnostic(
                "table/idle-test",
                "warning",
                f"`{cell.text[start:end]}` changes nothing in `{cell.text}`",
                place_of(self.charter.places, path, cell.text, start, end),
                path,
                note="whatever it holds for, the rest of the cell holds for",
                help=_without(cell.text, start, end),
            )

    # Gaps -----------------------------------------------------------------------------------

    def _gaps(self) -> Iterator[Diagnostic]:
        every = _together(
            (gap.cells, told, gap) for told, found in self.analyses for gap in found.gaps
        )
        shown = list(every.values())[:GAPS_MAX]
        more = len(every) > GAPS_MAX or any(found.more_gaps for _, found in self.analyses)
        for number, (told, gap, times) in enumerate(shown, 1):
            point = self._point(gap.point, told, times)
            last = more and number == len(shown)
            yield self._at(
                "table/gap",
                "error",
                f"table `{self.table.name}` has no rule for {point}",
                "rules",
                note="such a unit gets no outcome, and every run calls it a fault"
                + (f"; there are more gaps than these {number}" if last else ""),
                help=f"add a rule with `when: [{_quoted(gap.cells)}]`, or say under "
                "`accepted_gaps` why there is none, and who answers for that",
            )

    # Overlaps -------------------------------------------------------------------------------

    def _overlaps(self) -> Iterator[Diagnostic]:
        every = _together(
            ((one.one, one.other), told, one)
            for told, found in self.analyses
            for one in found.overlaps
        )
        most = max([len(every), *(found.overlapping for _, found in self.analyses)])
        shown = list(every.values())[:OVERLAPS_MAX]
        for number, (told, one, times) in enumerate(shown, 1):
            last = number == len(shown) and most > number
            point = self._point(one.point, told, times)
            yield self._overlap(one, point, f"; {most} pairs of rules do" if last else "")

    def _overlap(self, overlap: Overlap, point: str, more: str) -> Diagnostic:
        one, other = self.table.rules[overlap.one], self.table.rules[overlap.other]
        both = (
            f"rules `{one.id}` and `{other.id}` of table `{self.table.name}` both hold for {point}"
        )
        unique = self.table.hit == "UNIQUE"
        promise = "one rule" if unique else "that rules agree"
        way = (
            "`hit: ANY`, because they agree"
            if one.then == other.then
            else ("`hit: FIRST` if the one that stands first is meant")
        )
        return self._at(
            "table/overlap",
            "error",
            both
            if unique
            else f"{both} and give {', '.join(one.then)} and {', '.join(other.then)}",
            f"rules.{overlap.other}.when",
            note=f"`hit: {self.table.hit}` promises {promise}, and every run calls such a unit a "
            f"fault{more}",
            help=f"narrow one of them, or write {way}",
        )

    # Rules and outcomes that never happen ----------------------------------------------------

    def _dead(self, dead: set[int]) -> Iterator[Diagnostic]:
        said = [one for _, found in self.analyses for one in found.dead]
        reasons = {one.rule: one for one in sorted(said, key=lambda one: bool(one.by))}
        for rule in sorted(dead):
            fact, note, help = self._reason(reasons[rule])
            yield self._at(
                "table/dead-rule", "warning", fact, f"rules.{rule}", note=note, help=help
            )

    def _reason(self, dead: Dead) -> tuple[str, str, str]:
        """Fact, note and help about a rule that never decides."""
        rule = self.table.rules[dead.rule]
        known = f"rule `{rule.id}` of table `{self.table.name}`"
        if not dead.by:
            if dead.cell is None:
                note = "what its cells ask for never happens together"
            else:
                name = self.decision.inputs[dead.cell].name
                note = f"`{name}` has no value for which `{rule.when[dead.cell]}` holds"
            return f"{known} never holds", note, "change its cells, or delete it"
        others = listing(self.table.rules[n].id for n in dead.by)
        if self.table.hit == "ANY":
            note = f"wherever it holds, {others} hold{_s(dead.by)} and give{_s(dead.by)} the same"
            return f"{known} adds nothing", note, "delete it"
        note = f"wherever it holds, {others} hold{_s(dead.by)} and come{_s(dead.by)} first"
        way = (
            "let `values` name its output earlier" if self.table.hit == "PRIORITY" else "move it up"
        )
        return f"{known} never decides", note, f"{way}, narrow the others, or delete it"

    def _unreached(self, dead: set[int]) -> Iterator[Diagnostic]:
        """Values that an output could have and no living rule gives."""
        for index, output in enumerate(self.decision.outputs):
            given = {rule.then[index] for n, rule in enumerate(self.table.rules) if n not in dead}
            said = output.values or tuple(dict.fromkeys(r.then[index] for r in self.table.rules))
            for value in said:
                if value not in given:
                    yield self._at(
                        "table/unreached",
                        "warning",
                        f"no rule of table `{self.table.name}` ever gives `{value}` as "
                        f"`{output.name}`",
                        f"outputs.{index}",
                        note="what a table cannot give, nobody can act on",
                        help="add a rule that gives it, or delete it",
                    )

    # Accepted gaps, and what was not found out ------------------------------------------------

    def _closed(self) -> Iterator[Diagnostic]:
        for index in sorted(self._in_all([set(found.closed) for _, found in self.analyses])):
            yield self._at(
                "table/accepted-gap",
                "warning",
                f"an accepted gap of table `{self.table.name}` is no gap any more",
                f"accepted_gaps.{index}",
                note="no value of it is left without a rule, so that nothing is accepted",
                help="delete it",
            )

    def _not_proved(self) -> Iterator[Diagnostic]:
        gave_up = any(found.gave_up for _, found in self.analyses)
        if not gave_up and not self.cases.more:
            return
        looked = f"only {len(self.analyses)} combinations of segment and day were looked at"
        yield self._at(
            "table/not-proved",
            "note",
            f"table `{self.table.name}` was not searched to the end",
            "rules",
            note="; ".join(
                [
                    *(
                        ["there are too many rules, or too many ways in which they meet"]
                        if gave_up
                        else []
                    ),
                    *([looked] if self.cases.more else []),
                ]
            ),
            help="make bands of its inputs, or divide it into two tables",
        )


def _together(found: Iterable[tuple[Hashable, Told, T]]) -> dict[Hashable, tuple[Told, T, int]]:
    """What is the same in several cases, once: the first of them, and in how many it is so."""
    every: dict[Hashable, tuple[Told, T, int]] = {}
    for key, told, one in found:
        first = every.get(key, (told, one, 0))
        every[key] = (*first[:2], first[2] + 1)
    return every


def _without(cell: str, start: int, end: int) -> str:
    """What to type instead of an alternative; a comma between digits was perhaps a point."""
    before = _WHOLE_BEFORE.search(cell[:start])
    if before and _WHOLE.fullmatch(cell[start:end]):
        return f"delete it; or write `{before[1]}.{cell[start:end]}` if one number is meant"
    return "delete it"


def _rule_of(dead: Dead) -> int:
    return dead.rule


def _s(rules: Sequence[int]) -> str:
    return "s" if len(rules) == 1 else ""


def _quoted(cells: Sequence[str]) -> str:
    """Cells as they stand in the charter, where a single quote inside such quotes is doubled."""
    return ", ".join("'" + cell.replace("'", "''") + "'" for cell in cells)
