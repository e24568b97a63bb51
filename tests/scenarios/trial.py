"""A small office of CSV files that a test writes, breaks and runs through the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.scenarios.terminal import Done, half_written, pmpo

if TYPE_CHECKING:
    from pathlib import Path

CHARTER = """\
charter: 1
program: overhaul
purpose: {statement: Overhaul first what stops us longest.}
owner: maintenance
refresh: {every: 1 week}
unit: {name: machine, source: machines, key: [machine], label: label}
sources:
  machines: {from: data/machines.csv, mode: snapshot, key: [machine]}
  repairs:
    from: data/repairs.csv
    key: [repair]
    time: opened
    lag: 1 day
    tz: Europe/Berlin
    columns:
      opened: timestamp
      hours: decimal(8,2)
    join: {machines: machine}
signals:
  downtime:
    formula: TRAILING(SUM(hours), '8 weeks')
    source: repairs
    unit: hours
    precision: 2
    better: higher
    value: {0: 0, 24: 100}
    missing: {policy: exclude}
axes:
  pain: {weight: 100, signals: {downtime: 100}}
"""
MACHINES = "machine,label\nPRESS-01,Press\nLATHE-07,Lathe\nMILL-02,Mill\n"
REPAIRS = """\
repair,machine,opened,hours
1,PRESS-01,2025-01-03 07:10:00,4.5
2,PRESS-01,2025-01-17 22:05:00,5
3,LATHE-07,2025-01-05 08:00:00,24
4,MILL-02,2025-02-20 14:00:00,0.5
"""
AS_OF = "2025-02-17"


@dataclass(frozen=True)
class Trial:
    """An office in a folder."""

    folder: Path

    @property
    def charter(self) -> Path:
        return self.folder / "programs" / "overhaul" / "charter.yaml"

    def data(self, name: str) -> Path:
        return self.folder / "data" / f"{name}.csv"

    def build(
        self, *, charter: str = CHARTER, machines: str = MACHINES, repairs: str = REPAIRS
    ) -> Trial:
        """Write the files of the office."""
        self.charter.parent.mkdir(parents=True, exist_ok=True)
        self.charter.write_text(charter, encoding="utf-8")
        self.data("machines").parent.mkdir(exist_ok=True)
        self.data("machines").write_text(machines, encoding="utf-8")
        self.data("repairs").write_text(repairs, encoding="utf-8")
        return self

    def edit(self, *changes: tuple[str, str]) -> Trial:
        """Replace texts in the charter; each must be there."""
        text = self.charter.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"the charter does not say {old!r}"
            text = text.replace(old, new)
        self.charter.write_text(text, encoding="utf-8")
        return self

    def pmpo(self, *words: str) -> Done:
        """Type a command inside the office."""
        return pmpo(*words, cwd=self.folder)

    def board(self) -> dict[str, str]:
        """Score by unit of the latest evaluation."""
        return {row["unit"]: row["score"] for row in self.pmpo("board", "-f", "json").json()}

    def evaluations(self) -> list[str]:
        """The ids of what is stored."""
        stored = self.folder / ".pmpo" / "evaluations"
        return sorted(path.name for path in stored.glob("ev-*"))


def refused(trial: Trial, *words: str) -> Done:
    """A command that must end with a diagnostic, store no evaluation and leave nothing half-made.

    Whatever went wrong, a person reads a code, a fact and what to type; never a traceback.
    """
    before = trial.evaluations()
    done = trial.pmpo(*words)
    assert done.code in (1, 2), done.said
    assert done.errors, done.said
    assert "Traceback" not in done.said
    assert "bug:" not in done.said
    assert "= help: " in done.said, done.said
    assert done.out == "" or words[0] == "check"
    assert trial.evaluations() == before
    assert half_written(trial.folder) == []
    return done
