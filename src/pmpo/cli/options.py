"""The options that several commands share, and how results can be written."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"
    csv = "csv"
    md = "md"


class TextOrJson(StrEnum):
    """How findings are written."""

    text = "text"
    json = "json"


class SqlDialect(StrEnum):
    """The engines a plan can be compiled for."""

    duckdb = "duckdb"
    postgres = "postgres"
    spark = "spark"


class TextJsonOrMarkdown(StrEnum):
    """How a comparison is written."""

    text = "text"
    json = "json"
    md = "md"


OfficeDir = Annotated[
    Path, typer.Option("--office", help="The office's folder.", show_default="this folder")
]
Program = Annotated[
    str | None,
    typer.Option("--program", "-p", help="The program; needed where an office has several."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="WHEN",
        help="What had happened: a date or time on the charter's clock.  "
        "[default: the last refresh boundary that the data has reached]",
    ),
]
KnownBy = Annotated[
    str | None,
    typer.Option("--known-by", metavar="WHEN", help="What was known.  [default: --as-of]"),
]
Output = Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")]
EvaluationId = Annotated[
    str | None,
    typer.Option(
        "--evaluation", "-e", metavar="EV", help="A stored evaluation.  [default: latest]"
    ),
]
Actor = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        envvar="PMPO_AS",
        help="Who acts, as office.yaml says.  [default: your login name]",
    ),
]
As = Annotated[
    str,
    typer.Option("--as", metavar="NAME", envvar="PMPO_AS", help="Who acts, as office.yaml says."),
]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Sign with the personal secret key in this file."),
]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="Why.")]
Periods = Annotated[int, typer.Option("--periods", "-n", help="How many past periods.")]
Length = Annotated[
    str | None,
    typer.Option("--of", metavar="LENGTH", help="Such as '4 weeks'.  [default: the refresh]"),
]
Hysteresis = Annotated[
    str | None,
    typer.Option("--hysteresis", metavar="NUMBER", help="Try a band with this instead."),
]
Dwell = Annotated[
    str | None,
    typer.Option("--dwell", metavar="LENGTH", help="Try a band with this, such as '3 weeks'."),
]
