"""The command line: parse, call the facade, render. No rules of the domain."""

from __future__ import annotations

import os
import sys

from pmpo.cli.exits import BAD_INPUT, BUG, FINDINGS, INTERRUPTED


def main() -> None:
    """Run the command line and leave with its exit code.

    0 ok, 1 findings, 2 usage or input error, 101 a bug in pmpo, 130 interrupted.
    """
    from pmpo.cli import change_app, decide_app, proof_app  # noqa: F401 - they add commands
    from pmpo.cli.app import app

    try:
        app(standalone_mode=True)
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            _say("stopped\n")
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: nobody should read a traceback
        sys.exit(_failed(error))


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
