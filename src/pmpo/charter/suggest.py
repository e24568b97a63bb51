"""Did-you-mean: the known name nearest to what was written."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KNOWN_MAX = 1000


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """The name in `known` that is most like `written`, or an empty text when none is near.

    Example:
        >>> did_you_mean("ownr", ["formula", "owner"])
        'owner'
    """
    names = {name.lower().replace("-", "_"): name for name in islice(known, KNOWN_MAX)}
    # Comparing is quadratic in the length, and nobody means a name with a novel.
    near = get_close_matches(written[:80].lower().replace("-", "_"), names, n=1, cutoff=0.6)
    return names[near[0]] if near else ""


def listing(names: Iterable[str], limit: int = 8) -> str:
    """Names in backticks for a help line, cut off after `limit`.

    Example:
        >>> listing(["a", "b"])
        '`a`, `b`'
    """
    known = list(names)
    more = len(known) - limit
    return ", ".join(f"`{name}`" for name in known[:limit]) + (
        f" and {more} more" if more > 0 else ""
    )
