"""`init`: from a file to an office with a charter that runs, all of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pmpo.charter.json_schema import schema_text
from pmpo.charter.language import CHARTER
from pmpo.charter.office_file import load_office, loads_office
from pmpo.charter.office_language import OFFICE
from pmpo.diagnostics import DataError, PmpoError, StoreError, stop
from pmpo.draft import words as w
from pmpo.draft.guess import guessed
from pmpo.draft.parts import Noted
from pmpo.draft.profile import FILE, Profile, profiled
from pmpo.draft.repair import REPAIRABLE, repaired, separator_differs
from pmpo.draft.repair_json import json_lines
from pmpo.draft.roles import GUESS, Wanted
from pmpo.draft.trial import Tried, tried
from pmpo.draft.write import charter_text, office_text, role_id
from pmpo.model.charter import Source
from pmpo.model.evaluation import RANKED
from pmpo.model.keys import encode
from pmpo.model.table import KEY
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import Relation, resolve
from pmpo.store.readers.paths import KINDS, suffix

if TYPE_CHECKING:
    from pmpo.draft.parts import Draft
    from pmpo.model.office import OfficeFile

OWNER: Final = "program-owner"
_OFFICE: Final = Path("office.yaml")
_LONG_AGO: Final = date(1800, 1, 1)
_MEMORY: Final = "1GB"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked to do.

    Args:
        file: the data.
        folder: the office to make, or an office to add a program to.
        sheet: of a workbook; empty for the only one.
        program: its name; empty to make one of the file's.
        owner: who answers for it; empty for a role to fill in.
        copy: whether to copy the file into the office instead of naming where it is.
    """

    file: Path
    folder: Path
    wanted: Wanted = GUESS
    sheet: str = ""
    program: str = ""
    owner: str = ""
    copy: bool = False


Ask = Callable[[str, Sequence[str]], int]
"""Asks a person a question with numbered answers, the likeliest first; gives the number."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was proposed and written.

    Args:
        where: the file as the charter names it.
        repairs: what was changed in a copy of the file.
        written: the files that were written, from the office's folder.
    """

    asked: Asked
    tried: Tried
    where: str
    repairs: tuple[str, ...]
    written: tuple[Path, ...]

    @property
    def draft(self) -> Draft:
        return self.tried.draft

    @property
    def profile(self) -> Profile:
        return self.tried.draft.profile

    @property
    def charter(self) -> Path:
        """The charter, from the office's folder."""
        return _place(self.draft.program)

    @property
    def beside_others(self) -> bool:
        """Whether the office has other programs, so that one has to be named."""
        programs = (self.asked.folder / "programs").glob("*/charter.yaml")
        return sum(1 for _ in programs) > 1

    @property
    def first(self) -> str:
        """The unit that came first when the charter was tried; empty where none is ranked."""
        import pyarrow.compute as pc

        results = self.tried.evaluation.results
        found = results.filter(pc.equal(results["rank"], 1)).to_pylist()
        return encode([str(found[0][KEY + name]) for name in self.draft.unit.key]) if found else ""


def propose(
    asked: Asked, *, tell: Callable[[str], None] | None = None, ask: Ask | None = None
) -> Proposal:
    """Write an office with a charter for a file, tried on the file itself.

    Nothing is overwritten; when anything fails, nothing is left behind.

    Args:
        tell: is called with a sentence before each step that takes a while.
        ask: is called where a guess is unsure; None decides and says so.
    Raises: CharterError, DataError, StoreError: `init/…` and what reading and measuring refuse.
    """
    say = tell if tell is not None else _silent
    stem = _stem(asked.file)
    program = asked.program or program_name(asked.file)
    place = _place(program)
    _refuse_to_overwrite(asked.folder, place)
    office, office_yaml, owner = _office(asked)
    with _scratch(asked.folder) as scratch:
        say("looking through the file …")
        data, profile, repairs = _profile(asked, scratch)
        where, copies = _where(asked, data, scratch)
        if not profile.rows:
            raise _no_rows(asked.file)
        with DuckDB({FILE: profile.relation}, memory_limit=_MEMORY) as engine:
            draft = _guessed(profile, engine, asked.wanted, ask, (stem, program, owner))
        draft = _with_moment(draft, asked.file)
        say("measuring it …")
        result = _tried(draft, where, repairs, office, str(asked.folder / place))
        texts = {place: result.text, Path("charter.schema.json"): schema_text(CHARTER)}
        if office_yaml:
            texts |= {_OFFICE: office_yaml, Path("office.schema.json"): schema_text(OFFICE)}
        written = _put(asked.folder, scratch, texts, copies)
    return Proposal(asked, result, where, repairs, tuple(written))


def _guessed(
    profile: Profile,
    engine: DuckDB,
    wanted: Wanted,
    ask: Ask | None,
    names: tuple[str, str, str],
) -> Draft:
    """The guess, once more where a person chooses another unit or time."""
    stem, program, owner = names
    draft = guessed(profile, engine, wanted, stem=stem, program=program, owner=owner)
    if ask is None:
        return draft
    better = wanted
    if not wanted.unit and draft.unit.others:
        keys = [draft.unit.key, *draft.unit.others]
        chosen = ask("What is ranked?", [", ".join(key) for key in keys])
        better = replace(better, unit=keys[chosen] if chosen else ())
    if not wanted.time and draft.time.column is not None and draft.time.others:
        times = [draft.time.column.name, *draft.time.others]
        chosen = ask("When did a row happen?", times)
        better = replace(better, time=times[chosen] if chosen else "")
    if better == wanted:
        return draft
    return guessed(profile, engine, better, stem=stem, program=program, owner=owner)


def _tried(
    draft: Draft, where: str, repairs: Sequence[str], office: OfficeFile | None, shown_as: str
) -> Tried:
    """The draft as tried; without its exits from the scope where those would leave nothing."""

    def write(one: Draft) -> str:
        return charter_text(one, where, repairs)

    result = tried(draft, write, office, shown_as)
    if result.evaluation.counts()[RANKED] or not draft.exits:
        return result
    named = {signal.name for signal in draft.signals if signal.axis}
    kept = tuple(signal for signal in draft.signals if signal.name in named)
    note = "every unit is in scope: nothing happened lately to any of them"
    wider = replace(draft, exits=(), scope_notes=(*draft.scope_notes, note), signals=kept)
    return tried(wider, write, office, shown_as)


def _silent(_text: str) -> None:
    """Nobody listens."""


def _stem(file: Path) -> str:
    return file.name[: len(file.name) - len(suffix(file))] or file.name


def program_name(file: Path) -> str:
    """A program's name made of a file's."""
    return w.slug(_stem(file), "program")


def _place(program: str) -> Path:
    return Path("programs") / program / "charter.yaml"


# Look -------------------------------------------------------------------------------------


def _profile(asked: Asked, scratch: Path) -> tuple[Path, Profile, tuple[str, ...]]:
    """The file that is read, what it holds, and what was repaired in a copy of it."""
    file = asked.file
    is_csv = KINDS.get(suffix(file)) == "csv"
    try:
        relation, sheet = _resolved(file, asked.sheet, scratch)
        if is_csv and len(relation.schema) == 1 and separator_differs(file):
            return _repaired(file, scratch, repaired)
        return file, replace(_profiled(relation), sheet=sheet), ()
    except DataError as error:
        codes = {finding.code for finding in error.findings}
        if codes == {"source/bad-json"}:
            return _repaired(file, scratch, json_lines)
        if not (is_csv and codes & REPAIRABLE):
            raise
        try:
            return _repaired(file, scratch, repaired)
        except DataError as still:
            if any(finding.code.startswith("init/") for finding in still.findings):
                raise
            raise error from still  # a finding about a copy would name a file that is gone


def _repaired(
    file: Path, scratch: Path, repair: Callable[[Path, Path], tuple[str, ...]]
) -> tuple[Path, Profile, tuple[str, ...]]:
    copy = scratch / f"{_stem(file)}.{'jsonl' if repair is json_lines else 'csv'}"
    told = repair(file, copy)
    relation, _ = _resolved(copy, "", scratch)
    return copy, _profiled(relation), told


def _profiled(relation: Relation) -> Profile:
    with DuckDB({FILE: relation}, memory_limit=_MEMORY) as engine:
        return profiled(relation, engine)


def _resolved(file: Path, sheet: str, scratch: Path) -> tuple[Relation, str]:
    """The file as a relation, and the sheet that has to be named; of several, the longest one."""
    place = file.absolute()
    source = Source(name=FILE, from_=str(place), sheet=sheet)
    try:
        return resolve(source, place.parent, scratch=scratch), sheet
    except DataError as error:
        if not sheet and {finding.code for finding in error.findings} == {"source/sheet"}:
            found = _longest_sheet(source, place, scratch)
            if found is not None:
                return found
        # there is no charter yet that a finding could point into
        raise DataError([replace(finding, path="") for finding in error.findings]) from error


def _longest_sheet(source: Source, file: Path, scratch: Path) -> tuple[Relation, str] | None:
    """Of several sheets the one with the most rows that can be read."""
    import pyarrow.parquet as pq

    from pmpo.store.readers.excel import visible_sheets

    best: tuple[int, Relation, str] | None = None
    for name in visible_sheets(file):
        try:
            relation = resolve(replace(source, sheet=name), file.parent, scratch=scratch)
        except DataError:
            continue  # a sheet of notes or pictures; if all are, the first error is raised
        rows = pq.read_metadata(relation.files[0]).num_rows
        if best is None or rows > best[0]:
            best = (rows, relation, name)
    return None if best is None else best[1:]


def _no_rows(file: Path) -> PmpoError:
    return stop(
        "init/no-rows",
        f"{file.name} has column names and no rows",
        note="a charter is guessed from what columns hold",
        help="write at least one row, or write the charter by hand: `pmpo schema` says how",
    )


# Decide -----------------------------------------------------------------------------------


def _office(asked: Asked) -> tuple[OfficeFile | None, str, str]:
    """The office, the text of office.yaml where there is none yet, and the owner.

    Raises: CharterError: the office that is there has mistakes.
    """
    path = asked.folder / _OFFICE
    if path.exists():
        loaded = load_office(path)
        if loaded.office is None:
            raise StoreError(loaded.findings)
        known = loaded.office.known
        wanted = asked.owner if asked.owner in known else role_id(asked.owner or OWNER)
        return loaded.office, "", wanted if asked.owner or not known else known[0]
    owner = asked.owner or OWNER
    name = asked.folder.absolute().name or "Program office"
    text = office_text(" ".join(w.words(name)).capitalize() or "Program office", owner)
    return loads_office(text, str(path)).office, text, role_id(owner)


def _where(asked: Asked, data: Path, scratch: Path) -> tuple[str, dict[Path, Path]]:
    """How the charter names the file, and which copies go into the office.

    The file is named where it is, so that tomorrow's export is measured tomorrow: relative to the
    office when it lies in or beside it, so that both can be moved together, else absolute.
    """
    if asked.copy or data.parent == scratch:
        inside = Path("data") / data.name
        return inside.as_posix(), {inside: data}
    file, folder = asked.file.resolve(), asked.folder.absolute().resolve()
    if file.is_relative_to(folder) or file.is_relative_to(folder.parent):
        return Path(os.path.relpath(file, folder)).as_posix(), {}
    return str(file), {}


def _with_moment(draft: Draft, file: Path) -> Draft:
    """The draft with the day that its snapshots show, or a moment to be named for periods."""
    appended = [source for source in draft.sources if source.mode == "append"]
    turned = next((s.unpivot for s in appended if s.unpivot is not None), None)
    if turned is not None:
        last = date.fromisoformat(max(turned.columns.values()))
        months = last.year * 12 + last.month - 1 + (1 if turned.every == "1 month" else 12)
        end = date(months // 12, months % 12 + 1, 1)
        return replace(draft, as_of=end.isoformat(), why_as_of="the end of the last period")
    if appended:
        return draft
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    past = [
        (_as_date(c.high), c.name)
        for c in draft.profile.columns
        if c.timed
        and c.present
        and not w.has(c.name, w.PLANNED)
        and _LONG_AGO <= _as_date(c.high) <= written
    ]
    if past:
        day, name = max(past)
        day += timedelta(days=1)
        why = f"the day after the latest `{name}`; the file does not say of which day it is"
    else:
        day, why = written, "the day on which the file was last written; nothing in it says more"
    first, *others = draft.sources
    captured = Noted(f"captured: {day}")
    sources = (
        replace(first, captured=Noted(captured.text, (f"a guess: {why}",))),
        *(replace(source, captured=captured) for source in others),
    )
    return replace(draft, sources=sources, why_as_of=why)


def _as_date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


# Write ------------------------------------------------------------------------------------


def _refuse_to_overwrite(folder: Path, place: Path) -> None:
    if (folder / place).exists():
        raise stop(
            "init/exists",
            f"{folder / place} is there already",
            note="what people have written is never overwritten",
            help="choose another name with `--program NAME`, or another folder",
            error=StoreError,
        )


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A private folder on the office's disk, so that files are moved and not copied into place."""
    parent = folder.absolute()
    while not parent.is_dir():
        if parent.exists():
            raise _not_writable(folder, NotADirectoryError(20, f"{parent} is a file"))
        parent = parent.parent
    try:
        made = Path(tempfile.mkdtemp(prefix=".pmpo-init-", dir=parent))
    except OSError as error:
        raise _not_writable(folder, error) from error
    try:
        yield made
    except OSError as error:
        raise _not_writable(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)  # private; what resists is hidden and harmless


def _put(
    folder: Path, scratch: Path, texts: Mapping[Path, str], copies: Mapping[Path, Path]
) -> list[Path]:
    """Put files into place, the charter last; a schema or copy that is there already stays."""
    ready: dict[Path, Path] = {}
    for number, (place, text) in enumerate(texts.items()):
        ready[place] = scratch / f"text-{number}"
        ready[place].write_text(text, encoding="utf-8")
    for number, (place, origin) in enumerate(copies.items()):
        if (folder / place).exists():
            raise _taken(folder / place)
        ready[place] = scratch / f"copy-{number}"
        shutil.copyfile(origin, ready[place])
    charter = next(iter(texts))
    done: list[Path] = []
    folders: list[Path] = []
    try:
        for place in [*(one for one in ready if one != charter), charter]:
            folders += _make_folders((folder / place).parent)
            if _linked(ready[place], folder / place, must=place == charter or place in copies):
                done.append(place)
    except BaseException:
        for place in done:
            (folder / place).unlink(missing_ok=True)
        for made in reversed(folders):
            made.rmdir()
        raise
    return sorted(done)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; which ones were not there."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
    return list(reversed(missing))


def _linked(ready: Path, target: Path, *, must: bool) -> bool:
    """Give a complete file its name, unless somebody else has taken it in the meantime."""
    try:
        os.link(ready, target)
    except FileExistsError:
        if must:
            raise _taken(target) from None
        return False
    return True


def _taken(target: Path) -> PmpoError:
    return stop(
        "init/exists",
        f"{target} is there already",
        note="what people have written is never overwritten",
        help="choose another folder, or another name with `--program NAME`",
        error=StoreError,
    )


def _not_writable(folder: Path, error: OSError) -> PmpoError:
    return stop(
        "init/not-writable",
        f"the office cannot be made in {folder}: {error.strerror or error}",
        note=str(error.filename or ""),
        help="name another folder: `pmpo init FILE DIR`",
        error=StoreError,
    )
