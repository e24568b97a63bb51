from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.architecture.modules import cycle, graph, modules, roots

if TYPE_CHECKING:
    from collections.abc import Iterator

# From the top down: a layer may import the layers below it. Rooms of one layer are neighbours and
# do not import each other. docs/adr/0001-layers.md says why.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"demo"},
    {"office"},
    {"draft"},
    {"loop"},
    {"decide"},
    {"assure"},
    {"evaluate"},
    {"charter", "compile", "rules", "store"},
    {"model", "sql"},
    {"diagnostics"},
    {"codes"},
)
DEPTH = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}

# What a module without effects may import from outside PMPO: values, text, numbers, calendars.
PURE_ROOMS = {"model", "diagnostics", "codes"}
PURE_IMPORTS = {
    "__future__", "abc", "bisect", "calendar", "collections", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator",
    "re", "string", "struct", "types", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip
# Arrow tables are values too; what reads and writes them is not.
PURE_LIBRARIES = {
    "dateutil.rrule", "dateutil.rrule.rrulestr", "pyarrow", "pyarrow.compute", "rfc8785",
}  # fmt: skip
EFFECTS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}

CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "localtime"}
CLOCK_OWNERS = {"datetime", "date", "time", "dt"}
MAY_READ_THE_CLOCK = {"cli", "office"}
NEVER = {"numpy", "pandas"}
RANDOM = {"random", "secrets"}
# Ids of entries and salts must not be guessable; no result of an evaluation rests on them.
MAY_BE_RANDOM = {"pmpo.store.ledger.unguessable"}

ALL = modules()
EDGES = graph(ALL)
INSIDE = [module for module in ALL if module.name != "pmpo"]


def test_every_module_lies_in_a_layer() -> None:
    """A new room is placed in the layers before anything can be put into it."""
    assert [module.name for module in INSIDE if module.room not in DEPTH] == []


def test_imports_go_down_only() -> None:
    """A module imports from its own room and from layers below, never from above or beside.

    The public face `pmpo` is left out: it names modules of several layers and loads them when
    asked.
    """
    wrong = [
        f"{module.name} imports {target}"
        for module in INSIDE
        for target in sorted(EDGES[module.name] - {"pmpo"})
        if {module.room, target.split(".")[1]} <= set(DEPTH)
        if not goes_down(module.room, target.split(".")[1])
    ]
    assert wrong == []


def goes_down(room: str, other: str) -> bool:
    """Whether `room` may import from `other`."""
    return room == other or DEPTH[other] > DEPTH[room]


def test_neighbours_and_upper_rooms_are_refused() -> None:
    """The rule itself tells down from beside and from up."""
    assert goes_down("compile", "model")
    assert goes_down("compile", "compile")
    assert not goes_down("compile", "charter")
    assert not goes_down("model", "compile")


def test_nothing_imports_the_public_face() -> None:
    """Modules name each other where they are, so that the lazy face never becomes a cycle."""
    assert [module.name for module in INSIDE if "pmpo" in EDGES[module.name]] == []


def test_there_are_no_import_cycles() -> None:
    """Every module can be understood from what it imports, all the way down."""
    assert " -> ".join(cycle(EDGES)) == ""


def test_a_cycle_is_found() -> None:
    """The search for cycles finds one that is there, and names it from start to start."""
    edges = {"a": {"b"}, "b": {"c", "d"}, "c": set[str](), "d": {"b"}}
    assert cycle({name: frozenset(to) for name, to in edges.items()}) == ["b", "d", "b"]


def test_values_are_pure() -> None:
    """What describes the domain reads no file and no clock, and calls nobody who does."""
    wrong = [
        f"{module.name} uses {name}"
        for module in INSIDE
        if module.room in PURE_ROOMS
        for name in sorted(
            {name for name in module.imports_when_run if not is_pure(name)}
            | EFFECTS & set(called(module.tree))
        )
    ]
    assert wrong == []


def is_pure(name: str) -> bool:
    """Whether importing `name` brings no effects: values, text, numbers, calendars."""
    return name.split(".", maxsplit=1)[0] in PURE_IMPORTS | {"pmpo"} or name in PURE_LIBRARIES


def test_the_clock_is_read_at_the_top_only() -> None:
    """A result that depends on the clock cannot be repeated: only faces and office read it."""
    wrong = [
        f"{module.name} {reading}"
        for module in INSIDE
        if module.room not in MAY_READ_THE_CLOCK
        for reading in clock_readings(module.tree)
    ]
    assert wrong == []


def test_a_clock_reading_is_found() -> None:
    """The search for clocks sees through aliases of modules and leaves other calls alone."""
    source = "import datetime as dt\ndt.datetime.now(dt.UTC)\nx.time()\ntime.time()"
    assert list(clock_readings(ast.parse(source))) == [
        "line 2: dt.datetime.now",
        "line 4: time.time",
    ]


def test_nothing_is_left_to_chance() -> None:
    """Randomness that is not seeded by the inputs would make two runs differ."""
    assert {module.name for module in ALL if roots(module.imports) & RANDOM} == MAY_BE_RANDOM


def test_no_data_frames() -> None:
    """Data goes from the engine to Arrow; pandas and NumPy would round, convert and weigh."""
    assert [module.name for module in ALL if roots(module.imports) & NEVER] == []


def test_sqlglot_stays_behind_one_module() -> None:
    """The SQL library changes quickly, so exactly one module knows it."""
    assert [m.name for m in ALL if "sqlglot" in roots(m.imports)] == ["pmpo.sql"]


def called(tree: ast.Module) -> Iterator[str]:
    """The names of plain functions that a file calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def clock_readings(tree: ast.Module) -> Iterator[str]:
    """Calls such as `datetime.now(…)`, `dt.date.today()` and `time.time()`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = ast.unparse(node.func.value).split(".")[-1]
        if node.func.attr in CLOCKS and owner in CLOCK_OWNERS:
            yield f"line {node.lineno}: {ast.unparse(node.func)}"
