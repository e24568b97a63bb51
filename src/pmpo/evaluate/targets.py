"""Where somebody wants a unit to be: a band, an outcome, a rank."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import DataError, stop
from pmpo.evaluate.outcomes import OUTCOME
from pmpo.model.charter import Charter, DecisionTable
from pmpo.model.evaluation import RANKED, Evaluation

if TYPE_CHECKING:
    import pyarrow as pa

_RANK: Final = re.compile(r"(?:rank|top)[ :=]?([1-9][0-9]{0,8})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """One of: a `label` of a `band`, an `outcome`, or at most a `rank`."""

    band: str = ""
    label: str = ""
    outcome: str = ""
    rank: int = 0

    def __str__(self) -> str:
        if self.band:
            return f"band {self.band}: {self.label}"
        return f"outcome {self.outcome}" if self.outcome else f"rank {self.rank} or better"

    def now(self, row: Mapping[str, Any]) -> str:
        """Where a unit is, in the same words."""
        if self.band:
            return str(row[f"band_{self.band}"])
        if self.outcome:
            return str(row.get(OUTCOME) or "no outcome")
        return f"rank {row['rank']}" if row["rank"] is not None else str(row["status"])


def target_from(charter: Charter, text: str) -> Target:
    """Read `price=full`, `full`, `display`, `action=display` or `rank 20`.

    An outcome may be named as the board's column for it is.

    Raises: DataError `target/unknown`, `target/ambiguous`.
    """
    ranked = _RANK.fullmatch(text.strip())
    if ranked is not None:
        return Target(rank=int(ranked[1]))
    known = dict(_named(charter))
    column, _, value = text.partition("=")
    if text not in known and column == _outcome_column(charter):
        text = f"outcome={value}"
    found = {name: target for name, target in known.items() if text in (name, _short(name))}
    if text in found:
        return found[text]
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise stop(
            "target/ambiguous",
            f"`{text}` can be {' or '.join(f'`{name}`' for name in found)}",
            help=f"write `--to {next(iter(found))}`",
            error=DataError,
        )
    words = [*known, *map(_short, known)]
    near = difflib.get_close_matches(text, words, n=1, cutoff=0.5)
    raise stop(
        "target/unknown",
        f"`{text}` is neither a band nor an outcome of this charter",
        note="they are " + ", ".join(known) if known else "it has no bands and no tables",
        help=f"did you mean `{near[0]}`?" if near else "or ask for a rank: `--to 'rank 10'`",
        error=DataError,
    )


def _named(charter: Charter) -> Iterator[tuple[str, Target]]:
    for band in charter.bands.values():
        for label in band.labels:
            yield f"{band.name}={label}", Target(band=band.name, label=label)
    for outcome in outcomes(charter):
        yield f"outcome={outcome}", Target(outcome=outcome)


def outcomes(charter: Charter) -> list[str]:
    """What the rules of the table that decides give, in their order."""
    table = _deciding(charter)
    return list(dict.fromkeys(rule.then[0] for rule in table.rules)) if table is not None else []


def _deciding(charter: Charter) -> DecisionTable | None:
    """The table whose first output is the outcome."""
    return charter.tables.get(charter.outcome or next(iter(charter.tables), ""))


def _outcome_column(charter: Charter) -> str:
    table = _deciding(charter)
    return table.outputs[0].name if table is not None else OUTCOME


def _short(name: str) -> str:
    return name.partition("=")[2]


def checker(target: Target, evaluation: Evaluation, index: int) -> Callable[[pa.Table], list[bool]]:
    """A function that says of each row of results whether it is the target.

    Args:
        index: the unit whose results these are; all other units stay as they are.
    """
    if not target.rank:
        column = f"band_{target.band}" if target.band else OUTCOME
        wanted = target.label or target.outcome
        return lambda results: [value == wanted for value in results[column].to_pylist()]
    rival = rival_of(target.rank, evaluation, index)

    def ahead(results: pa.Table) -> list[bool]:
        rows = zip(results["status"].to_pylist(), results["score"].to_pylist(), strict=True)
        return [
            status == RANKED and (rival is None or (score, -index) > rival)
            for status, score in rows
        ]

    return ahead


def rival_of(rank: int, evaluation: Evaluation, index: int) -> tuple[Any, int] | None:
    """The score of the unit to overtake, and its row negated: of equals the first wins.

    None where fewer others are ranked, so that being ranked is enough.
    """
    import pyarrow.compute as pc

    own = evaluation.results["rank"][index].as_py()
    place = rank + 1 if own is not None and own <= rank else rank
    row = pc.index(evaluation.results["rank"], place).as_py()
    if row < 0:
        return None
    return evaluation.results["score"][row].as_py(), -row
