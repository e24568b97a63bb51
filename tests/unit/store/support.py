"""What the tests of the store share: refusals, disks that are full, users without rights."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import Diagnostic, PmpoError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = 65534


@contextmanager
def refused(*codes: str) -> Iterator[list[Diagnostic]]:
    """Expect exactly these findings, in order; they are in the list afterwards."""
    found: list[Diagnostic] = []
    with pytest.raises(PmpoError) as caught:
        yield found
    found += caught.value.findings
    assert [finding.code for finding in found] == list(codes), caught.value
    if any(code.startswith("ledger/") for code in codes):
        assert isinstance(caught.value, StoreError)


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A file system of its own in memory; skips where it cannot be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="pmpo-test-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        folder.rmdir()
        pytest.skip("mounting a small disk needs root and `mount`")
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path) -> Path:
    """Write until not one more byte fits; the file can be removed again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def make_read_only(disk: Path) -> None:
    """Let nobody write to a mounted disk any more, not even root."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes meanwhile, as where `ulimit -f` is set."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def without_rights() -> Iterator[Path]:
    """A folder that its user may read but not write; root becomes nobody meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="pmpo-test-rights-"))
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(_NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@contextmanager
def as_another(folder: Path) -> Iterator[None]:
    """Somebody else than root, who may enter a folder and those above it."""
    for above in (*folder.parents[:-1], folder):
        above.chmod(above.stat().st_mode | 0o555)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def everything_below(folder: Path) -> set[str]:
    """The files and folders below a folder, by their paths."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
