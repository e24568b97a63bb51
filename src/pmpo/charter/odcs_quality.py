"""Quality rules of a contract as checks of a source; those that cannot be run are notes."""

from __future__ import annotations

import re
from typing import Final

from pmpo.charter.findings import Findings
from pmpo.charter.odcs_nodes import Tree, mapping, text_of, whole
from pmpo.charter.yaml import Entry, Mapping, Mark, Node, Scalar, Sequence

_OLD_NAMES: Final = {
    "duplicateCount": "duplicateValues",
    "nullCheck": "nullValues",
    "nullCount": "nullValues",
    "validValues": "invalidValues",
}
_MILD: Final = frozenset({"warning", "warn", "info", "low", "minor"})
_OPERATORS: Final = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
_COUNTING: Final = re.compile(
    r"\s*SELECT\s+COUNT\(\s*(?:\*|1)\s*\)\s+FROM\s+\$?\{(?:object|table)\}\s+WHERE\s+(.+?);?\s*",
    re.IGNORECASE | re.DOTALL,
)
# A condition that means the same to every engine: names, numbers, texts and comparisons.
_SIMPLE: Final = re.compile(
    r"(?>\s+|'[^'\\]*'|[0-9]+(?:\.[0-9]+)?|[A-Za-z_]\w*|\$?\{(?:property|column)\}"
    r"|<>|!=|[<>]=?|=|[(),])++"
)
_QUERY_MAX: Final = 4_000
_WORDS: Final = re.compile(r"'[^']*'|[A-Za-z_]\w*")
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "IS", "NULL", "IN", "BETWEEN", "TRUE", "FALSE"})


class Rules:
    """Collects the checks of one object.

    `missing` are texts that stand for missing, by column.
    """

    def __init__(self, path: str, to: Findings, columns: frozenset[str]) -> None:
        self.path = path
        self.to = to
        self.columns = columns
        self.checks: list[Node] = []
        self.missing: dict[str, tuple[str, ...]] = {}

    def note(self, fact: str, at: Node, help: str) -> None:
        """Say that a part of the contract is not acted on."""
        self.to.note("contract/not-executed", fact, at.span, self.path, help=help)

    def add(self, kind: str, value: Node, mark: Mark, severity: str = "") -> None:
        """Add a check that was not there yet."""
        tree = Tree(mark)
        entries = [tree.entry(kind, value)]
        if severity.lower() in _MILD:
            entries.append(tree.entry("severity", tree.text("warn")))
        self.checks.append(Mapping(tuple(entries), mark))

    def read(self, rule: Mapping, column: str) -> None:
        """One rule about a column, or (empty) about the whole object."""
        metric = text_of(rule.get("metric")) or text_of(rule.get("rule"))
        kind = text_of(rule.get("type")) or ("library" if metric else "text")
        if kind == "library":
            if self._metric(_OLD_NAMES.get(metric, metric), rule, column):
                return
            told = f"the rule `{metric[:40]}`"
        elif kind == "sql":
            if self._query(rule, column):
                return
            told = "a rule in SQL"
        else:
            told = f"a rule of type `{kind[:40]}`"
        name = text_of(rule.get("name")) or text_of(rule.get("description"))
        about = f" about `{column}`" if column else ""
        self.note(
            f"{told}{about} is not run" + (f": {name[:80]}" if name else ""),
            rule,
            "write it as a check of the source: not_null, unique, range, values, holds or rows",
        )

    # Rules of the library -----------------------------------------------------------------

    def _metric(self, metric: str, rule: Mapping, column: str) -> bool:
        """Whether a rule of the library has become a check."""
        run = {
            "nullValues": self._nulls,
            "duplicateValues": self._duplicates,
            "missingValues": self._missing,
            "invalidValues": self._invalid,
            "rowCount": self._rows,
        }.get(metric)
        return run is not None and run(rule, column)

    def _nulls(self, rule: Mapping, column: str) -> bool:
        return self._none_of("not_null", rule, column)

    def _duplicates(self, rule: Mapping, column: str) -> bool:
        if column:
            return self._none_of("unique", rule, column)
        arguments = mapping(rule.get("arguments"))
        columns = arguments.get("properties") if arguments else None
        if not isinstance(columns, Sequence) or not _demands_none(rule):
            return False
        self.add("unique", columns, rule.mark, text_of(rule.get("severity")))
        return True

    def _none_of(self, kind: str, rule: Mapping, column: str) -> bool:
        """A rule that no value of a column may break; one that some may is not run."""
        if not column or not _demands_none(rule):
            return False
        names = Sequence((Tree(rule.mark).text(column),), rule.mark)
        self.add(kind, names, rule.mark, text_of(rule.get("severity")))
        return True

    def _missing(self, rule: Mapping, column: str) -> bool:
        """Texts that stand for missing are missing from now on, however many there may be."""
        arguments = mapping(rule.get("arguments"))
        texts = arguments.get("missingValues") if arguments else None
        if not column or not isinstance(texts, Sequence):
            return False
        found = [item.text for item in texts.items if isinstance(item, Scalar)]
        kept = [text for text in found if text != "null"]
        self.missing[column] = tuple(dict.fromkeys((*self.missing.get(column, ()), *kept)))
        return self._nulls(rule, column)

    def _invalid(self, rule: Mapping, column: str) -> bool:
        arguments = mapping(rule.get("arguments"))
        valid = (arguments.get("validValues") if arguments else None) or rule.get("validValues")
        if not column or not isinstance(valid, Sequence) or not _demands_none(rule):
            return False
        tree = Tree(rule.mark)
        texts = Sequence(
            tuple(tree.text(item.text) for item in valid.items if isinstance(item, Scalar)),
            valid.mark,
        )
        self.add(
            "values",
            Mapping((Entry(tree.text(column), texts),), rule.mark),
            rule.mark,
            text_of(rule.get("severity")),
        )
        return True

    def _rows(self, rule: Mapping, column: str) -> bool:
        limits = None if column or text_of(rule.get("unit")) == "percent" else _limits(rule)
        if limits is None:
            return False
        tree = Tree(rule.mark)
        ends = tuple(tree.null() if end is None else tree.plain(str(end)) for end in limits)
        self.add("rows", Sequence(ends, rule.mark), rule.mark, text_of(rule.get("severity")))
        return True

    # Rules in SQL -------------------------------------------------------------------------

    def _query(self, rule: Mapping, column: str) -> bool:
        """A count of rows under a simple condition that must be none, as its opposite for each."""
        query = text_of(rule.get("query"))
        counting = _COUNTING.fullmatch(query) if len(query) <= _QUERY_MAX else None
        if counting is None or not _demands_none(rule) or not _SIMPLE.fullmatch(counting[1]):
            return False
        quoted = '"' + column.replace('"', '""') + '"'
        words = [w for w in _WORDS.findall(re.sub(r"\$?\{\w+\}", "", counting[1])) if w[0] != "'"]
        if any(w.upper() not in _KEYWORDS and w not in self.columns for w in words):
            return False
        if re.search(
            r"[A-Za-z_]\w*\s*\(", re.sub(r"(?i)\b(AND|OR|NOT|IN)\s*\(", "=(", counting[1])
        ):
            return False
        condition = re.sub(r"\$?\{(?:property|column)\}", lambda _: quoted, counting[1])
        tree = Tree((rule.get("query") or rule).mark)
        holds = tree.text(f"NOT ({' '.join(condition.split())})")
        self.add("holds", holds, tree.mark, text_of(rule.get("severity")))
        return True


def _operators(rule: Mapping) -> dict[str, Node]:
    return {key.text: value for key, value in rule.entries if key.text in _OPERATORS}


def _demands_none(rule: Mapping) -> bool:
    """Whether a rule counts what is wrong and wants none of it."""
    operators = {name: text_of(value) for name, value in _operators(rule).items()}
    old = text_of(rule.get("rule")) in ("nullCheck", "validValues")
    if not operators:
        return old
    return len(operators) == 1 and operators in (
        {"mustBe": "0"},
        {"mustBeLessOrEqualTo": "0"},
        {"mustBeLessThan": "1"} if text_of(rule.get("unit")) != "percent" else {"mustBe": "0"},
    )


def _limits(rule: Mapping) -> tuple[int | None, int | None] | None:
    """How many rows there may be, at least and at most."""
    low: int | None = None
    high: int | None = None
    for name, node in _operators(rule).items():
        ends = [text_of(item) for item in node.items] if isinstance(node, Sequence) else []
        ends = ends or [text_of(node)]
        numbers = [whole(end, -1) for end in ends]
        if min(numbers, default=-1) < 0 or name in ("mustNotBe", "mustNotBeBetween"):
            return None
        first, last = numbers[0], numbers[-1]
        if name in ("mustBe", "mustBeBetween", "mustBeGreaterOrEqualTo", "mustBeGreaterThan"):
            low = first + (name == "mustBeGreaterThan")
        if name in ("mustBe", "mustBeBetween", "mustBeLessOrEqualTo", "mustBeLessThan"):
            high = last - (name == "mustBeLessThan")
    return None if low is None and high is None else (low, high)
