"""The reference pages of the language, made from its tables."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.language import CHARTER, META_DOC, objects
from pmpo.charter.office_language import OFFICE
from pmpo.charter.records import ByKind, MapOf, Record, Refused
from pmpo.charter.shapes import Choice, ListOf, Shape
from pmpo.codes import CODES

if TYPE_CHECKING:
    from pmpo.charter.records import Field

_HEAD: Final = """\
# Charter reference

<!-- Made by `python -m pmpo.charter.reference_docs`; a test compares it with the language. -->

A charter is one YAML file. Every object of the language is listed here with all its fields.
*Required* says why a field is needed. *Acted on* says what this version does not do with it yet;
`pmpo check` says the same about your charter.

Plain `true`, `false`, `null` and numbers mean what they say; everything else is text, also `no`,
`on`, `12:30`, `010` and dates. Merge keys (`<<`) and tags (`!name`) are refused; a value may be
shared with `&name` and `*name`.

"""
_OFFICE_HEAD: Final = """\
# Office reference

<!-- Made by `python -m pmpo.charter.reference_docs`; a test compares it with the language. -->

`office.yaml` stands at the top of an office's folder and says what holds for all of its programs.
An office may do without it; with it, `pmpo check` warns about everybody whom a charter names and
the file does not. It is read by the rules of the [charter reference](charter.md), and the columns
mean the same.

```yaml
office: 1
tz: Asia/Tokyo
people:
  k1: {name: First Last, roles: [category-lead]}
roles:
  category-lead: Decides what stands on the shelves.
  finance: Confirms costs and margins.
calendars:
  office:
    working_days: [MO, TU, WE, TH, FR]
    hours: 09:00-17:30
    holidays: [2018-01-02, {date: 2018-01-01, name: New Year}]
    fiscal: {starts: 2018-04-01}
capacities:
  resets: {unit: shelf resets, per: 1 week, amount: 12}
gates:
  approve: {roles: [category-lead], four_eyes: true}
notify:
  - {to: finance, by: file, target: notices/finance.md}
```

"""
_CODES_HEAD: Final = """\
# Diagnostics

<!-- Made by `python -m pmpo.charter.reference_docs`; a test compares it with the code. -->

Every finding has a code. `error` stops a run, `warning` is something a careful author would
change, `note` says what a version does not act on.

"""


def markdown() -> str:
    """The text of docs/reference/charter.md."""
    return _HEAD + _meta() + _objects(CHARTER)


def office_markdown() -> str:
    """The text of docs/reference/office.md."""
    return _OFFICE_HEAD + _meta() + _objects(OFFICE)


def _objects(root: Record) -> str:
    acted_on = _acted_on_objects(root)
    return "\n".join(_object(one, one.title in acted_on) for one in objects(root).values())


def diagnostics_markdown() -> str:
    """The text of docs/reference/diagnostics.md."""
    areas: dict[str, list[str]] = {}
    for code, meaning in sorted(CODES.items()):
        areas.setdefault(code.partition("/")[0], []).append(f"| `{code}` | {_cell(meaning)} |")
    sections = (
        f"## {area}\n\n| code | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"
        for area, rows in areas.items()
    )
    return _CODES_HEAD + "\n".join(sections)


def _meta() -> str:
    rows = "\n".join(f"| `{field.name}` | {_cell(field.doc)} |" for field in META_DOC)
    return (
        "## any definition\n\nFields that any definition marked *with metadata* may carry; "
        "none of them changes a number.\n\n| field | what it is |\n|---|---|\n" + rows + "\n\n"
    )


def _object(record: Record, acted_on: bool) -> str:
    carries = " With metadata." if any(field.meta for field in record.fields) else ""
    rows = "\n".join(_row(field, record, acted_on) for field in record.fields if not field.meta)
    return (
        f"## {record.title}\n\n{record.doc}{carries}\n\n"
        "| field | what it is | what to write | required | default | acted on |\n"
        f"|---|---|---|---|---|---|\n{rows}\n"
    )


def _row(field: Field, record: Record, acted_on: bool) -> str:
    cells = (
        f"`{field.name}`",
        field.doc,
        _words(field.shape) + (f", e.g. `{field.example}`" if field.example else ""),
        f"yes: {field.why}" if field.why else "",
        _default(field, record),
        _acted_on(field) if acted_on else "not yet, like all of it",
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _words(shape: Shape) -> str:
    """What to write, with links to the objects it is made of."""
    if isinstance(shape, Record):
        return f"[{shape.title}](#{shape.title.replace(' ', '-')})"
    if isinstance(shape, ListOf) and isinstance(shape.item, Record):
        return f"a list of {_words(shape.item)}"
    if isinstance(shape, MapOf) and shape.wants == MapOf.wants:
        return f"{shape.key.wants} and {_words(shape.value)} for each"
    if isinstance(shape, ByKind):
        more = "".join(f"; see {_words(record)}" for record in objects(shape).values())
        if isinstance(shape.mapping, Refused):
            more += f" ({shape.mapping.what} is refused: {shape.mapping.instead})"
        return shape.wants + more
    return shape.wants


def _acted_on(field: Field) -> str:
    if field.refused:
        return f"refused: {field.refused}"
    if field.idle:
        return f"not yet: {field.idle}"
    options = field.shape if isinstance(field.shape, Choice) else Choice(())
    refused = "; ".join(f"`{word}` is refused: {why}" for word, why in options.refused.items())
    idle = "; ".join(f"`{word}` not yet: {why}" for word, why in options.idle.items())
    return "; ".join(part for part in ("yes", refused, idle) if part)


def _acted_on_objects(root: Record) -> set[str]:
    """Titles of the objects that can be reached without a field that is only validated."""
    found: set[str] = set()
    waiting: list[Shape] = [root]
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, Refused) or (isinstance(shape, Record) and shape.title in found):
            continue
        if isinstance(shape, Record):
            found.add(shape.title)
            acted = [one.shape for one in shape.fields if not one.idle and not one.refused]
            waiting.extend(acted)
        else:
            waiting.extend(shape.parts())
    return found


def _default(field: Field, record: Record) -> str:
    if field.default:
        return field.default
    builds: Any = record.builds
    known = dataclasses.fields(builds) if dataclasses.is_dataclass(builds) else ()
    value = next((one.default for one in known if one.name == field.target), "")
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if isinstance(value, str | int) and value != "" else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("charter.md", markdown()),
        ("office.md", office_markdown()),
        ("diagnostics.md", diagnostics_markdown()),
    ):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs/reference"))
