"""Findings about sources: one with its place in the charter, or those of many files together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pmpo.diagnostics import DataError, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

Item = TypeVar("Item", bound="Hashable")
Result = TypeVar("Result")


def data_error(
    code: str, message: str, *, path: str = "", note: str = "", help: str = ""
) -> DataError:
    """Build the error for one finding; `path` is the charter path it belongs to."""
    return DataError([Diagnostic(code, "error", message, path=path, note=note, help=help)])


def for_each(items: Iterable[Item], act: Callable[[Item], Result]) -> dict[Item, Result]:
    """Do something with every item, and report what is wrong with any of them at once.

    Raises:
        DataError: the findings of every item that could not be used.
    """
    done: dict[Item, Result] = {}
    findings: list[Diagnostic] = []
    for item in items:
        try:
            done[item] = act(item)
        except DataError as error:
            findings += error.findings
    if findings:
        raise DataError(findings)
    return done
