"""Looking at every file of a store without changing one: what is damaged, lost or left over."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import Diagnostic, PmpoError
from pmpo.store import _disk
from pmpo.store.inventory import Item, copies, item
from pmpo.store.layout import FOLDER, LAYOUT_FILE, LEDGER, Store, check_layout, store_at
from pmpo.store.lock import LOCK_FILE
from pmpo.store.objects import hash_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pmpo.diagnostics import Severity

EVALUATION_ID: Final = re.compile(r"ev-[A-Za-z0-9._-]+")
_PROGRAM: Final = re.compile(r"\w[\w.-]*")
_PIN: Final = re.compile(r"(ev-[A-Za-z0-9._-]+)\.json")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PAIR: Final = re.compile(r"[0-9a-f]{2}")
_MANIFEST: Final = "manifest.json"
_BACKUP: Final = "restore the folder `.pmpo` from a backup"
_AGAIN: Final = (
    f"{_BACKUP}; or move this evaluation's folder out of the store and run the program again "
    "as of the same moment"
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a store.

    Args:
        store: the store, opened without changing anything.
        readable: False when the layout is of a newer version: then nothing else was looked at.
        findings: in the order in which they were found.
        items: the evaluations whose manifest can be read.
        whole: the ids of those whose files all are what was stored.
        objects: how many objects there are, and their bytes together.
        pins: how many evaluations are pinned.
        histories: how many histories are whole.
        spare: objects on which no evaluation or history rests, with their sizes in bytes; none
            where that cannot be known.
        ledger: how many entries the ledger has; None where there is none or it cannot be read.
    """

    store: Store
    readable: bool
    findings: tuple[Diagnostic, ...]
    items: tuple[Item, ...] = ()
    whole: frozenset[str] = frozenset()
    objects: tuple[int, int] = (0, 0)
    pins: int = 0
    histories: int = 0
    spare: Mapping[str, int] = field(default_factory=dict)
    ledger: int | None = None


def examine(office: Path) -> Examined:
    """Look at everything below `.pmpo`; nothing is created, changed or removed."""
    root = office / FOLDER
    store = store_at(root)
    if not root.exists():
        return Examined(store, readable=True, findings=())
    examiner = _Examiner(store)
    if not examiner.layout():
        return Examined(store, readable=False, findings=tuple(examiner.findings))
    examiner.root()
    examiner.evaluations()
    examiner.pointers()
    examiner.pins()
    examiner.histories()
    examiner.objects()
    return Examined(
        store,
        readable=True,
        findings=tuple(examiner.findings),
        items=tuple(examiner.items),
        whole=frozenset(examiner.whole),
        objects=(len(examiner.sizes), sum(examiner.sizes.values())),
        pins=examiner.pinned,
        histories=examiner.cached,
        spare=examiner.spare,
    )


@dataclass
class _Examiner:
    """Walks through a store, folder by folder, and gathers what it sees."""

    store: Store
    findings: list[Diagnostic] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    pinned: int = 0
    cached: int = 0
    spare: Mapping[str, int] = field(default_factory=dict)
    _copied: frozenset[str] = frozenset()
    _changed: set[str] = field(default_factory=set)
    _hidden: set[Path] = field(default_factory=set)
    _evaluations: int = 0

    def layout(self) -> bool:
        """Whether the store is of a layout that this version knows, as far as it says so."""
        try:
            with _disk.store_errors(self.store.root):
                if not self.store.root.is_dir():
                    raise NotADirectoryError(20, "a file stands in its place", self.store.root)
                check_layout(self.store.root)
        except PmpoError as error:
            self.findings += error.findings
            codes = {finding.code for finding in error.findings}
            return not codes & {"store/newer-layout", "store/not-a-folder"}
        return True

    def root(self) -> None:
        """The top folder holds the parts of a store and nothing else."""
        known = {LAYOUT_FILE, LOCK_FILE, "objects", "evaluations", "pins", LEDGER, "histories"}
        for entry in self._entries(self.store.root):
            if entry.name not in known:
                self._stray(entry)

    # Evaluations --------------------------------------------------------------------------

    def evaluations(self) -> None:
        """Every evaluation has its manifest, and every file that it lists with its hash."""
        for entry in self._entries(self.store.evaluations.root):
            if entry.name == "latest" and entry.is_dir():
                continue
            if not (EVALUATION_ID.fullmatch(entry.name) and entry.is_dir()):
                self._stray(entry)
            else:
                self._evaluation(entry)

    def _evaluation(self, folder: Path) -> None:
        self._evaluations += 1
        manifest = self._manifest(folder)
        if manifest is None:
            return
        files: dict[str, str] = manifest["files"]
        entries = {entry.name: entry for entry in self._entries(folder)}
        sound = [self._file(folder / name, promised) for name, promised in sorted(files.items())]
        for name, entry in entries.items():
            if name not in files and name != _MANIFEST:
                self._stray(entry)
        try:
            self.items.append(item(self.store.evaluations, folder.name))
        except PmpoError as error:
            finding = error.findings[0]
            if finding.code == "store/newer-schema":
                self.findings.append(finding)
            else:
                self._add("doctor/manifest-damaged", finding.message, help=_AGAIN)
            return
        if manifest.get("evaluation") != folder.name:
            self._add(
                "doctor/manifest-disagrees",
                f"{folder / _MANIFEST} is that of {manifest.get('evaluation')}",
                help=_AGAIN,
            )
        elif all(sound):
            self.whole.add(folder.name)

    def _manifest(self, folder: Path) -> dict[str, Any] | None:
        path = folder / _MANIFEST
        why = "it does not list the files of the evaluation"
        try:
            manifest = json.loads(path.read_bytes())
        except FileNotFoundError:
            why = "it is missing"
        except OSError as error:
            self._not_readable(path, error)
            return None
        except ValueError:
            why = "it is not JSON"
        else:
            if isinstance(manifest, dict) and _lists_files(manifest.get("files")):
                return manifest
        self._add(
            "doctor/manifest-damaged",
            f"{path}: {why}",
            note="`gc` deletes nothing while it is not known what this evaluation rests on",
            help=_AGAIN,
        )
        return None

    def _file(self, path: Path, promised: str) -> bool:
        special = path.exists() and not path.is_file()
        actual = "not a file" if special else self._hash(path)
        if actual == promised:
            return True
        if actual is None and not path.exists():
            self._add("doctor/file-missing", f"{path} is gone", help=_AGAIN)
        elif actual is not None:
            self._add(
                "doctor/file-changed",
                f"{path} has changed since it was stored",
                note=f"stored as {promised}, now {actual}",
                help=_AGAIN,
            )
        return False

    # Histories ----------------------------------------------------------------------------

    def histories(self) -> None:
        """Every history is what was stored; a damaged one costs only the time to measure it."""
        for entry in self._entries(self.store.histories.root):
            if not (_DIGEST.fullmatch(entry.name) and entry.is_dir()):
                self._stray(entry)
                continue
            try:
                self.store.histories.verify(entry.name)
            except PmpoError as error:
                told = error.findings[0]
                self._add(
                    "doctor/history-damaged",
                    told.message,
                    "warning",
                    note="histories are kept only so that they need not be measured again",
                    help="`pmpo doctor --fix` removes it; it is measured again when asked for",
                )
            else:
                self.cached += 1
                self._copied |= self.store.histories.names(entry.name)

    # Pointers and pins --------------------------------------------------------------------

    def pointers(self) -> None:
        """Every program's pointer names an evaluation of that program that is stored."""
        folder = self.store.evaluations.root / "latest"
        programs = {one.id: one.program for one in self.items}
        if not self._lists(folder.parent):
            return
        stored = set(self.store.evaluations.ids())
        seen = set()
        for entry in self._entries(folder):
            if not (_PROGRAM.fullmatch(entry.name) and entry.is_file()):
                self._stray(entry)
                continue
            seen.add(entry.name)
            named = self._text(entry)
            if named is not None and programs.get(named, entry.name) != entry.name:
                self._dangling(entry, f"names {named}, an evaluation of {programs[named]}")
            elif named is not None and named not in stored:
                self._dangling(entry, f"names {named or 'nothing'}, which is not stored")
        if folder in self._hidden:
            return
        for program in sorted(set(programs.values()) - seen):
            self._add(
                "doctor/no-latest",
                f"{program} has evaluations and no pointer to the latest",
                "note",
                note="a run that was killed just before its end leaves this",
                help="`pmpo run` or `pmpo doctor --fix` sets it",
            )

    def _dangling(self, pointer: Path, why: str) -> None:
        self._add(
            "doctor/latest-dangling",
            f"{pointer} {why}",
            note="`board` and `why` cannot find the latest evaluation",
            help="`pmpo doctor --fix` lets it name the newest evaluation that is stored",
        )

    def pins(self) -> None:
        """Every pin can be read and names an evaluation that is stored."""
        for entry in self._entries(self.store.pins.root):
            match = _PIN.fullmatch(entry.name)
            if match is None or not entry.is_file():
                self._stray(entry)
                continue
            self.pinned += 1
            evaluation = self.store.evaluations.folder(match[1])
            if self._sees(evaluation) and not evaluation.is_dir():
                self._add(
                    "doctor/pin-dangling",
                    f"{match[1]} is pinned and not stored",
                    note="a pinned evaluation is never deleted by the program",
                    help=f"{_BACKUP}, or type `pmpo unpin {match[1]}`",
                )
            else:
                self._pin(match[1])

    def _pin(self, id: str) -> None:
        try:
            self.store.pins.get(id)
        except PmpoError as error:
            finding = error.findings[0]
            if isinstance(error.__cause__, OSError):
                self._not_readable(self.store.pins.path(id), error.__cause__)
            elif finding.code == "store/newer-schema":
                self.findings.append(finding)
            else:
                self._add(
                    "doctor/pin-damaged", finding.message, note=finding.note, help=finding.help
                )

    # Objects ------------------------------------------------------------------------------

    def objects(self) -> None:
        """Every object is what its name promises, and every one that is needed is there."""
        for entry in self._entries(self.store.objects.root):
            if not (_PAIR.fullmatch(entry.name) and entry.is_dir()):
                self._stray(entry)
                continue
            for path in self._entries(entry):
                self._object(path, entry.name + path.name)
        self._needed()

    def _object(self, path: Path, digest: str) -> None:
        if not (_DIGEST.fullmatch(digest) and path.is_file()):
            self._stray(path)
            return
        name = f"sha256:{digest}"
        actual = self._hash(path)
        if actual is None:
            self._changed.add(name)
            return
        self.sizes[name] = path.stat().st_size
        if actual != name:
            self._changed.add(name)
            self._add(
                "doctor/object-changed",
                f"{path} has changed since it was stored",
                note=f"its bytes are now {actual}; {_resting(self._users(name))}",
                help=_BACKUP,
            )

    def _needed(self) -> None:
        needed = {name for one in self.items for name in copies(one.manifest).values()}
        lost = needed - set(self.sizes) - self._changed
        for name in sorted(name for name in lost if self._sees(self.store.objects.path(name))):
            self._add(
                "doctor/object-missing",
                f"the stored copy {name} is gone",
                note=_resting(self._users(name)),
                help=f"{_BACKUP}; until then these evaluations can be scored again but not "
                "measured again",
            )
        named = self._copied.union(*(one.names for one in self.items))
        if len(self.items) == self._evaluations and not self._hidden:
            self.spare = {name: size for name, size in self.sizes.items() if name not in named}

    def _users(self, name: str) -> list[str]:
        return [one.id for one in self.items if name in copies(one.manifest).values()]

    # What all of them need ----------------------------------------------------------------

    def _entries(self, folder: Path) -> list[Path]:
        """What is in a folder, in order; scratch folders are told apart here."""
        if not self._sees(folder) or not folder.exists():
            return []
        if not folder.is_dir():
            self._stray(folder)
            return []
        if not self._lists(folder):
            return []
        for path in _disk.stale(folder):
            self._add(
                "doctor/stale-temporary",
                f"{path} was left by a process that was killed",
                "note",
                note="nothing in it was ever part of the store",
                help="`pmpo doctor --fix` or any run removes it",
            )
        found = sorted(folder.iterdir())
        return [path for path in found if not _is_scratch(path)]

    def _sees(self, path: Path) -> bool:
        """Whether no folder above hides if something is there."""
        return not any(folder in self._hidden for folder in path.parents)

    def _lists(self, folder: Path) -> bool:
        """Whether a folder can be listed and entered; a missing one cannot."""
        try:
            with os.scandir(folder) as entries:
                next(entries, None)
        except FileNotFoundError:
            return False
        except OSError as error:
            self._hidden.add(folder)
            self._not_readable(folder, error)
            return False
        if not os.access(folder, os.X_OK, effective_ids=True):
            self._hidden.add(folder)
            self._not_readable(folder, PermissionError(13, "its files cannot be opened"))
            return False
        return True

    def _hash(self, path: Path) -> str | None:
        try:
            return hash_file(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._not_readable(path, error)
            return None

    def _text(self, path: Path) -> str | None:
        try:
            return path.read_text("utf-8", "replace").strip()
        except OSError as error:
            self._not_readable(path, error)
            return None

    def _stray(self, path: Path) -> None:
        self._add(
            "doctor/stray-file",
            f"{path} does not belong into the store",
            "warning",
            note="the program neither reads nor removes it",
            help="move it away, unless you know what it is for",
        )

    def _not_readable(self, path: Path, error: OSError) -> None:
        self._found(not_readable(path, error))

    def _add(
        self, code: str, fact: str, severity: Severity = "error", *, note: str = "", help: str
    ) -> None:
        self._found(Diagnostic(code, severity, fact, note=note, help=help))

    def _found(self, finding: Diagnostic) -> None:
        if finding not in self.findings:
            self.findings.append(finding)


def not_readable(path: Path, error: OSError) -> Diagnostic:
    """What this user may not look at."""
    return Diagnostic(
        "doctor/not-readable",
        "error",
        f"{error.filename or path}: {error.strerror or error}",
        note="whether it is damaged cannot be seen",
        help="give this user the right to read it, or ask its owner to run `pmpo doctor`",
    )


def _is_scratch(path: Path) -> bool:
    return path.name.startswith(_disk.SCRATCH) and path.is_dir()


def _lists_files(files: object) -> bool:
    return isinstance(files, dict) and all(
        isinstance(name, str) and "/" not in name and isinstance(promised, str)
        for name, promised in files.items()
    )


def _resting(ids: list[str]) -> str:
    if not ids:
        return "no evaluation that can be read rests on it"
    shown = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
    return f"{shown} cannot be measured again"
