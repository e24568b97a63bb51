"""Which ranked units are taken: capacity, less what people have committed to, filled in order.

`take` of the charter cuts what the ranks have ordered. What is taken follows from the charter, the
evaluation and what people have decided so far, and is worked out whenever it is read: deciding
about one unit changes no evaluation. docs/adr/0023-take.md says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from pmpo.diagnostics import DataError
from pmpo.evaluate.conditions import Condition, read_conditions, truths, values_of
from pmpo.evaluate.find import Finder, rows_at, units_of
from pmpo.model.charter import Charter, Take
from pmpo.model.evaluation import RANKED, Evaluation
from pmpo.model.meta import no_items
from pmpo.model.table import KEY

if TYPE_CHECKING:
    import pyarrow as pa

Holding = Literal["committed", "executing", "proposed"]
"""How people hold a seat: decided, being done, or waiting for an approval."""

TAKEN: Final = "taken"
MUST: Final = "must"
BEYOND: Final = "beyond capacity"
MUST_NOT: Final = "must not"
DECIDED: Final = "decided"
HELD: Final[tuple[Holding, ...]] = ("executing", "committed", "proposed")
FAILS: Final = "requires"
UNKNOWN: Final = "requires unknown"

_ORDER: Final = (TAKEN, MUST, *HELD, DECIDED, BEYOND, MUST_NOT)
_PIECE: Final = 10_000
_REQUIRES: Final = "ranking.take.requires"


@dataclass(frozen=True, slots=True)
class Decided:
    """What people have decided so far about the units of a program.

    Args:
        occupied: units that hold a seat, and how; also such as are in no data.
        settled: units about which a decision stands or waits, those that hold a seat included.
    """

    occupied: Mapping[str, Holding] = field(default_factory=no_items)
    settled: frozenset[str] = frozenset()

    def without(self, units: Collection[str]) -> Decided:
        """The same, had nobody decided about some units."""
        occupied = {unit: how for unit, how in self.occupied.items() if unit not in units}
        return Decided(occupied, self.settled.difference(units))

    def seatless(self, units: Collection[str]) -> Decided:
        """The same, had people decided about some units something that uses no seat."""
        return Decided(self.without(units).occupied, self.settled.union(units))


NOTHING_DECIDED: Final = Decided()


@dataclass(frozen=True, slots=True)
class Seat:
    """How the selection sees one ranked unit.

    Args:
        name: `taken`, `must`, `committed`, `executing`, `proposed`, `decided`, `beyond capacity`,
            `must not`, `requires` or `requires unknown`.
        condition: the place of the first condition of `requires` that does not hold; else None.
    """

    name: str
    condition: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the unit is recommended to be taken now."""
        return self.name in (TAKEN, MUST)

    @property
    def stage(self) -> str | None:
        """How people hold a seat for the unit; None where they do not."""
        return self.name if self.name in HELD else None

    def __str__(self) -> str:
        if self.condition is None:
            return self.name
        return f"{FAILS} {self.condition + 1}{' unknown' if self.name == UNKNOWN else ''}"


@dataclass(frozen=True)
class Ranking:
    """The ranked units of an evaluation in their order, without a Python value for each."""

    charter: Charter
    evaluation: Evaluation

    @cached_property
    def rows(self) -> pa.Array:
        """The row in the results of every rank, best first; shape (n_ranked,)."""
        import pyarrow.compute as pc

        rank = self.evaluation.results["rank"].combine_chunks()
        return pc.sort_indices(rank)[: len(rank) - rank.null_count]  # nulls come last

    def __len__(self) -> int:
        return len(self.rows)

    def ranks(self, units: Collection[str]) -> dict[str, int | None]:
        """The ranks of those units that the evaluation knows; None for one without a rank."""
        rank = self.evaluation.results["rank"]
        placed = rows_at(self.charter, self.evaluation.results, units)
        return {unit: rank[row].as_py() for unit, row in placed.items()}

    def units(self, ranks: Sequence[int]) -> list[str]:
        """The keys of the units that have some ranks, in their order."""
        import pyarrow as pa

        rows = self.rows.take(pa.array([rank - 1 for rank in ranks], pa.int64()))
        keys = self.evaluation.results.select([KEY + name for name in self.charter.unit.key])
        return units_of(self.charter, keys.take(rows))


@dataclass(frozen=True)
class Candidates:
    """What of a selection does not depend on people: conditions, and the units that are named.

    Args:
        charter: one with `take`.
    """

    charter: Charter
    evaluation: Evaluation

    @cached_property
    def take(self) -> Take:
        ranking = self.charter.ranking
        assert ranking is not None
        assert ranking.take is not None
        return ranking.take

    @cached_property
    def ranking(self) -> Ranking:
        return Ranking(self.charter, self.evaluation)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of `requires`."""
        return read_conditions(self.charter, self.evaluation, _REQUIRES, self.take.requires)

    @cached_property
    def kept_out(self) -> pa.Array:
        """By rank: 0 where every condition holds, else which is the first that does not.

        Condition i is 2i + 1 where it does not hold, and 2i + 2 where that is unknown.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pa.repeat(pa.scalar(0, pa.int16()), len(self.ranking))
        told = truths(self.conditions, self.evaluation)
        for index, holds in reversed(list(enumerate(told))):
            known = holds.take(self.ranking.rows).combine_chunks()
            fails = pc.if_else(known, found, pa.scalar(2 * index + 1, pa.int16()))
            found = pc.if_else(pc.is_null(known), pa.scalar(2 * index + 2, pa.int16()), fails)
        return found

    @cached_property
    def named(self) -> Named:
        """The units that `must` and `must_not` name."""
        return _named(self.charter, self.evaluation, self.take)

    def seen(self, decided: Decided) -> Selection:
        """Who is taken, with what people have decided so far."""
        return _Filling(self, decided).selection()


@dataclass(frozen=True, slots=True)
class Named:
    """The units that `must` and `must_not` name, by key, with their ranks, and what is odd."""

    must: Mapping[str, int]
    must_not: Mapping[str, int]
    notes: tuple[str, ...]
    unranked: Mapping[str, str]


@dataclass(frozen=True)
class Selection:
    """Who is taken.

    Args:
        decided: what people had decided.
        capacity: how many seats there are; None where there are as many as are wanted.
        occupied: how many people hold, by how they do, the units outside the ranking included.
        seats: by rank the place of the unit's seat in `kinds`; shape (n_ranked,).
        kinds: every seat there can be.
        counts: how many ranked units have each seat.
        notes: what is odd about the units that `must` and `must_not` name, and about `requires`.
    """

    candidates: Candidates
    decided: Decided
    capacity: int | None
    occupied: Mapping[str, int]
    seats: pa.Array
    kinds: tuple[Seat, ...]
    counts: Mapping[Seat, int]
    notes: tuple[str, ...]

    @property
    def taken(self) -> int:
        """How many units are taken now."""
        return sum(count for seat, count in self.counts.items() if seat.is_taken)

    @property
    def held(self) -> int:
        """How many seats people hold."""
        return sum(self.occupied.values())

    @property
    def free(self) -> int | None:
        """How many seats are left over; None without a capacity."""
        return None if self.capacity is None else max(self.capacity - self.held - self.taken, 0)

    @property
    def over(self) -> int:
        """How many seats are used beyond the capacity."""
        return 0 if self.capacity is None else max(self.held + self.taken - self.capacity, 0)

    def seat(self, rank: int) -> Seat:
        """How the unit of a rank is seen."""
        place: int = self.seats[rank - 1].as_py()
        return self.kinds[place]

    def each(self) -> Iterator[Seat]:
        """The seats by rank, best first, made piece by piece."""
        for start in range(0, len(self.seats), _PIECE):
            yield from (self.kinds[one] for one in self.seats[start : start + _PIECE].to_pylist())

    def ranks(self, *names: str) -> pa.Array:
        """The ranks whose units have one of some seats, best first."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = [i for i, seat in enumerate(self.kinds) if seat.name in names]
        among = pc.is_in(self.seats, pa.array(wanted, self.seats.type))
        return pc.add(pc.indices_nonzero(among).cast(pa.int64()), 1)

    def units(self) -> list[str]:
        """The units that are taken now, best first."""
        return self.candidates.ranking.units(self.ranks(TAKEN, MUST).to_pylist())

    @cached_property
    def last(self) -> int | None:
        """The rank of the last unit that fills a seat by its rank; None where none does."""
        ranks = self.ranks(TAKEN)
        return int(ranks[-1].as_py()) if len(ranks) else None

    def failing(self, rank: int) -> tuple[Condition, dict[str, Any]] | None:
        """The first condition that keeps the unit of a rank out, and what it looks at there."""
        index = self.seat(rank).condition
        if index is None:
            return None
        condition, row = self.candidates.conditions[index], self.candidates.ranking.rows[rank - 1]
        return condition, values_of(condition, self.candidates.evaluation, row.as_py())

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        return {
            "capacity": self.capacity,
            "held": self.held,
            **{how: self.occupied.get(how, 0) for how in HELD},
            "taken": self.taken,
            "free": self.free,
            "over": self.over,
            "seats": {str(seat): count for seat, count in self.counts.items()},
            "notes": list(self.notes),
        }


def selected(
    charter: Charter, evaluation: Evaluation, decided: Decided = NOTHING_DECIDED
) -> Selection | None:
    """Who is taken of the ranked units; None where the charter does not say how many are.

    Everybody whom people hold a seat for uses one, wherever it ranks. The units of `must` come
    next, beyond the capacity too; the seats that are left go by rank to those that are neither in
    `must_not` nor kept out by a condition of `requires`, and about which nothing is decided yet.
    """
    candidates = candidates_of(charter, evaluation)
    return candidates.seen(decided) if candidates is not None else None


def candidates_of(charter: Charter, evaluation: Evaluation) -> Candidates | None:
    """What does not depend on people, for selections under several states of what they decided."""
    take = charter.ranking.take if charter.ranking is not None else None
    return Candidates(charter, evaluation) if take is not None else None


class _Filling:
    """The seats of one selection while they are given out."""

    def __init__(self, candidates: Candidates, decided: Decided) -> None:
        self.candidates, self.decided = candidates, decided
        self.kinds = (
            *map(Seat, _ORDER),
            *(
                Seat(name, index)
                for index in range(len(candidates.conditions))
                for name in (FAILS, UNKNOWN)
            ),
        )
        capacity, held = candidates.take.capacity, len(decided.occupied)
        self.seats_left = None if capacity is None else max(capacity - held, 0)

    def selection(self) -> Selection:
        import pyarrow.compute as pc

        places = self._places()
        told = pc.value_counts(places).to_pylist()
        counts = {self.kinds[one["values"]]: one["counts"] for one in told}
        held = list(self.decided.occupied.values())
        return Selection(
            candidates=self.candidates,
            decided=self.decided,
            capacity=self.candidates.take.capacity,
            occupied={how: held.count(how) for how in HELD if how in held},
            seats=places,
            kinds=self.kinds,
            counts={seat: counts[seat] for seat in self.kinds if seat in counts},
            notes=tuple(self._notes()),
        )

    def _places(self) -> pa.Array:
        """By rank the place of the seat among the kinds."""
        import pyarrow as pa
        import pyarrow.compute as pc

        out = self.candidates.kept_out
        places = pc.if_else(
            pc.equal(out, 0), self._at(BEYOND), pc.add(out, pa.scalar(len(_ORDER) - 1, out.type))
        )
        for name, ranks in self._settled():
            places = pc.if_else(_marked(len(places), ranks), self._at(name), places)
        eligible = pc.equal(places, self._at(BEYOND))
        if self.seats_left is not None:
            left = max(self.seats_left - len(self._musts()), 0)
            turn = pc.cumulative_sum(eligible.cast(pa.int64()))
            eligible = pc.and_(eligible, pc.less_equal(turn, left))
        return pc.if_else(eligible, self._at(TAKEN), places)

    def _at(self, name: str) -> pa.Scalar:
        import pyarrow as pa

        return pa.scalar(_ORDER.index(name), pa.int16())

    def _musts(self) -> list[int]:
        """The ranks of the units that are taken in any case."""
        named, settled = self.candidates.named, self.decided.settled
        return [
            rank
            for unit, rank in named.must.items()
            if unit not in named.must_not and unit not in settled
        ]

    def _settled(self) -> Iterator[tuple[str, list[int]]]:
        """The seats that no rank gives, with the ranks of their units: later ones count."""
        yield MUST_NOT, list(self.candidates.named.must_not.values())
        yield MUST, self._musts()
        occupied = self.decided.occupied
        known = self.candidates.ranking.ranks({*occupied, *self.decided.settled})
        ranks = {unit: rank for unit, rank in known.items() if rank is not None}
        yield DECIDED, [rank for unit, rank in ranks.items() if unit not in occupied]
        for how in HELD:
            yield how, [rank for unit, rank in ranks.items() if occupied.get(unit) == how]

    def _notes(self) -> Iterator[str]:
        yield from self.candidates.named.notes
        for unit, status in self.candidates.named.unranked.items():
            if unit not in self.decided.settled and unit not in self.decided.occupied:
                yield (
                    f"`must` names {unit}, which has no rank ({status.replace('_', ' ')}): there "
                    "is nothing to accept; decide about it with `--basis judgement`"
                )
        for index, condition in enumerate(self.candidates.conditions, 1):
            if condition.sql is None:
                yield (
                    f"condition {index} of `requires` cannot be read, so that nobody meets it: "
                    f"{condition.fault}"
                )


def _marked(length: int, ranks: Collection[int]) -> pa.Array:
    """By rank whether it is one of some."""
    import pyarrow as pa

    bits = bytearray((length + 7) // 8)
    for rank in ranks:
        bits[(rank - 1) >> 3] |= 1 << ((rank - 1) & 7)
    return pa.Array.from_buffers(pa.bool_(), length, [None, pa.py_buffer(bytes(bits))])


def _named(charter: Charter, evaluation: Evaluation, take: Take) -> Named:
    """Find the units that the lists name, and say of each name why it finds none."""
    finder, keys = Finder(charter, evaluation), [KEY + name for name in charter.unit.key]
    notes: list[str] = []
    unranked: dict[str, str] = {}
    found: dict[str, dict[str, int]] = {"must": {}, "must_not": {}}
    both: set[str] = set()
    for kind, names in (("must", take.must), ("must_not", take.must_not)):
        for name in names:
            try:
                row = finder.row(name)
            except DataError as error:
                fault = error.findings[0]
                help = f"; {fault.help}" if fault.help else ""
                notes.append(f"`{kind}` names nobody: {fault.message}{help}")
                continue
            result = evaluation.results.slice(row, 1).select([*keys, "rank", "status"])
            unit = units_of(charter, result)[0]
            told = result.to_pylist()[0]
            if told["status"] == RANKED:
                found[kind][unit] = told["rank"]
            elif kind == "must":
                unranked[unit] = told["status"]
            both |= {unit} if kind == "must_not" and unit in found["must"] else set()
    notes += [f"{unit} is in `must` and in `must_not`: it is not taken" for unit in sorted(both)]
    return Named(found["must"], found["must_not"], tuple(notes), unranked)
