from __future__ import annotations

import random
import signal
import subprocess
import sys
from time import sleep
from typing import TYPE_CHECKING

import pytest

from pmpo.store.evaluations import Evaluations
from tests.unit.store.support import everything_below

if TYPE_CHECKING:
    from pathlib import Path

_WRITER = """
import hashlib, itertools, sys
from pathlib import Path
from pmpo.store.evaluations import Evaluations

root, start = Path(sys.argv[1]), int(sys.argv[2])
evaluations = Evaluations(root)
for number in itertools.count(start):
    files = {f"part-{part}": hashlib.sha256(b"%d" % number).digest() * 2000 for part in range(4)}
    evaluations.save(f"ev-{number:06}", files, {"result": str(number)})
    evaluations.set_latest("program", f"ev-{number:06}")
    print(f"ev-{number:06}", flush=True)
"""
_ROUNDS = 12


def _acknowledged(root: Path, start: int, until_killed_s: float) -> list[str]:
    """Ids that a writer reported as saved before it was killed in the middle of its work."""
    command = [sys.executable, "-c", _WRITER, str(root), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline().split()
        sleep(until_killed_s)
        writer.send_signal(signal.SIGKILL)
        others = writer.stdout.read().split("\n")
    assert writer.returncode == -signal.SIGKILL
    # the last line may be cut: what a line feed ends was acknowledged
    return first + others[:-1]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_writer_loses_and_damages_nothing(tmp_path: Path, seed: int) -> None:
    """After kill -9 at any moment every acknowledged evaluation is whole, none half there."""
    moments = random.Random(seed)
    root = tmp_path / "evaluations"
    saved: list[str] = []
    for round_number in range(_ROUNDS):
        saved += _acknowledged(root, 10_000 * round_number, moments.uniform(0, 0.03))
        evaluations = Evaluations(root)
        stored = evaluations.ids()
        assert set(saved) <= set(stored)
        for name in stored:
            loaded = evaluations.load(name)
            assert len(loaded.files) == 4
            assert loaded.manifest["result"] == str(int(name.removeprefix("ev-")))
        assert evaluations.latest("program") in stored
        assert {name.split("/")[0] for name in everything_below(root)} == {*stored, "latest"}
    assert len(saved) >= _ROUNDS
