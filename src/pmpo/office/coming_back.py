"""How decisions come back: what is due, what broke, and who answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from pmpo.decide import state as kinds
from pmpo.decide.access import may_answer
from pmpo.decide.state import DueItem, State
from pmpo.diagnostics import DataError, PmpoError, stop
from pmpo.loop.due import LASTING, answered_by, broken
from pmpo.model.entry import Actor, Entry
from pmpo.model.evaluation import Evaluation
from pmpo.office.book import Book, let, unknown

if TYPE_CHECKING:
    from pmpo.loop.assumptions import Tested


class ComingBack(Book):
    """The part of a desk at which decisions come back."""

    def due(self, state: State | None = None) -> tuple[DueItem, ...]:
        """What waits for an answer today; in another state than the newest, what would."""
        found = self.unanswered(state or self.state())
        return tuple(one for one in found if not one.is_quiet(self.today))

    def put_aside(self, state: State | None = None) -> tuple[DueItem, ...]:
        """What is due and quiet until a day, the one that comes back first first."""
        found = self.unanswered(state or self.state())
        quiet = [one for one in found if one.is_quiet(self.today)]
        return tuple(sorted(quiet, key=lambda one: (one.snoozed_until, one.id)))

    def raise_broken(self, tested: Iterable[Tested], evaluation: Evaluation, actor: Actor) -> int:
        """Record assumptions that do not hold, and open the decisions that rest on them again.

        Returns: how many entries were written.
        """
        failed = [one.assumption for one in tested if one.holds is False]

        def entries(state: State) -> list[Entry]:
            made = []
            for assumption in failed:
                item = broken(state, self.charter, assumption, evaluation)
                if item is None:
                    continue
                body = {
                    "cause": item.kind,
                    "reason": item.reason,
                    "owner": item.owner,
                    "since": item.since.isoformat(),
                    "decisions": list(item.decisions),
                    "assumption": assumption.name,
                    "evaluation": evaluation.id,
                }
                made.append(self.entry(item.id, kinds.RAISED, actor, body))
                made += [
                    self.entry(
                        f"{id}:reopened:{item.id}",
                        kinds.REOPENED,
                        actor,
                        {"decision": id, "because": item.reason, "due": item.id},
                    )
                    for id in item.decisions
                    if state.decisions[id].holds
                ]
            return made

        return self.append(entries) if failed else 0

    def stands(self, item: str, actor: Actor, because: str) -> None:
        """Answer what is due: everything that rests on it stands as it was decided."""
        self._answer(item, actor, kinds.STANDS, {"because": because})

    def snooze(self, item: str, actor: Actor, until: date, because: str) -> None:
        """Put what is due aside until a day, with a reason."""
        if until <= self.today:
            raise stop(
                "due/until",
                f"{until} has come already",
                help="name a later day with `--until`",
                error=DataError,
            )
        body = {"because": because, "until": until.isoformat()}
        self._answer(item, actor, kinds.SNOOZED, body)

    def _answer(self, id: str, actor: Actor, kind: str, body: dict[str, Any]) -> None:
        def entries(state: State) -> list[Entry]:
            waiting = {one.id: one for one in self.due(state)}
            if id not in waiting:
                raise unknown("due/unknown", id, "due item that is open", "pmpo due", waiting)
            item, made = waiting[id], []
            let(may_answer(actor.name, item.owners or (item.owner,), self.charter, self.people))
            if kind == kinds.STANDS and item.kind in LASTING:
                raise _ended_otherwise(item)
            if not body["because"].strip():
                raise stop(
                    "due/because",
                    f"nobody said why {id} is answered so",
                    help="add `--because TEXT`",
                    error=DataError,
                )
            if id not in state.due:
                raised = {
                    "cause": item.kind,
                    "reason": item.reason,
                    "owner": item.owner,
                    "since": item.since.isoformat(),
                    "decisions": list(item.decisions),
                }
                made.append(self.entry(id, kinds.RAISED, actor, raised))
            made.append(
                self.entry(f"{id}:{kind.lower()}:{state.size}", kind, actor, {"due": id, **body})
            )
            return made

        self.append(entries)


def _ended_otherwise(item: DueItem) -> PmpoError:
    """The error about an item that stays due whatever is said of it."""
    return stop(
        "due/not-answered-so",
        f"{item.id} is due as long as it is so: {item.reason}",
        note="only an approval, a withdrawal or another decision ends it",
        help="type one of: " + "; ".join(f"`{one}`" for one in answered_by(item)),
        error=DataError,
    )
