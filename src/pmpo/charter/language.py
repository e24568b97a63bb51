"""The charter language, described once.

Reading, the JSON Schema, the reference page and did-you-mean all come from this table. To add a
field: add it to the class in `model/charter.py` and one line here. It is long because the
language is; read it like a form.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Final

from pmpo.charter.building import (
    check_of,
    column_of,
    edition_of,
    gate_of,
    missing_input_of,
    missing_of,
    setting_of,
    setting_required,
    trigger_of,
    unpivot_of,
)
from pmpo.charter.cadence_forms import Begins, Rule, cadence_of
from pmpo.charter.forms import (
    ANCHORS,
    COLUMN_NAME,
    COLUMN_NAMES,
    DATED,
    JOIN,
    UNPIVOTED,
    AnyValue,
    Cell,
    ColumnType,
    GapCell,
    Limits,
    MissingWord,
    NumberOrParam,
    Output,
    filling,
    fills,
    one_or_more,
)
from pmpo.charter.records import Built, ByKind, Field, MapOf, Record, Refused
from pmpo.charter.scalars import Day, Length, Number, Whole, Zone
from pmpo.charter.score import score_of
from pmpo.charter.shapes import Choice, Flag, ListOf, Name, Shape, Text
from pmpo.model import charter as model
from pmpo.model.decision import GATES, NEEDS
from pmpo.model.meta import Meta
from pmpo.model.periods import ALIGNMENTS
from pmpo.model.ratio import TEMPLATES
from pmpo.model.time import Duration

SQL_NAME: Final = Name(
    r"[a-z][a-z0-9_]{0,39}",
    "a name",
    "it becomes a name in SQL: a small letter, then small letters, digits and `_`, at most 40",
)
ID: Final = Name(
    r"[a-z0-9][a-z0-9_-]{0,62}",
    "a name",
    "it is a small letter or digit, then small letters, digits, `_` and `-`, at most 63",
)
LANGUAGE: Final = Name(
    r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*",
    "a language",
    "languages are written as in BCP 47, for example `en`, `ja`, `ja-kana`",
)
RULE_ID: Final = Name(
    r"[^\s,]{1,63}",
    "the name of a rule",
    "results list rules by name: at most 63 characters, neither spaces nor commas",
)
PERSON: Final = Text("a person, team or role")
PEOPLE: Final = ListOf(PERSON, at_least=1, wants="a list of people, teams or roles")
TEXT: Final = Text()
CONDITION: Final = Text("an SQL condition over columns")
FORMULA: Final = Text("a formula: an SQL aggregate expression")
WEIGHT: Final = Number(Decimal(0), Decimal(100))
NAMES_OF: Final = ListOf(TEXT, at_least=1, wants="a list of names")

META_DOC: Final = (
    Field("names", MapOf(LANGUAGE, TEXT), "What it is called, by language.", meta=True),
    Field("status", Choice(("draft", "reviewed")), "How far its text has been read.", meta=True),
    Field("updated", Day(), "When its text was last changed.", meta=True),
    Field("coi", TEXT, "A conflict of interest of its author.", meta=True),
    Field("cites", ListOf(TEXT), "What it rests on: documents, minutes, papers.", meta=True),
    Field("because", TEXT, "Why it is as it is.", meta=True),
)


def record(title: str, doc: str, builds: type, *fields: Field, **more: object) -> Record:
    """An object that carries `Meta` exactly when its model class does."""
    has_meta = "meta" in getattr(builds, "__dataclass_fields__", {})
    own = {field.name for field in fields}
    extra = tuple(field for field in META_DOC if has_meta and field.name not in own)
    meta = Meta if has_meta else None
    return Record(title, doc, builds, (*fields, *extra), builds_meta=meta, **more)  # type: ignore[arg-type]  # keyword fields of Record


# One field, one entry, as in a form.
# fmt: off
REFRESH: Final = record(
    "refresh",
    "How often something is measured anew.",
    model.Refresh,
    Field("every", Length(), "The time between two measurements.",
          why="without it nobody knows which measurement is the current one", example="1 week"),
    Field("late_after", Length(), "The age at which the newest row counts as late."),
)

PURPOSE: Final = record(
    "purpose",
    "What the program is for.",
    model.Purpose,
    Field("statement", TEXT, "The purpose in one sentence.",
          why="every signal and axis is judged by what it does for the purpose",
          example="Give display space to product types that grow."),
    Field("measured_by", ListOf(TEXT), "The signals that show whether the purpose is met."),
    Field("target", TEXT, "The condition that would mean success.",
          idle="nothing compares the target with the signals yet; it is printed as text"),
    Field("by", Day(), "When the target is to be met.",
          idle="no date is watched yet; it is printed as text"),
)

QUORUM: Final = record(
    "quorum",
    "n of m people.",
    model.Quorum,
    Field("any", Whole(1, 100), "How many of them.",
          why="a quorum is a number of people", example="2"),
    Field("of", PEOPLE, "Who may sign.", why="a quorum names the people",
          example="[lead, finance]"),
    Field("needs", ListOf(Choice(("key",))), "`key`: only signatures with personal keys count."),
)

UNIT: Final = record(
    "unit",
    "What is ranked: the decision unit.",
    model.Unit,
    Field("name", TEXT, "What one unit is called.",
          why="boards and findings say it", example="product type"),
    Field("source", TEXT, "The source whose rows define the units.",
          why="a unit without rows in any other source must still appear", example="products"),
    Field("key", COLUMN_NAMES, "The columns that identify one unit.",
          why="ranks belong to keys, not to row numbers", example="[department, product_type]"),
    Field("label", COLUMN_NAME, "The column shown beside the key."),
    Field("kind", Choice(("durable", "arriving"), idle={
          "arriving": "units that arrive and leave are treated like durable ones"}),
          "`durable` units stay, `arriving` ones (cases, orders) come and go."),
    Field("parents", ListOf(COLUMN_NAME), "Columns that group the units."),
    Field("aliases", TEXT, "The source that says which keys were renamed.",
          refused="delete `aliases` and rename old keys in the data"),
)

SCOPE_EXIT: Final = record(
    "scope exit",
    "Units that are left out, and why.",
    model.ScopeExit,
    Field("where", CONDITION, "The condition that leaves a unit out.",
          why="what is out of scope must be decidable", example="product_type LIKE '%SEASONAL%'"),
    Field("because", TEXT, "The reason, listed beside each unit that is left out.",
          why="what falls out is listed with its reason", example="It belongs to another program."),
)

SCOPE: Final = record(
    "scope",
    "Which units are decided here.",
    model.Scope,
    Field("in", CONDITION, "Units for which it does not hold are out of scope.", attribute="in_"),
    Field("out", ListOf(SCOPE_EXIT), "Further units that are left out."),
)

NOT_DECIDED: Final = record(
    "handover",
    "Something people might expect here that is decided elsewhere.",
    model.NotDecided,
    Field("what", TEXT, "What is not decided here.", why="it names the matter",
          example="shelf prices"),
    Field("goes_to", TEXT, "The program or person it goes to.",
          why="a matter that nobody takes comes back", example="pricing"),
)

COLUMN: Final = record(
    "column",
    "How one column of a source is read.",
    model.Column,
    Field("type", ColumnType(), "Its exact type."),
    Field("null", ListOf(Text("a text", blank=True)), "Texts that stand for a missing value."),
    Field("format", TEXT, "How its values are written: for dates and times (DuckDB only) "
          "directives such as `'%d/%m/%Y %H:%M'`, or what a whole number counts, such as "
          "`weeks since 1989-09-07` or `seconds since 1970-01-01`; for numbers an example such as "
          "`'1.234,56'`, `'$1,234.56'` or `'12 %'` (which is 0.12). Other values are counted as "
          "wrong."),
    Field("known_at", COLUMN_NAME, "The column that says when this one became known, where that "
          "was later than its row, as for `resolved_by` of an incident. Until then both are "
          "missing."),
    finish=column_of,
)

UNPIVOT: Final = record(
    "unpivot",
    "Turns columns into rows.",
    model.Unpivot,
    Field("columns", UNPIVOTED, "The columns to turn, or each with the text that stands for it, "
          "such as `{jan: '2024-01-01'}`.", why="it names the columns", example="[jan, feb]"),
    Field("name", COLUMN_NAME, "The new column that holds their names or texts; `columns` of the "
          "source gives it a type.", why="the name of each column becomes a value",
          example="month"),
    Field("value", COLUMN_NAME, "The new column that holds their values. A row stays where its "
          "value is missing.", why="the values need a column", example="amount"),
    finish=unpivot_of,
)

CHECK: Final = record(
    "check",
    "A rule that the rows of a source must keep; exactly one of the first six fields.",
    model.Check,
    Field("not_null", COLUMN_NAMES, "Columns in which no value may be missing."),
    Field("unique", COLUMN_NAMES, "Columns whose values together occur once."),
    Field("range", MapOf(COLUMN_NAME, Limits(), at_least=1),
          "A column and its limits; null leaves an end open."),
    Field("values", MapOf(COLUMN_NAME, ListOf(Text("a text", blank=True), at_least=1), at_least=1),
          "A column and the texts it may hold."),
    Field("holds", CONDITION, "A condition that holds for every row."),
    Field("rows", Limits(), "How many rows there are."),
    Field("severity", Choice(("error", "warn")), "Whether a breach stops the run."),
    finish=check_of,
)

DATABASE: Final = Record(
    "database table",
    "A table in a SQLite or DuckDB file.",
    filling,
    (
        Field("database", TEXT, "The file.", why="the table is in a file", example="shop.sqlite"),
        Field("table", TEXT, "The table in it.", why="a file has many tables", example="orders"),
    ),
)

_COLUMN_OR_TYPE: Final = ByKind(
    "a type, or a mapping with the fields of a column",
    scalar=Built(ColumnType(), lambda read: model.Column(type=read)),
    mapping=COLUMN,
)
_MODES: Final = Choice(("append", "versions", "scd2", "snapshot", "plan"))

SOURCE: Final = record(
    "source",
    "A table of the team's own data.",
    model.Source,
    Field("from", ByKind("a file, or {database, table}", scalar=fills("from_", TEXT),
          mapping=DATABASE), "A file or glob (Parquet, CSV, JSON lines), an Excel workbook, or a "
          "table of a database file.", why="a source is somewhere", unless="contract",
          example="data/sales.parquet", attribute="from_"),
    Field("sheet", TEXT, "The sheet of an Excel workbook. Its first row names the columns; cells "
          "are read as texts, `12` and `2024-01-31`; empty ones and errors (`#N/A`) are missing.",
          default="the only one that is visible"),
    Field("contract", TEXT, "A data contract (ODCS 3) that says what the source does not say "
          "itself: the file, and where it describes several tables one of them, as in "
          "`sales.odcs.yaml#orders`."),
    Field("mode", _MODES, "How its rows change: `append` only adds, `versions` adds corrected rows "
          "for the same key, `scd2` keeps validity intervals, `snapshot` is overwritten, `plan` "
          "holds what is meant to happen (forecasts, open orders, targets) and is cut by "
          "`known_at` alone; with a `key`, a later row replaces an earlier one."),
    Field("key", COLUMN_NAMES, "The columns that identify a row."),
    Field("time", COLUMN_NAME, "The column that says when a row happened."),
    Field("known_at", COLUMN_NAME,
          "The column that says when a row became known; `none` when nobody knows."),
    Field("lag", Length(), "How long after it happened a row is known, where no column says."),
    Field("captured", Day(), "With `mode: snapshot`, the day whose state the table shows, where "
          "it is a file that stays as it is. It is then the default moment of a program without "
          "histories."),
    Field("valid_from", COLUMN_NAME, "With `mode: scd2`, the start of validity."),
    Field("valid_to", COLUMN_NAME, "With `mode: scd2`, the end of validity."),
    Field("tz", Zone(), "The zone of times without an offset.",
          default="the program's, else UTC"),
    Field("columns", MapOf(COLUMN_NAME, _COLUMN_OR_TYPE), "Columns whose type is fixed."),
    Field("derive", MapOf(COLUMN_NAME, Text("an SQL expression over the row")),
          "New columns from those of the same row."),
    Field("where", CONDITION, "Only rows for which it holds are read."),
    Field("unpivot", UNPIVOT, "Turns columns into rows, before anything else is done with them."),
    Field("join", JOIN, "How its rows reach another source or the `unit`: a column, several, or "
          "{own: theirs}. Rows that reach nothing are counted."),
    Field("refresh", REFRESH, "How often it is loaded.", default="the program's"),
    Field("checks", ListOf(CHECK), "Rules its rows must keep."),
    Field("owner", PERSON, "Who is asked when it looks wrong.", default="the program's"),
    named=True,
)

_BY: Final = one_or_more(COLUMN_NAME, "a column of the unit, or a list of them")
_SETTING_FIELDS: Final = (
    Field("value", DATED, "The number, or numbers by the date from which they hold.",
          attribute="dated"),
    Field("by", _BY, "The unit's columns by which it varies."),
    Field("values", MapOf(Text("a segment"), DATED, at_least=1),
          "Numbers by segment; with several columns their values are joined by `/`, `*` is any, "
          "and the most specific wins."),
)

PARAMETER: Final = record(
    "parameter",
    "A number that may vary by segment and date; `PARAM('id')` where it is used.",
    model.Parameter,
    *_SETTING_FIELDS,
    named=True,
    finish=setting_required,
)

ASSUMPTION_CHECK: Final = record(
    "assumption check",
    "How data would disprove the assumption.",
    model.AssumptionCheck,
    Field("source", TEXT, "The source that is asked.", why="a check looks at rows",
          example="invoices"),
    Field("holds", TEXT, "The condition over its rows.", why="a check can fail",
          example="SUM(cost) < 0.74 * SUM(list)"),
)

ASSUMPTION: Final = record(
    "assumption",
    "A claim the numbers rest on; `ASSUMED('id')` where it is used.",
    model.Assumption,
    Field("claim", TEXT, "The claim in one sentence.",
          why="whoever reads a result must see what was assumed",
          example="Unit cost is 71 % of list price."),
    *_SETTING_FIELDS,
    Field("owner", PERSON, "Who answers for it.", default="the program's"),
    Field("review_by", Day(), "When it is to be looked at again."),
    Field("check", ASSUMPTION_CHECK, "How data would disprove it; `pmpo due --check` and reviews "
          "ask."),
    named=True,
    finish=setting_of,
)

_SUBSTITUTES: Final = ("worst", "range", "impute", "redistribute", "exclude", "block")

MISSING: Final = record(
    "missing-data policy",
    "What happens to a unit for which the signal was not measured.",
    model.Missing,
    Field("policy", Choice(("hold", *_SUBSTITUTES)),
          "`hold` takes an earlier measurement; `worst` counts the least favourable anchor; "
          "`range` counts the middle and shows the interval; `impute` takes the constant `value`; "
          "`redistribute` gives the signal's weight to the rest of its axis; `exclude` lists the "
          "unit without a rank; `block` gives no recommendation for it.",
          why="missing is never zero and never silent", example="block"),
    Field("max_age", Length(), "With `hold`, how old the earlier measurement may be."),
    Field("then", Choice(_SUBSTITUTES), "What `hold` does when nothing is recent enough.",
          default="`block`"),
    Field("value", Number(), "With `impute`, the constant, in the signal's own unit."),
    finish=missing_of,
)

SIGNAL_ERROR: Final = record(
    "signal error",
    "How uncertain one measurement is.",
    model.SignalError,
    Field("method", Choice(("poisson", "binomial", "replicate", "given", "none")),
          "How the error is estimated.", why="an error has a source", example="replicate"),
    Field("by", TEXT, "With `replicate`, the blocks that are resampled."),
    Field("given", TEXT, "With `given`, the formula of the error."),
)

ASK: Final = record(
    "question",
    "A signal whose values people give.",
    model.Ask,
    Field("ask", PEOPLE, "Who is asked.", why="somebody answers", example="[category-lead]",
          attribute="roles"),
    Field("scale", ListOf(Number(), at_least=2), "The answers they choose from.",
          why="answers must be comparable", example="[1, 2, 3, 5, 8]"),
    Field("blind", Flag(), "Whether they see each other's answers only afterwards."),
    Field("combine", Choice(("median", "mean", "min", "max")), "How answers become one number."),
    Field("expires", Length(), "How long an answer holds."),
)

SIGNAL: Final = record(
    "signal",
    "A number for each unit, with everything needed to question it.",
    model.Signal,
    Field("formula", FORMULA, "What is measured.",
          why="a metric's name alone says nothing; the formula is what runs", unless="ask",
          example="SUM(sales_value)"),
    Field("source", ByKind("a source, or {ask, scale}", scalar=fills("source", TEXT),
          mapping=Refused(ASK, lambda ask: filling(ask=ask), "`ask`",
                          "keep the answers in a file and name it as a source")),
          "The source its columns come from; not needed when it is made of other signals."),
    Field("align", Choice(ALIGNMENTS), "Where its windows end: at `as_of` as it stands, or at the "
          "last day, Monday, month, quarter, year or fiscal period that had begun by then."),
    Field("calendar", TEXT, "With `align: fiscal`, the calendar of office.yaml that has the "
          "fiscal periods.", default="the program's"),
    Field("unit", TEXT, "The unit of measure."),
    Field("precision", Whole(0, 12), "Digits after the point that are kept."),
    Field("better", Choice(("higher", "lower")), "Which direction is better."),
    Field("value", ANCHORS, "The value function: what a value is worth, from 0 to 100, with "
          "straight lines between the anchors."),
    Field("error", SIGNAL_ERROR, "How uncertain it is.",
          idle="no uncertainty is computed yet"),
    Field("missing", MISSING, "What happens when it was not measured.", default="`block`"),
    Field("owner", PERSON, "Who is asked when it looks wrong.", default="the program's"),
    Field("refresh", REFRESH, "How often it is measured anew.", default="the program's"),
    Field("cadence", TEXT, "The review at which it is looked at.",
          idle="no review is scheduled yet"),
    named=True,
)

BAND: Final = record(
    "band",
    "Names for intervals of one signal.",
    model.Band,
    Field("signal", TEXT, "The signal.", why="a band cuts one signal", example="growth"),
    Field("edges", ListOf(NumberOrParam(), at_least=1), "Where one band ends and the next begins.",
          why="bands meet at edges", example="[0.75, 0.90]"),
    Field("labels", ListOf(TEXT, at_least=2), "The bands from low to high, one more than edges.",
          why="people speak of bands by name", example="[thin, fair, full]"),
    Field("closed", Choice(("left", "right")), "`left`: an edge belongs to the band above it."),
    Field("hysteresis", Number(Decimal(0)), "How far past an edge a unit must go to change band; "
          "where it was is read from the last recorded evaluation."),
    Field("dwell", Length(), "How long a unit must stay in a band before it changes again."),
    Field("missing", TEXT, "The label of a unit for which the signal is missing."),
    named=True,
)

RULE: Final = record(
    "rule",
    "One row of a decision table.",
    model.Rule,
    Field("id", RULE_ID, "Its name.", why="explanations name the rule", example="R1"),
    Field("when", ListOf(Cell(), at_least=1, distinct=False), "One condition per input, all of "
          "which must hold: `-` for any value, `'>= 0.10'`, `'[0..5)'` with closed and open ends, "
          "`'\"fair\",\"full\"'` for one of several, `'not(\"thin\")'`, `'date(\"2024-01-31\")'`, "
          "`'true'`, `'< PARAM(\"thin\")'`.",
          why="a rule says when it applies", example="['>= 0.10', '-']"),
    Field("then", ListOf(Output(), at_least=1, distinct=False), "One value per output: a text, a "
          "number, or `PARAM('id')`.",
          why="a rule says what follows", example="[display]"),
    Field("because", TEXT, "Why."),
)

MISSING_INPUT: Final = record(
    "missing value of an input",
    "What stands for a missing value: a default, or the value last known.",
    model.MissingInput,
    Field("policy", Choice(("last",)), "`last` carries the value last known for the unit, from the "
          "last recorded evaluation."),
    Field("max_age", Length(), "With `last`, how old the value may be."),
    Field("then", MissingWord(finally_=True), "With `last`, what a missing value does where none "
          "can be carried: `block`, or a label that rules can name.", default="`block`"),
    Field("default", AnyValue(), "A number, a text, a date in quotes, true or false; with `last`, "
          "where no value can be carried.",
          why="a value that stands for a missing one is somebody's decision", unless="policy",
          example="0", attribute="value"),
    finish=missing_input_of,
)

OUTPUT: Final = record(
    "output",
    "One column of results.",
    model.OutputColumn,
    Field("name", SQL_NAME, "Its name.", why="results have a column for it", example="action"),
    Field("values", ListOf(TEXT, at_least=1), "All it can be, the one with the highest priority "
          "first."),
)

ACCEPTED_GAP: Final = record(
    "accepted gap",
    "Values for which a table has no rule on purpose. Such a unit has no outcome, and that is no "
    "fault.",
    model.AcceptedGap,
    Field("where", MapOf(TEXT, GapCell(), at_least=1), "Conditions on some inputs; the others may "
          "be anything.", why="a gap is accepted for some values, not for all",
          example="{growth: '< 0'}"),
    Field("because", TEXT, "Why no rule is needed.",
          why="what nobody decides needs a reason that can be questioned",
          example="Stock that sells out is not ordered again."),
    Field("owner", PERSON, "Who answers for it.", why="somebody has to notice when it matters",
          example="supply"),
)

TABLE: Final = record(
    "decision table",
    "From signals and bands to an outcome.",
    model.DecisionTable,
    Field("hit", Choice(("UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT")),
          "What happens when several rules apply. `UNIQUE`: that is a fault; `ANY`: they have to "
          "agree; `FIRST`: the first one decides; `PRIORITY`: the one whose outputs stand first "
          "in `values` decides; `COLLECT`: all of them, see `aggregate`."),
    Field("aggregate", Choice(("SUM", "MIN", "MAX", "COUNT")),
          "With `COLLECT`, how the values of all rules that apply become one."),
    Field("inputs", NAMES_OF, "Signals, bands, columns of the unit's source, and outputs of other "
          "tables as `table.output`.", why="a table decides on something",
          example="[growth, price]"),
    Field("missing", MapOf(TEXT, ByKind("`block`, a label, {default: value} or {policy: last, …}",
          scalar=MissingWord(), mapping=MISSING_INPUT), at_least=1),
          "What an input's missing value does: `block` gives the unit no recommendation, "
          "`{default: 0}` stands for it, `{policy: last, max_age: 4 weeks}` carries the value last "
          "known, and any other word is a label that rules can name.",
          default="`block`; the label of a band is its own `missing`"),
    Field("outputs", ListOf(ByKind("a name, or {name, values}",
          scalar=Built(SQL_NAME, lambda name: model.OutputColumn(name=name)), mapping=OUTPUT),
          at_least=1), "What it gives.", why="a table decides something", example="[action]"),
    Field("rules", ListOf(RULE, at_least=1), "Its rows.", why="a table consists of rules",
          example="[{id: R1, when: ['-', '-'], then: [keep]}]"),
    Field("accepted_gaps", ListOf(ACCEPTED_GAP), "Values that need no rule."),
    named=True,
)

AXIS: Final = record(
    "axis",
    "One side of the trade-off.",
    model.Axis,
    Field("weight", WEIGHT, "Its share of the score in per cent; all axes add up to 100.",
          why="weights are what one side is worth against the other", example="60"),
    Field("signals", MapOf(SQL_NAME, WEIGHT, keeps_order=True, at_least=1),
          "Its signals and their shares of the axis in per cent, adding up to 100.",
          why="an axis is measured by signals", example="{growth: 100}"),
    named=True,
)

SCORE: Final = record(
    "score",
    "A ratio of signals that ranks the units, in place of a weighted sum of axes. It takes values "
    "as they are, without value functions.",
    model.Score,
    Field("template", Choice(tuple(TEMPLATES)), "A ratio that people know by name: "
          + "; ".join(f"`{name}` is {ratio.written()}" for name, ratio in TEMPLATES.items()) + "."),
    Field("factors", MapOf(SQL_NAME, SQL_NAME, at_least=1), "With `template`, the signal for each "
          "of its names.", default="the signals of the same names"),
    Field("formula", Text("a ratio of signals"), "A ratio of your own: signals with `+` in "
          "brackets, `*`, and one `/`, such as `(value + time) * share / (size * risk)`.",
          attribute="ratio"),
    finish=score_of,
)

TRADE_OFF: Final = record(
    "trade-off",
    "What is given up for what, in words.",
    model.TradeOff,
    Field("between", ListOf(TEXT, at_least=2), "The axes.", why="a trade-off has two sides",
          example="[expansion, discipline]"),
    Field("because", TEXT, "Why this side is favoured now."),
    Field("review_by", Day(), "When it is to be looked at again."),
)

ESTIMATOR: Final = record(
    "estimator",
    "How several periods become one number.",
    model.Estimator,
    Field("method", Choice(("latest", "ewma", "shrink")), "The method."),
    Field("periods", Whole(1, 10_000), "How many periods."),
    Field("of", Length(), "Their length."),
)

SWAP: Final = record(
    "swap rule",
    "When two units change places.",
    model.Swap,
    Field("when", Choice(("always", "band", "probability")), "The rule."),
    Field("level", Number(Decimal(0), Decimal(1)), "With `probability`, how sure it must be."),
)

TAKE: Final = record(
    "selection",
    "Which of the ranked units are taken; docs/taking.md explains it.",
    model.Take,
    Field("capacity", Whole(0, 10**9), "How many at once, those that people have committed to "
          "included.", default="as many as may be taken"),
    Field("requires", ListOf(CONDITION), "What must hold for a unit to be taken: each a condition "
          "over signals, bands, outputs of tables and columns of the unit that evaluations keep. "
          "One that is unknown does not hold."),
    Field("must", ListOf(TEXT), "Units, by key or label, that are taken in any case, before all "
          "others and beyond the capacity too."),
    Field("must_not", ListOf(TEXT), "Units, by key or label, that are never taken."),
    Field("fence", Length(), "How long a unit stays that people have committed to: until then it "
          "leaves by breach, or as an override that says what the change costs.",
          default="it may leave at any time", example="4 weeks"),
)

RANKING: Final = record(
    "ranking",
    "How the order is kept calm and cut.",
    model.Ranking,
    Field("estimator", ESTIMATOR, "How several periods become one number.",
          idle="the latest measurement is used"),
    Field("swap", SWAP, "When two units change places.", idle="units are ordered by score alone"),
    Field("bypass", CONDITION, "What jumps the queue.", idle="nothing jumps the queue"),
    Field("take", TAKE, "Which of the ranked units are taken."),
)

TRIGGER: Final = record(
    "trigger",
    "What brings a decision back.",
    model.Trigger,
    Field("when", CONDITION, "The condition over signals and bands; or `event`."),
    Field("event", TEXT, "The event; or `when`."),
    Field("for", Length(), "How long the condition must hold.", attribute="for_"),
    Field("then", TEXT, "What follows.", why="a trigger does something", example="reopen"),
    Field("owner", PERSON, "Who is told."),
    named=True,
    finish=trigger_of,
)

CADENCE: Final = record(
    "cadence",
    "When people meet about it.",
    model.Cadence,
    Field("rule", Rule(), "The calendar rule.", why="a review has a date",
          example="FREQ=WEEKLY;BYDAY=MO;BYHOUR=9"),
    Field("from", Day(), "The day from which the rule counts (`INTERVAL`, `COUNT`, and the day or "
          "month that it leaves out).",
          default="weeks from Monday 1970-01-05, else 1970-01-01", attribute="starts"),
    Field("tz", Zone(), "The zone of its hours; a time that clocks skip is held an hour later, one "
          "that they show twice the first time."),
    Field("calendar", TEXT, "The calendar of office.yaml on whose days off it is not held, but on "
          "the next working day."),
    Field("chair", PERSON, "Who leads it."),
    Field("attend", ListOf(PERSON), "Who takes part."),
    named=True,
    finish=cadence_of,
)

GATE: Final = record(
    "gate",
    "What a decision has to pass.",
    model.Gate,
    Field("roles", ListOf(PERSON), "Who may open it."),
    Field("any", Whole(1, 100), "How many different people of them approve a proposal; from 2 on, "
          "who proposed it does not count. In solo mode one is enough."),
    Field("four_eyes", Flag(), "Whether two people are needed: who proposes, and who approves."),
    Field("needs", ListOf(Choice(tuple(NEEDS))), "What must be there; docs/decisions.md explains "
          "each."),
    named=True,
    finish=gate_of,
)

# fmt: on
_SALVAGE: Final = MappingProxyType(
    {
        "charter": 1,
        "program": "",
        "purpose": model.Purpose(statement=""),
        "owner": "",
        "refresh": model.Refresh(every=Duration(1, "day")),
        "unit": model.Unit(name="", source="", key=()),
        "sources": MappingProxyType({}),
        "signals": MappingProxyType({}),
        "axes": MappingProxyType({}),
    }
)

# fmt: off
CHARTER: Final = record(
    "charter",
    "What one program has fixed before execution.",
    model.Charter,
    Field("charter", Whole(1, 10_000), "The edition of the semantics.",
          why="it says by which rules the numbers are computed", example="1", attribute="edition"),
    Field("program", ID, "The program's name.", why="results and decisions name their program",
          example="range-review"),
    Field("purpose", PURPOSE, "What the program is for.",
          why="every signal and axis is judged by what it does for the purpose"),
    Field("owner", PERSON, "Who answers for the program.",
          why="sources, signals and assumptions without an owner of their own have this one",
          example="category-lead"),
    Field("refresh", REFRESH, "How often it is measured anew.",
          why="sources and signals without a refresh of their own have this one",
          example="{every: 1 week}"),
    Field("tz", Zone(), "The zone of dates without an offset, also in sources that name none.",
          default="the zone that all timed sources share, else UTC"),
    Field("calendar", TEXT, "The calendar of office.yaml whose fiscal periods its signals use."),
    Field("ratified_by", QUORUM, "Who signs the charter.", default="the owner"),
    Field("effective", Begins(), "When the charter begins to count, once enough people have signed "
          "it; until then the one before it counts. A review is the cadence called `review`, else "
          "whichever comes first.", default="at once"),
    Field("unit", UNIT, "What is ranked.", why="a ranking ranks something",
          example="{name: product, source: products, key: [product_id]}"),
    Field("scope", SCOPE, "Which units are decided here."),
    Field("not_decided_here", ListOf(NOT_DECIDED), "What is decided elsewhere."),
    Field("sources", MapOf(SQL_NAME, SOURCE, at_least=1), "The data.",
          why="numbers come from data"),
    Field("parameters", MapOf(ID, PARAMETER), "Numbers that vary by segment and date."),
    Field("assumptions", MapOf(ID, ASSUMPTION), "Claims the numbers rest on."),
    Field("signals", MapOf(SQL_NAME, SIGNAL, at_least=1), "What is measured for each unit.",
          why="without signals there is nothing to rank by"),
    Field("bands", MapOf(SQL_NAME, BAND), "Names for intervals of signals."),
    Field("tables", MapOf(ID, TABLE), "Decision tables."),
    Field("outcome", TEXT, "The table whose first output is what is to be done with a unit.",
          default="the only table"),
    Field("axes", MapOf(ID, AXIS, keeps_order=True, at_least=1),
          "What is traded against what; weights are the exchange rate.",
          why="the score is the weighted sum of its axes, or the ratio that `score` says",
          unless="score", example="{growth-side: {weight: 100, signals: {growth: 100}}}"),
    Field("score", SCORE, "A ratio that ranks in place of axes, such as `{template: wsjf}`."),
    Field("trade_offs", ListOf(TRADE_OFF),
          "What is given up for what, in words; `due` says when it is to be looked at again."),
    Field("ranking", RANKING, "How the order is kept calm and cut."),
    Field("triggers", MapOf(ID, TRIGGER), "What brings a decision back.",
          idle="no trigger is watched"),
    Field("cadence", MapOf(ID, CADENCE), "When people meet about it; a charter may begin to count "
          "at the next of these reviews."),
    Field("gates", MapOf(Choice(tuple(GATES)), GATE), "What a decision or a waiver has to pass."),
    begins="charter: 1",
    salvage=_SALVAGE,
    finish=edition_of("charter"),
)

# fmt: on


def objects(root: Shape = CHARTER) -> dict[str, Record]:
    """Every object of a file's language by its title, the file itself first, as they appear."""
    found: dict[str, Record] = {}
    waiting = [root]
    while waiting:
        shape = waiting.pop(0)
        if isinstance(shape, Record):
            if shape.title in found:
                continue
            found[shape.title] = shape
        waiting.extend(shape.parts())
    return found
