"""What any definition may say about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal

NO_ITEMS: Mapping[str, Any] = MappingProxyType({})


def no_items() -> Mapping[Any, Any]:
    """An empty mapping as a default: before 3.12 a dataclass takes no read-only view directly."""
    return NO_ITEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What any definition may say about itself; none of it changes a number."""

    names: Mapping[str, str] = field(default_factory=no_items)
    status: Literal["draft", "reviewed"] | None = None
    updated: date | None = None
    coi: str = ""
    cites: tuple[str, ...] = ()
    because: str = ""


NO_META: Final = Meta()
