"""The command line: parse, call the facade, render. No rules of the domain."""

from __future__ import annotations

import os
import sys
from typing import Final

FINDINGS: Final = 1
BAD_INPUT: Final = 2
BUG: Final = 101
_INTERRUPTED: Final = 130


def main() -> None:
    """Run the command line and leave with its exit code.

    0 ok, 1 findings, 2 usage or input error, 101 a bug in pmpo, 130 interrupted.
    """
    from pmpo.cli.app import app

    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        print("stopped; nothing was stored", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output left, as `head` does: not an error of anyone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        sys.exit(_failed(error))


def _failed(error: Exception) -> int:
    """Report what stopped the command and name its exit code."""
    from pmpo.diagnostics import CharterError, PmpoError

    if isinstance(error, PmpoError):
        from pmpo.cli.output import print_findings

        print_findings(error.findings, sys.stderr)
        return FINDINGS if isinstance(error, CharterError) else BAD_INPUT
    if os.environ.get("PMPO_TRACEBACK"):
        raise error
    print(
        f"bug: {type(error).__name__}: {error}\n"
        "  = note: this is a fault in pmpo, not in your charter or data; nothing was stored\n"
        "  = help: run again with PMPO_TRACEBACK=1 and report what it prints",
        file=sys.stderr,
    )
    return BUG
