"""How many small mistakes in the ledger's code its tests find: `python -m tests.mutation`."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.mutation.trials import Trial, Trials

_ROOT = Path(__file__).resolve().parents[2]
_LEDGER = _ROOT / "src/pmpo/store/ledger"
_TESTS = (
    "tests/unit/store/ledger",
    "tests/property/test_ledger_machine.py",
    "tests/engines/test_ledger.py",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("-v", action="store_true")
    given = parser.parse_args()
    out = os.fdopen(os.dup(1), "w")
    paths = sorted(p for p in _LEDGER.rglob("*.py") if not given.files or p.name in given.files)
    kept = {}
    if given.kept and given.kept.exists():
        for line in given.kept.read_text().splitlines():
            one = Trial(**json.loads(line))
            kept[one.name, one.text] = one

    def tell(trial: Trial) -> None:
        kept[trial.name, trial.text] = trial
        if given.kept:
            with given.kept.open("a") as file:
                file.write(json.dumps(asdict(trial)) + "\n")
        if given.v or trial.outcome not in {"killed"}:
            print(
                f"{trial.seconds:5.1f} {trial.outcome:9} {trial.name} {trial.by}",
                file=out,
                flush=True,
            )

    def skip(trial: Trial) -> bool:
        return (trial.name, trial.text) in kept and kept[trial.name, trial.text].outcome in {
            "killed",
            "timed out",
        }

    begun = time.monotonic()
    trials = Trials(_LEDGER, paths, _TESTS, tell, skip)
    trials.run()
    all = [kept[one.trial.name, one.trial.text] for one in trials.planned()]
    print(
        Counter(one.outcome for one in all),
        len(all),
        time.monotonic() - begun,
        os.times(),
        file=out,
    )


main()
