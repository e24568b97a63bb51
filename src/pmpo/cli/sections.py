"""The list of commands by what they are for, in the order in which a charter lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter

SECTIONS: Final = {
    "Begin": ("demo", "init", "schema"),
    "Write a charter": ("check", "test", "compile", "diff", "plan", "backtest"),
    "Measure and rank": ("run", "board", "why", "evaluations", "replay"),
    "Decide": (
        "ratify", "decide", "approve", "withdraw", "reopen", "progress", "decisions", "waive",
        "waivers",
    ),
    "Come back": ("due", "stands", "snooze", "review"),
    "Prove": ("verify", "export", "key", "rotate", "clock"),
    "Keep": ("pin", "unpin", "gc", "doctor"),
}  # fmt: skip
_SENTENCE_MAX: Final = 200


class Commands(TyperGroup):
    """The commands, listed in sections; each with its whole first sentence."""

    def format_commands(
        self,
        ctx: Context,  # noqa: ARG002 - the help of one command would look at it
        formatter: HelpFormatter,
    ) -> None:
        """Write the list."""
        for section, names in SECTIONS.items():
            told = [(one, self.commands[one].get_short_help_str(_SENTENCE_MAX)) for one in names]
            with formatter.section(section):
                formatter.write_dl(told)
