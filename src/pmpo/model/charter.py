"""The charter as frozen values: what one program has fixed before execution.

Every class mirrors one block of the YAML file; field names are the file's field names, except
where Python reserves a word (`in_`, `from_`, `for_`). Places in the file are kept apart, in
`Charter.places`, so that two charters that say the same compare equal wherever they say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from pmpo.diagnostics import Span
from pmpo.model.calendars import Calendar
from pmpo.model.meta import NO_META, Meta
from pmpo.model.meta import no_items as _no_items
from pmpo.model.periods import Align
from pmpo.model.ratio import Ratio
from pmpo.model.time import Duration
from pmpo.model.waiver import Substitute

Mode = Literal["append", "versions", "scd2", "snapshot", "plan"]
Policy = Literal["hold", "worst", "range", "impute", "redistribute", "exclude", "block"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class ParamRef:
    """`PARAM('id')` where a number may stand."""

    id: str


Number = Decimal | ParamRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """How often something is measured anew, and when it counts as late."""

    every: Duration
    late_after: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What the program is for; `measured_by` names the signals that show whether it is met."""

    statement: str
    measured_by: tuple[str, ...] = ()
    target: str = ""
    by: date | None = None
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """n of m people; `any` is n, and with `key` among `needs` only signatures with keys count."""

    any: int
    of: tuple[str, ...]
    needs: tuple[Literal["key"], ...] = ()

    @property
    def keyed(self) -> bool:
        """Whether a signature that is only asserted does not count."""
        return "key" in self.needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is ranked. `key` names the columns of `source` that identify one unit."""

    name: str
    source: str
    key: tuple[str, ...]
    label: str = ""
    kind: Literal["durable", "arriving"] = "durable"
    parents: tuple[str, ...] = ()
    aliases: str = ""
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeExit:
    """Units for which `where` holds are left out, for a reason that the board shows."""

    where: str
    because: str
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which units are decided here: those for which `in_` holds and no exit does."""

    in_: str = ""
    out: tuple[ScopeExit, ...] = ()
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDecided:
    """A matter that people might expect here, and the program or person it goes to."""

    what: str
    goes_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column is read: its exact type and the texts that stand for missing."""

    type: str | None = None
    null: tuple[str, ...] = ()
    format: str = ""
    known_at: str = ""
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpivot:
    """Columns that become rows: each column's label goes to `name`, its cell to `value`.

    `columns` holds pairs of a column and its label, which is its name unless the charter says so.
    """

    columns: tuple[tuple[str, str], ...]
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule that the rows of a source must keep.

    `kind` is one of not_null, unique, range, values, holds, rows; `columns` are those it looks at.
    """

    kind: Literal["not_null", "unique", "range", "values", "holds", "rows"]
    columns: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    values: tuple[str, ...] = ()
    holds: str = ""
    severity: Literal["error", "warn"] = "error"
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A signal whose rows are what people answer."""

    roles: tuple[str, ...]
    scale: tuple[Decimal, ...]
    blind: bool = False
    combine: str = "median"
    expires: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table of the team's own data and how its rows reach the unit.

    `join` maps the name of another source, or the word `unit`, to pairs (own column, their
    column); for `unit` their column is the unit's key column at the same position.
    """

    name: str
    from_: str = ""
    database: str = ""
    table: str = ""
    sheet: str = ""
    contract: str = ""
    mode: Mode = "append"
    key: tuple[str, ...] = ()
    time: str = ""
    known_at: str = ""
    lag: Duration | None = None
    captured: date | None = None
    valid_from: str = ""
    valid_to: str = ""
    tz: str = ""
    columns: Mapping[str, Column] = field(default_factory=_no_items)
    derive: Mapping[str, str] = field(default_factory=_no_items)
    where: str = ""
    unpivot: Unpivot | None = None
    join: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=_no_items)
    refresh: Refresh | None = None
    checks: tuple[Check, ...] = ()
    owner: str = ""
    meta: Meta = NO_META

    @property
    def known_at_is_none(self) -> bool:
        """The charter says outright that nobody knows when rows became known."""
        return self.known_at == "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A number that may vary by segment and by date.

    `values` maps a segment, one text per column of `by` with `*` for any, to dated numbers in
    order of date; a number without a date is dated None and holds from the beginning.
    """

    by: tuple[str, ...] = ()
    values: Mapping[tuple[str, ...], tuple[tuple[date | None, Decimal], ...]] = field(
        default_factory=_no_items
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number that the charter sets, by segment and date; `PARAM('name')` reads it."""

    name: str
    setting: Setting
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionCheck:
    """A condition over a source's rows that would disprove an assumption by not holding."""

    source: str
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A claim the numbers rest on, with the person who answers for it."""

    name: str
    claim: str
    setting: Setting | None = None
    owner: str = ""
    review_by: date | None = None
    check: AssumptionCheck | None = None
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What happens to a unit whose signal was not measured.

    `then` is what a `hold` does when nothing inside `max_age` was measured either; `value` is the
    constant of `impute`.
    """

    policy: Policy
    max_age: Duration | None = None
    then: Substitute = "block"
    value: Decimal | None = None
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalError:
    """How the uncertainty of a signal is found: by a distribution, by replicates, or as given."""

    method: Literal["poisson", "binomial", "replicate", "given", "none"]
    by: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One point of a value function: signal value `at` is worth `worth` of 100."""

    at: Number
    worth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A metric with everything needed to question it."""

    name: str
    formula: str = ""
    source: str = ""
    ask: Ask | None = None
    align: Align = "exact"
    calendar: str = ""
    unit: str = ""
    precision: int = 6
    better: Better | None = None
    value: tuple[Anchor, ...] = ()
    error: SignalError | None = None
    missing: Missing = Missing(policy="block")
    owner: str = ""
    refresh: Refresh | None = None
    cadence: str = ""
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Intervals of one signal. An edge belongs to the band above it unless `closed` is `right`."""

    name: str
    signal: str
    edges: tuple[Number, ...]
    labels: tuple[str, ...]
    closed: Literal["left", "right"] = "left"
    hysteresis: Decimal | None = None
    dwell: Duration | None = None
    missing: str = "missing"
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a decision table: a cell per input, a cell per output."""

    id: str
    when: tuple[str, ...]
    then: tuple[str, ...]
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingInput:
    """What a table does with a missing value: `value` is its label, or the default as written.

    With a `max_age` the value last known stands in while it is not older; then comes the policy.
    """

    policy: Literal["block", "label", "default"]
    value: str = ""
    max_age: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """What a table gives; `values` are all it can be, the one with the highest priority first."""

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedGap:
    """Values for which a table gives nothing on purpose; `where` holds a cell for some inputs."""

    where: Mapping[str, str]
    because: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """Rules from inputs to outputs; `hit` says what happens when several rules match.

    An input is the name of a signal, a band or a column of the unit's source, or `table.output`.
    """

    name: str
    hit: Literal["UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT"] = "UNIQUE"
    aggregate: Literal["SUM", "MIN", "MAX", "COUNT"] | None = None
    inputs: tuple[str, ...]
    missing: Mapping[str, MissingInput] = field(default_factory=_no_items)
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]
    accepted_gaps: tuple[AcceptedGap, ...] = ()
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One side of the trade-off; weights are percent and add up to 100 on each level."""

    name: str
    weight: Decimal
    signals: Mapping[str, Decimal]
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A ratio that ranks instead of axes.

    `ratio` names signals. `factors` maps the roles of the template to them.
    """

    ratio: Ratio
    template: str = ""
    factors: Mapping[str, str] = field(default_factory=_no_items)
    meta: Meta = NO_META

    @property
    def title(self) -> str:
        """What the score is called."""
        return self.template.upper() or "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """What is given up for what, said openly by those who answer for it."""

    between: tuple[str, ...]
    because: str = ""
    review_by: date | None = None
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """How the measurements of several periods become one number."""

    method: Literal["latest", "ewma", "shrink"] = "latest"
    periods: int | None = None
    of: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """When two neighbours in the order may change places."""

    when: Literal["always", "band", "probability"] = "always"
    level: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """How many ranked units are taken, which must or must not be, and what each uses up."""

    capacity: int | None = None
    requires: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    fence: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How the order is kept calm, what jumps the queue, and where it is cut."""

    estimator: Estimator | None = None
    swap: Swap | None = None
    bypass: str = ""
    take: Take | None = None
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What brings a decision back: a condition that holds `for_` some time, or an event."""

    name: str
    when: str = ""
    event: str = ""
    for_: Duration | None = None
    then: str
    owner: str = ""
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When people meet about the program: an RFC 5545 rule on a calendar, chaired by someone.

    `starts` is the day from which the rule counts; `pmpo.model.recurrence` says what holds without.
    """

    name: str
    rule: str
    starts: date | None = None
    tz: str = "UTC"
    calendar: str = ""
    chair: str = ""
    attend: tuple[str, ...] = ()
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a decision has to pass, and whose sign-off it needs: that of `any` of its `roles`."""

    name: str
    roles: tuple[str, ...] = ()
    any: int = 1
    four_eyes: bool = False
    needs: tuple[str, ...] = ()
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True)
class Places:
    """Where each charter path stands in the file.

    A path that has no place of its own is looked up at its longest existing ancestor.
    """

    file: str = "charter.yaml"
    values: Mapping[str, Span] = field(default_factory=_no_items)
    keys: Mapping[str, Span] = field(default_factory=_no_items)
    text: str = ""

    def value(self, path: str) -> Span:
        """The span of the value at `path`, or of its nearest ancestor."""
        while path and path not in self.values:
            path = path.rpartition(".")[0]
        return self.values.get(path, Span(self.file, 1, 1, 1, 1))

    def key(self, path: str) -> Span:
        """The span of the field name at `path`; of the value where the path has no name."""
        return self.keys.get(path) or self.value(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """One program's charter.

    `text_hash` names the bytes that people sign; `logic_hash` names what can change a number.
    `calendars` are not the charter's own: they are those of its office, which it may name.
    """

    edition: int
    program: str
    purpose: Purpose
    owner: str
    refresh: Refresh
    unit: Unit
    sources: Mapping[str, Source]
    signals: Mapping[str, Signal]
    axes: Mapping[str, Axis] = field(default_factory=_no_items)
    score: Score | None = None
    tz: str = ""
    calendar: str = ""
    ratified_by: Quorum | None = None
    effective: str = ""
    scope: Scope = Scope()
    not_decided_here: tuple[NotDecided, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=_no_items)
    assumptions: Mapping[str, Assumption] = field(default_factory=_no_items)
    bands: Mapping[str, Band] = field(default_factory=_no_items)
    tables: Mapping[str, DecisionTable] = field(default_factory=_no_items)
    outcome: str = ""
    trade_offs: tuple[TradeOff, ...] = ()
    ranking: Ranking | None = None
    triggers: Mapping[str, Trigger] = field(default_factory=_no_items)
    cadence: Mapping[str, Cadence] = field(default_factory=_no_items)
    gates: Mapping[str, Gate] = field(default_factory=_no_items)
    meta: Meta = NO_META
    text_hash: str = ""
    logic_hash: str = ""
    calendars: Mapping[str, Calendar] = field(default_factory=_no_items, compare=False, repr=False)
    places: Places = field(default=Places(), compare=False, repr=False)

    @property
    def scored(self) -> dict[str, str]:
        """Each signal that the score is made of, and where, in words."""
        found = {
            name: f"axis `{axis.name}`" for axis in self.axes.values() for name in axis.signals
        }
        names = self.score.ratio.names if self.score is not None else ()
        return found | dict.fromkeys(names, "the score")

    @property
    def conditions(self) -> tuple[str, ...]:
        """Every condition over units besides those of the scope."""
        ranking = self.ranking or Ranking()
        take = ranking.take or Take()
        told = [trigger.when for trigger in self.triggers.values()]
        return tuple(filter(None, (*told, self.purpose.target, ranking.bypass, *take.requires)))

    @property
    def zone_name(self) -> str:
        """The zone in which dates without an offset are read.

        The charter's `tz`; else the zone all its timed sources share; else UTC.
        """
        if self.tz:
            return self.tz
        named = {s.tz or "UTC" for s in self.sources.values() if s.time or s.known_at or s.lag}
        return named.pop() if len(named) == 1 else "UTC"
