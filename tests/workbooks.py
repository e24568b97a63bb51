"""Excel workbooks for tests, written part by part, so that broken ones can be written too."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# style 1 is a date, 2 a date with a time, 3 a time, 4 a length of time
_STYLES = (
    f'{_HEAD}<styleSheet {_MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm"/>'
    '</numFmts><cellXfs count="5">'
    + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 21, 164))
    + "</cellXfs></styleSheet>"
)


@dataclass(frozen=True)
class Raw:
    """A cell as its XML has it: a number with a style, or a value of another type."""

    value: str
    style: int = 0
    kind: str = ""
    formula: str = ""


Cell = str | int | float | bool | Raw | None


def letters(number: int) -> str:
    """The name of a column, counted from 1."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell_xml(place: str, cell: Cell) -> str:
    """One cell; nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        cell = Raw(str(int(cell)), kind="b")
    if isinstance(cell, int | float):
        cell = Raw(repr(cell))
    if isinstance(cell, str):
        return (
            f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        )
    kind = f' t="{cell.kind}"' if cell.kind else ""
    formula = f"<f>{escape(cell.formula)}</f>" if cell.formula else ""
    return f'<c r="{place}" s="{cell.style}"{kind}>{formula}<v>{escape(cell.value)}</v></c>'


def sheet_xml(rows: Sequence[Sequence[Cell]]) -> str:
    """A sheet from its rows."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = [cell_xml(f"{letters(i)}{number}", cell) for i, cell in enumerate(row, start=1)]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return sheet_of("".join(lines))


def sheet_of(data: str) -> str:
    """A sheet from the XML of its rows."""
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{data}</sheetData></worksheet>"


def write_workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Cell]] | str],
    *,
    hidden: Sequence[str] = (),
) -> Path:
    """Write a workbook; a sheet is rows of cells, or the XML of all of it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        entries, relations, types = [], [], []
        for number, (name, content) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name in hidden else ""
            entries.append(
                f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="r{number}"/>'
            )
            relations.append(
                f'<Relationship Id="r{number}" Type="{_REL}/worksheet" '
                f'Target="worksheets/sheet{number}.xml"/>'
            )
            part = f"xl/worksheets/sheet{number}.xml"
            types.append(f'<Override PartName="/{part}" ContentType="{_TYPE}.worksheet+xml"/>')
            archive.writestr(part, content if isinstance(content, str) else sheet_xml(content))
        relations.append(f'<Relationship Id="s" Type="{_REL}/styles" Target="styles.xml"/>')
        archive.writestr("xl/styles.xml", _STYLES)
        archive.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook {_MAIN} xmlns:r="{_REL}"><sheets>{"".join(entries)}</sheets>'
            "</workbook>",
        )
        archive.writestr("xl/_rels/workbook.xml.rels", _related("".join(relations)))
        archive.writestr(
            "_rels/.rels",
            _related(
                f'<Relationship Id="r" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'
            ),
        )
        archive.writestr(
            "[Content_Types].xml",
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f"{''.join(types)}</Types>",
        )
    return path


def _related(inside: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'
