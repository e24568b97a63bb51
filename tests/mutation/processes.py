"""Doing something in a process of its own that begins as a copy of this one."""

from __future__ import annotations

import os
import pickle
import resource
import shutil
import signal
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMORY: Final = "/dev/shm"  # noqa: S108 # each process has a folder of its own in it
_MEMORY_MAX: Final = 6 << 30


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process has ended.

    Args:
        killed: whether by a signal, such as that its time was over.
        answer: what the work returned.
    """

    killed: bool
    answer: Any = None


def in_fork(work: Callable[[], Any]) -> Ended:
    """Do some work in a copy of this process, and end whatever it leaves running.

    Raises: RuntimeError where the work raises.
    """
    read, write = os.pipe()
    scratch = tempfile.mkdtemp(prefix="pmpo-", dir=_MEMORY if Path(_MEMORY).is_dir() else None)
    child = os.fork()
    if not child:
        os.close(read)
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = scratch
        _work(work, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)
    if not said:
        return Ended(killed=True)
    answer, error = pickle.loads(said)  # noqa: S301 # our own process wrote it
    if error:
        raise RuntimeError(f"process {child} ended with {status}\n{error}")
    return Ended(killed=False, answer=answer)


def _work(work: Callable[[], Any], write: int) -> None:
    os.setpgid(0, 0)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX, _MEMORY_MAX))
    answer, error = None, ""
    try:
        answer = work()
    except BaseException:  # noqa: BLE001 # the parent raises it
        error = traceback.format_exc()
    with os.fdopen(write, "wb") as pipe:
        pickle.dump((answer, error), pipe)
        pipe.flush()
        os._exit(0)
