"""The command line: parse, call the facade, render. No rules of the domain."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from pmpo.cli.exits import BAD_INPUT, BUG, FINDINGS, INTERRUPTED


def main() -> None:
    """Run the command line and leave with its exit code.

    0 ok, 1 findings, 2 usage or input error, 101 a bug in pmpo, 130 interrupted.
    """
    from pmpo.cli import change_app, decide_app, loop_app, proof_app  # noqa: F401 - they add commands
    from pmpo.cli.app import app

    try:
        app(standalone_mode=True)
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            _say("stopped\n")
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: nobody should read a traceback
        sys.exit(_failed(error))


def program() -> NoReturn:
    """Run the command line and leave at once: the program `pmpo`.

    The engines' libraries keep threads of their own. Where Python takes its modules down while one
    of them still runs, the process can end with SIGABRT although all of its work was done. So what
    was printed is written out, and nothing is taken down.
    """
    code: object = 0
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a reader that has left misses nothing
            if stream is not None:
                stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _failed(error: Exception) -> int:
    """Report what stopped the command and name its exit code."""
    from pmpo.diagnostics import CharterError, PmpoError

    if isinstance(error, PmpoError):
        from pmpo.cli.output import report_findings

        report_findings(error.findings)
        return FINDINGS if isinstance(error, CharterError) else BAD_INPUT
    if os.environ.get("PMPO_TRACEBACK"):
        raise error
    _say(
        f"bug: {type(error).__name__}: {error}\n"
        "  = note: this is a fault in pmpo, not in your charter or data\n"
        "  = help: run again with PMPO_TRACEBACK=1 and report what it prints\n"
    )
    return BUG


def _say(text: str) -> None:
    """A last word on stderr, where there is one."""
    if sys.stderr is not None:
        sys.stderr.write(text)
