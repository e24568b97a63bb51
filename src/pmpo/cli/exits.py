"""Exit codes of every command; docs/exits.md says for each what they mean."""

from __future__ import annotations

from typing import Final

FINDINGS: Final = 1
BAD_INPUT: Final = 2
BUG: Final = 101
INTERRUPTED: Final = 130
