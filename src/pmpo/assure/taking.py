"""What can be said of `take` without data: a name in both lists, or too many."""

from __future__ import annotations

from collections.abc import Iterator

from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter, Take

_PATH = "ranking.take"


def check_taking(charter: Charter) -> Iterator[Diagnostic]:
    """Findings about who is to be taken in any case, or never."""
    take = charter.ranking.take if charter.ranking is not None else None
    if take is None:
        return
    yield from _in_both(charter, take)
    yield from _too_many(charter, take)


def _in_both(charter: Charter, take: Take) -> Iterator[Diagnostic]:
    """A unit that is to be taken in any case, and never."""
    for index, name in enumerate(take.must_not):
        if name in take.must:
            path = f"{_PATH}.must_not.{index}"
            yield Diagnostic(
                "take/both-lists",
                "error",
                f"`{name}` stands in `must` and in `must_not`",
                charter.places.value(path),
                path,
                note="a unit cannot be taken in any case and never",
                help="take it out of one of them",
            )


def _too_many(charter: Charter, take: Take) -> Iterator[Diagnostic]:
    """More units that are taken in any case than there are seats."""
    wanted = len(set(take.must))
    if take.capacity is not None and wanted > take.capacity:
        yield Diagnostic(
            "take/too-many",
            "warning",
            f"`must` names {wanted} units, and `capacity` is {take.capacity}",
            charter.places.value(f"{_PATH}.must"),
            f"{_PATH}.must",
            note="they are taken in any case, so that the capacity never holds and no rank counts",
            help=f"make `capacity` at least {wanted}, or name fewer units",
        )
