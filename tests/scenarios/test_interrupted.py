from __future__ import annotations

import os
import subprocess
import threading
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.scenarios.terminal import below, half_written, started, table
from tests.scenarios.trial import AS_OF, REPAIRS, Trial, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "repair,machine,opened,hours\n"
MACHINE_NAMES = ("PRESS-01", "LATHE-07", "MILL-02")


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """An office that runs as it is."""
    return Trial(tmp_path).build()


@contextmanager
def disk(folder: Path, options: str) -> Iterator[None]:
    """A small disk of its own, mounted at a folder."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root, where the machine allows it")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    """However much room is left, a run is stored as a whole or not at all."""
    place = tmp_path / "disk"
    with disk(place, "size=512k"):
        trial = Trial(place / "office").build()
        filler = place / "filler"
        refusals = []
        for room in (0, 8, 16, 24, 32):
            filler.unlink(missing_ok=True)
            free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
            filler.write_bytes(b"x" * (free - room * 1024))
            done = trial.pmpo("run")
            assert (done.code, done.errors) in ((2, ["store/no-space"]), (0, [])), done.said
            assert ("= help: free space" in done.err) == (done.code == 2)
            assert half_written(trial.folder) == []
            refusals.append(done.code)
        assert refusals[0] == 2
        filler.unlink()
        assert trial.pmpo("run").code == 0
        assert half_written(trial.folder) == []


def test_a_read_only_office_can_be_read_and_not_run(tmp_path: Path) -> None:
    """Board, reasons and check work on a disk that may not be written; run says what to do."""
    place = tmp_path / "disk"
    with disk(place, "size=4m"):
        trial = Trial(place / "office").build()
        assert trial.pmpo("run").code == 0
        before = below(trial.folder)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        for words in (("board",), ("why", "PRESS-01"), ("check",), ("compile",)):
            done = trial.pmpo(*words)
            assert (done.code, done.errors) == (0, []), done.said
        done = refused(trial, "run", "--as-of", "2025-02-03")
        assert done.errors == ["store/not-writable"]
        assert below(trial.folder) == before


@pytest.mark.parametrize("after_s", [0.3, 0.8, 1.1, 1.4, 1.7, 2.0, 2.4])
def test_a_killed_run_is_forgotten(trial: Trial, after_s: float) -> None:
    """After kill -9 at any moment what was stored is whole, and the next run gives the result."""
    rows = (
        (i, MACHINE_NAMES[i % 3], f"2025-01-{2 + i % 27:02} 00:00:00", 1) for i in range(50_000)
    )
    trial.data("repairs").write_text(HEADER + table(rows))
    with started("run", cwd=trial.folder) as run:
        sleep(after_s)
        run.kill()
    survivors = trial.evaluations()
    told = trial.pmpo("run", "-f", "json").json()
    assert half_written(trial.folder) == []
    assert trial.evaluations() == [told["evaluation"]]
    assert set(survivors) <= {told["evaluation"]}


def test_two_runs_at_once_do_not_disturb_each_other(trial: Trial) -> None:
    """The same question twice is one evaluation, another question is another; all are whole."""
    moments = [AS_OF, AS_OF, "2025-02-03", "2025-01-27"]
    runs = [started("run", "--as-of", moment, cwd=trial.folder) for moment in moments]
    for run in runs:
        out, err = run.communicate()
        assert run.returncode == 0, out + err
    assert len(trial.evaluations()) == 3
    assert half_written(trial.folder) == []
    assert trial.pmpo("board").code == 0


def test_a_file_that_is_replaced_while_it_is_read_is_noticed(trial: Trial) -> None:
    """A run over a file that somebody keeps writing is whole, or says that the file changed."""
    file, stop = trial.data("repairs"), threading.Event()
    texts = [REPAIRS, REPAIRS.replace("4.5", "6.5")]

    def write() -> None:
        turn = 0
        while not stop.wait(0.02):
            turn += 1
            other = file.with_suffix(".new")
            other.write_text(texts[turn % 2])
            other.replace(file)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        runs = [trial.pmpo("run", "--as-of", AS_OF) for _ in range(4)]
    finally:
        stop.set()
        writer.join()
    for done in runs:
        assert done.code == 0 or done.errors == ["source/changed-while-reading"], done.said
    assert half_written(trial.folder) == []
    file.write_text(REPAIRS)
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    assert trial.board()["PRESS-01"] == "39.583333000000"
