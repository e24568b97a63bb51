"""Definitions that refer to each other, in the order in which they can be compiled."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence


def dependencies_first(
    start: str,
    references: Callable[[str], Iterable[str]],
    done: Container[str],
    circle: Callable[[Sequence[str]], None],
) -> Iterator[str]:
    """Yield `start` and what it needs, each after what it refers to, without recursion.

    Args:
        references: the names that a definition mentions.
        done: names that need no visit; it grows while the caller compiles what is yielded.
        circle: told the names of each circle, from the first around to itself.
    Example:
        >>> needs = {"a": ["b", "c"], "b": ["c"], "c": []}
        >>> list(dependencies_first("a", needs.__getitem__, (), print))
        ['c', 'b', 'a']
    """
    going = {start: iter(references(start))}
    passed: set[str] = set()
    while going:
        name, rest = next(reversed(going.items()))
        following = next((r for r in rest if r not in done and r not in passed), None)
        if following is None:
            going.pop(name)
            passed.add(name)
            yield name
        elif following in going:
            names = list(going)
            circle([*names[names.index(following) :], following])
        else:
            going[following] = iter(references(following))
