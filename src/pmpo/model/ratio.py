"""Scores that are ratios: a product of sums over a product of sums, and the templates people know.

A ratio is written as people write it, `(value + time + risk) / size`. A template is one with names
of its own, its roles, for which a charter puts in signals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

Sum = tuple[str, ...]
FACTORS_MAX: Final = 12
_TEXT_MAX: Final = 1_000
_DEPTH_MAX: Final = 8
_TOKEN: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[()+*/×])")
_TIMES: Final = ("*", "×")


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is multiplied, over what divides it.

    Args:
        above: the factors of the product; each is a sum of signals, most often of one.
        below: the same for what divides; none leaves the product as it is.
    """

    above: tuple[Sum, ...]
    below: tuple[Sum, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every signal or role, in the order of the formula."""
        return tuple(self._names())

    def _names(self) -> Iterator[str]:
        for part in (self.above, self.below):
            for names in part:
                yield from names

    @property
    def dividing(self) -> frozenset[str]:
        """The names that divide."""
        return frozenset(name for names in self.below for name in names)

    def with_names(self, names: Mapping[str, str]) -> Ratio:
        """The same with other names, where `names` has one."""

        def renamed(part: tuple[Sum, ...]) -> tuple[Sum, ...]:
            return tuple(tuple(names.get(name, name) for name in one) for one in part)

        return Ratio(renamed(self.above), renamed(self.below))

    def written(self, told: Callable[[str], str] = str) -> str:
        """The formula, with each name as `told` says it.

        Example:
            >>> Ratio((("a", "b"), ("c",)), (("d",),)).written()
            '(a + b) × c / d'
        """

        def product(part: tuple[Sum, ...], *, alone: bool) -> str:
            sums = [" + ".join(map(told, names)) for names in part]
            spaced = (len(names) > 1 and not (alone and len(part) == 1) for names in part)
            return " × ".join(
                f"({one})" if in_brackets else one
                for one, in_brackets in zip(sums, spaced, strict=True)
            )

        above = product(self.above, alone=not self.below)
        if not self.below:
            return above
        below = product(self.below, alone=False)
        return f"{above} / {f'({below})' if len(self.below) > 1 else below}"


class RatioError(ValueError):
    """A formula that is no ratio: the fact, and in `help` what to write instead."""

    def __init__(self, fact: str, help: str) -> None:
        super().__init__(fact)
        self.help = help


def parse_ratio(text: str) -> Ratio:
    """Read a ratio.

    `+` stands inside brackets, unless the whole is one sum; between factors stands `*` (or `×`);
    one `/` may follow, and behind it one factor, or several in brackets.

    Raises: RatioError.
    Example:
        >>> parse_ratio("(value + time) * share / size")
        Ratio(above=(('value', 'time'), ('share',)), below=(('size',),))
    """
    reader = _Reader(_tokens(text))
    above = reader.whole()
    below = reader.factor() if reader.took("/") else ()
    reader.ends()
    ratio = Ratio(above, below)
    for name in ratio.names:
        if ratio.names.count(name) > 1:
            raise RatioError(f"`{name}` stands there twice", "use each signal once")
    if len(ratio.names) > FACTORS_MAX:
        raise RatioError(
            f"it has {len(ratio.names)} factors",
            f"use at most {FACTORS_MAX}; add some up in a signal of their own",
        )
    return ratio


def _tokens(text: str) -> list[str]:
    if len(text) > _TEXT_MAX:
        raise RatioError(f"it has {len(text):,} characters", f"write at most {_TEXT_MAX:,}")
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            strange = text[at:].lstrip()[0]
            raise RatioError(
                f"`{strange}` has no meaning in it",
                "write names of signals, `+`, `*`, `/` and brackets; numbers and other arithmetic "
                "belong into the formula of a signal",
            )
        found.append(token[1])
        at = token.end()
    return found


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def took(self, *tokens: str) -> bool:
        """Whether one of `tokens` comes next; it is then read."""
        if self._next() not in tokens:
            return False
        self._at += 1
        return True

    def whole(self) -> tuple[Sum, ...]:
        """A product, or a sum with nothing beside it."""
        found = self.product()
        if self._next() != "+":
            return found
        found = (self._sum(found),)
        if self._next() in (*_TIMES, "/"):
            raise RatioError("a sum is not in brackets", "write `(a + b) / c`")
        return found

    def product(self) -> tuple[Sum, ...]:
        """Factors with `*` between them."""
        found = self.factor()
        while self.took(*_TIMES):
            found += self.factor()
        return found

    def factor(self) -> tuple[Sum, ...]:
        """A name, or a sum or product in brackets."""
        if not self.took("("):
            return ((self._name(),),)
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise RatioError("its brackets are nested too deep", "take out brackets")
        found = self.product()
        if self._next() == "+":
            found = (self._sum(found),)
        if not self.took(")"):
            raise self._unexpected("a bracket is not closed")
        self._depth -= 1
        return found

    def _sum(self, first: tuple[Sum, ...]) -> Sum:
        if len(first) > 1:
            raise RatioError(
                "a product stands in a sum",
                "add up signals only; make the product a signal of its own",
            )
        names = first[0]
        while self.took("+"):
            names = (*names, self._name())
        return names

    def _name(self) -> str:
        word = self._next()
        if not word or word in "()+*/×":
            raise self._unexpected("a name of a signal is missing")
        self._at += 1
        return word

    def ends(self) -> None:
        """Refuse whatever is left over."""
        if self._next():
            raise self._unexpected("it goes on where it should end")

    def _unexpected(self, fact: str) -> RatioError:
        seen = " ".join(self._tokens[max(self._at - 3, 0) : self._at])
        where = f" after `{seen}`" if seen else ""
        return RatioError(f"{fact}{where}", "write for example `(a + b) * c / d`, `a / (b * c)`")


def shortest(value: Decimal, *, grouped: bool = False) -> str:
    """A decimal without zeros that say nothing, its thousands `grouped` by commas.

    Example:
        >>> shortest(Decimal("100.500000"))
        '100.5'
    """
    text = f"{value:,f}" if grouped else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# Roles in the order in which people say them. Sources: wsjf, Scaled Agile Framework, after
# Reinertsen, The Principles of Product Development Flow (2009); rice, McBride, Intercom (2016);
# ice, Ellis, in Ellis and Brown, Hacking Growth (2017); cd3, Arnold and Yüce, Black Swan Farming
# using Cost of Delay (Agile 2013).
TEMPLATES: Final[Mapping[str, Ratio]] = MappingProxyType(
    {
        name: parse_ratio(text)
        for name, text in {
            "wsjf": "(value + time + risk) / size",
            "rice": "reach * impact * confidence / effort",
            "ice": "impact * confidence * ease",
            "cd3": "cost_of_delay / duration",
        }.items()
    }
)
