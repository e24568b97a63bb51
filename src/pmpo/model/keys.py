r"""Unit keys as one text: parts joined by `/`, with `\` before a `/` or `\` inside a part."""

from __future__ import annotations

import re
from collections.abc import Sequence


def encode(parts: Sequence[str]) -> str:
    r"""One text for a key of one or more parts; a single part stays as it is.

    Example:
        >>> encode(["GROCERY", "ICE - CRUSHED/CUBED"])
        'GROCERY/ICE - CRUSHED\\/CUBED'
    """
    if len(parts) == 1:
        return parts[0]
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in parts)


def decode(text: str) -> list[str]:
    r"""The parts of a key of several parts, as `encode` wrote it.

    Example:
        >>> decode("GROCERY/ICE - CRUSHED\\/CUBED")
        ['GROCERY', 'ICE - CRUSHED/CUBED']
    """
    return [
        re.sub(r"\\([\\/])", r"\1", part) for part in re.findall(r"(?:^|/)((?:\\.|[^/\\])*)", text)
    ]


def readable(unit: str) -> str:
    r"""A key as people read it: without the signs that keep a `/` within a part from those between.

    What is no key of several parts stays as it is.

    Example:
        >>> readable("GROCERY/ICE - CRUSHED\\/CUBED")
        'GROCERY/ICE - CRUSHED/CUBED'
    """
    parts = decode(unit)
    return "/".join(parts) if len(parts) > 1 and encode(parts) == unit else unit
