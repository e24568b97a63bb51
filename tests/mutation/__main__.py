"""How many small mistakes in the ledger's code its tests find.

    python -m tests.mutation                            # everything: an hour or two of one core
    python -m tests.mutation tree.py note.py            # some files
    python -m tests.mutation --kept /tmp/kept.jsonl     # go on where an earlier run has ended

Prints every mistake that no test finds. Leaves with 1 when the tests find fewer than 90 % of all,
or miss one that `survivors.txt` does not list with its reason.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Final, TextIO

from tests.mutation.survivors import survivors
from tests.mutation.trials import KILLED, SURVIVED, TIMED_OUT, UNREACHED, Trial, Trials

_ROOT: Final = Path(__file__).resolve().parents[2]
LEDGER: Final = _ROOT / "src/pmpo/store/ledger"
_TESTS: Final = (
    "tests/unit/store/ledger",
    "tests/property/test_ledger_machine.py",
    "tests/engines/test_ledger.py",
)
_SCORE_MIN: Final = 90


class _Kept:
    """What came of each change, also in earlier runs.

    Args:
        path: a file in which trials are kept, one JSON object per line; None for none.
        out: where what is missed is printed.
    """

    def __init__(self, path: Path | None, out: TextIO) -> None:
        self._path = path
        self._out = out
        lines = path.read_text().splitlines() if path and path.exists() else []
        trials = [Trial(**json.loads(line)) for line in lines]
        self._trials = {(one.name, one.text): one for one in trials}

    def found_before(self, trial: Trial) -> bool:
        """Whether a test found the same change of the same code; tests only get more."""
        before = self._trials.get((trial.name, trial.text))
        return before is not None and before.outcome in {KILLED, TIMED_OUT}

    def add(self, trial: Trial) -> None:
        self._trials[trial.name, trial.text] = trial
        if self._path:
            with self._path.open("a") as file:
                file.write(json.dumps(asdict(trial)) + "\n")
        if trial.outcome in {SURVIVED, UNREACHED}:
            print(f"{trial.outcome}: {trial.name}", file=self._out, flush=True)

    def add_reached(self, trial: Trial) -> None:
        """As `add`, where not all tests were there to reach the change."""
        if trial.outcome != UNREACHED:
            self.add(trial)

    def of(self, trial: Trial) -> Trial | None:
        """What came of a change; None where it was not tried."""
        return self._trials.get((trial.name, trial.text))


def main() -> int:
    """Try all changes, and say how many were found."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", help="names of files of the ledger; all by default")
    parser.add_argument("--kept", type=Path, help="where trials are kept, to go on later")
    parser.add_argument(
        "--seconds", type=float, default=6.0, help="of tests that find nothing, for each; 6"
    )
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so many")
    parser.add_argument(
        "--without-server",
        action="store_true",
        help="leave out the tests on PostgreSQL, and what only they reach",
    )
    given = parser.parse_args()
    files = sorted(
        path for path in LEDGER.rglob("*.py") if not given.files or path.name in given.files
    )
    os.chdir(_ROOT)
    with os.fdopen(os.dup(1), "w") as out:  # pytest takes the other one
        kept = _Kept(given.kept, out)
        tests = _TESTS[:-1] if given.without_server else _TESTS
        begun = time.monotonic()
        until = begun + 60 * given.minutes
        add = kept.add_reached if given.without_server else kept.add
        trials = Trials(LEDGER, files, tests, add, kept.found_before, given.seconds, until)
        trials.run()
        planned = [one.trial for one in trials.planned()]
        done = [trial for trial in map(kept.of, planned) if trial]
        print(f"{len(done)} of {len(planned)} changes were tried, chosen at random", file=out)
        return _report(done, time.monotonic() - begun, out)


def _report(done: list[Trial], seconds: float, out: TextIO) -> int:
    """Print the figures; returns the exit code."""
    by_file: dict[str, Counter[str]] = {}
    for one in done:
        by_file.setdefault(one.name.partition(" ")[0], Counter())[one.outcome] += 1
    for name, told in by_file.items():
        print(f"{_found(told)} of {told.total()} in {name}", file=out)
    told = Counter(one.outcome for one in done)
    score = 100 * _found(told) / len(done)
    print(f"{len(done)} changes: {', '.join(f'{n} {what}' for what, n in told.items())}", file=out)
    print(f"{score:.1f} % found, in {seconds / 60:.0f} minutes", file=out)
    listed = survivors()
    missed = {one.name for one in done if one.outcome in {SURVIVED, UNREACHED}}
    for name in sorted(missed - listed):
        print(f"not in survivors.txt: {name}", file=out)
    return 0 if score >= _SCORE_MIN and missed <= listed else 1


def _found(told: Counter[str]) -> int:
    return told[KILLED] + told[TIMED_OUT]


if __name__ == "__main__":
    sys.exit(main())
