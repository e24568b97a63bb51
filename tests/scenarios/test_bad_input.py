from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.scenarios.terminal import half_written, pmpo, table
from tests.scenarios.trial import AS_OF, CHARTER, MACHINES, REPAIRS, Trial, refused

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "repair,machine,opened,hours\n"
FORMULA = "TRAILING(SUM(hours), '8 weeks')"


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """An office that runs as it is."""
    return Trial(tmp_path).build()


def test_the_office_runs_as_it_is(trial: Trial) -> None:
    """Everything below breaks one thing of an office that works."""
    done = trial.pmpo("run")
    assert done.code == 0, done.said
    assert trial.board() == {"LATHE-07": "100.000000000000", "PRESS-01": "39.583333000000"}
    assert half_written(trial.folder) == []


# Charters ---------------------------------------------------------------------------------

BOMB = "a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
    f"{one}: &{one} [{','.join(['*' + before] * 9)}]\n"
    for before, one in zip("abcdefgh", "bcdefghi", strict=True)
)
CHARTERS = {
    "not YAML": ("this is not yaml: [}\n\tfoo", "yaml/syntax", "quote it"),
    "a tab": (CHARTER.replace("  pain:", "\tpain:"), "yaml/tab", "spaces"),
    "a duplicate key": (CHARTER + "axes: {x: {weight: 1}}\n", "yaml/duplicate-key", "keep one"),
    "an alias bomb": (BOMB, "yaml/too-large", "write the values out"),
    "a nesting bomb": ("a: " + "[" * 100_000, "yaml/too-deep", "never closed"),
    "a hidden character": ("charter: 1\0", "yaml/character", "delete it"),
    "nothing": ("", "yaml/empty", "charter: 1"),
    "two documents": (CHARTER + "---\n" + CHARTER, "yaml/several-documents", "---"),
    "a far anchor": (CHARTER.replace("24: 100", "1e300: 100"), "charter/bad-number", "digits"),
    "a misspelt field": (CHARTER.replace("better:", "beter:"), "charter/unknown-field", "better"),
}


@pytest.mark.parametrize(("text", "code", "help"), CHARTERS.values(), ids=CHARTERS.keys())
def test_a_broken_charter_is_explained(trial: Trial, text: str, code: str, help: str) -> None:
    """Whatever is in the file, the place is shown and what to type is said."""
    trial.charter.write_text(text, encoding="utf-8")
    for words in (("run",), ("check",), ("compile",)):
        done = refused(trial, *words)
        assert done.code == 1
        assert code in done.errors
        assert help in done.said
        assert "charter.yaml:" in done.said
    assert not (trial.folder / ".pmpo").exists()


def test_a_charter_in_another_encoding_is_explained(trial: Trial) -> None:
    """UTF-16 and Latin-1 are told from UTF-8."""
    for data in (CHARTER.encode("utf-16"), CHARTER.encode() + b"# caf\xe9\n"):
        trial.charter.write_bytes(data)
        assert "save the file as UTF-8" in refused(trial, "run").err


def test_windows_line_ends_and_a_byte_order_mark_are_fine(trial: Trial) -> None:
    """A charter saved by a Windows editor gives the same evaluation, and its places are right."""
    first = trial.pmpo("run", "-f", "json").json()
    trial.charter.write_bytes(b"\xef\xbb\xbf" + CHARTER.replace("\n", "\r\n").encode())
    assert trial.pmpo("run", "-f", "json").json() == first
    broken = CHARTER.replace("charter: 1", "chart: 1").replace("\n", "\r\n")
    trial.charter.write_bytes(b"\xef\xbb\xbf" + broken.encode())
    said = refused(trial, "run").err
    assert "1 | chart: 1\n  | ^^^^^ did you mean `charter`?" in said


@pytest.mark.parametrize("what", ["missing", "a folder"])
def test_a_charter_that_is_no_file_is_explained(trial: Trial, what: str) -> None:
    """A charter that is not there, or is a folder, is not a traceback."""
    trial.charter.unlink()
    if what == "a folder":
        trial.charter.mkdir()
    refused(trial, "run")


# Formulas ---------------------------------------------------------------------------------

FORMULAS = {
    "reads a file": ("read_text('/etc/passwd')", "formula/query"),
    "reads CSV": ("SUM(read_csv('data/repairs.csv'))", "formula/query"),
    "reads CSV by FROM": ("SUM(hours) FROM read_csv('data/repairs.csv')", "formula/syntax"),
    "writes": ("COPY repairs TO 'stolen.csv'", "formula/query"),
    "lists files": ("SUM(glob('*'))", "formula/query"),
    "reads the environment": ("SUM(getenv('HOME'))", "formula/query"),
    "asks a query": ("SUM((SELECT COUNT(*) FROM machines))", "formula/query"),
    "asks another table": ("(SELECT 1 FROM pg_catalog.pg_tables)", "formula/query"),
    "ends the statement": (f"{FORMULA}; DROP TABLE machines", "formula/query"),
    "loads an extension": ("INSTALL httpfs", "formula/syntax"),
    "counts for ever": ("SUM(range(1000000000000))", "formula/not-allowed"),
    "grows for ever": ("SUM(REPEAT('x', 1000000000))", "formula/not-allowed"),
    "recurses": ("SUM(" * 60 + "hours" + ")" * 60, "formula/too-deep"),
    "is very long": ("SUM(hours" + "+1" * 5_000 + ")", "formula/too-long"),
    "is no formula": ("SUM(hours", "formula/syntax"),
    "asks the clock": ("COUNT(NOW())", "formula/not-repeatable"),
    "throws dice": ("SUM(RANDOM())", "formula/not-repeatable"),
    "names no column": ("SUM(hour)", "source/unknown-column"),
    "adds up texts": ("SUM(machine)", "formula/type"),
}


@pytest.mark.parametrize(("formula", "code"), FORMULAS.values(), ids=FORMULAS.keys())
def test_a_formula_cannot_reach_out(trial: Trial, formula: str, code: str) -> None:
    """A formula reads the columns of its source and nothing else, and always ends."""
    trial.edit((FORMULA, formula))
    done = refused(trial, "run")
    assert (done.code, code in done.errors) == (1, True), done.said
    assert "charter.yaml:21:" in done.err
    assert not (trial.folder / ".pmpo").exists()
    assert not (trial.folder / "stolen.csv").exists()


# Files ------------------------------------------------------------------------------------


def test_a_missing_file_is_named_where_the_charter_names_it(trial: Trial) -> None:
    """The finding stands at `from:`; `check` and `run` say the same."""
    trial.data("repairs").unlink()
    for words in (("run",), ("check",)):
        done = refused(trial, *words)
        assert done.errors == ["source/missing-file"]
        assert "charter.yaml:10:11 (sources.repairs.from)" in done.said


@pytest.mark.parametrize("what", ["a folder", "nothing in it", "no header", "no CSV", "no text"])
def test_a_file_that_is_no_table_is_explained(trial: Trial, what: str) -> None:
    """Each reason why a file cannot be read has its own words."""
    file = trial.data("repairs")
    if what == "a folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(
            {
                "nothing in it": b"",
                "no header": b"1,2,3,4\n5,6,7,8\n",
                "no CSV": HEADER.encode() + b'1,"PRESS-01,2025-01-03 00:00:00,5\n',
                "no text": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            }[what]
        )
    done = refused(trial, "run")
    assert done.errors[0].startswith("source/")
    assert "repairs" in done.err


def test_a_missing_column_is_found(trial: Trial) -> None:
    """A column that the charter reads and the file does not have is named, with those it has."""
    trial.data("repairs").write_text(REPAIRS.replace("hours", "stunden"))
    done = refused(trial, "run")
    assert "no column `hours`" in done.err
    assert "its columns are machine, opened, repair, stunden" in done.err


# Values -----------------------------------------------------------------------------------

CELLS = {
    "a text": ("lots", "null: ['lots']"),
    "not a number": ("NaN", "null: ['NaN']"),
    "infinity": ("inf", "null: ['inf']"),
    "too large": ("99999999999", "if it is right: `hours: decimal(13,2)`"),
    "far too large": ("1e400", "null: ['1e400']"),
    "a quote": ("it's", "null: ['it''s']"),
}


@pytest.mark.parametrize(("cell", "help"), CELLS.values(), ids=CELLS.keys())
def test_a_cell_that_is_no_number_is_shown(trial: Trial, cell: str, help: str) -> None:
    """The value is quoted, and the help can be typed as it stands."""
    trial.data("repairs").write_text(REPAIRS.replace("4.5", cell))
    done = refused(trial, "run")
    assert (done.code, done.errors) == (2, ["source/wrong-type"])
    assert "1 value of `repairs.hours` is not decimal(8,2)" in done.err
    assert help in done.err
    assert "charter.yaml:17:14" in done.err


def test_separators_of_thousands_are_told_from_missing_values(trial: Trial) -> None:
    """A number in the wrong form is not proposed as a text for `missing`."""
    trial.data("repairs").write_text(REPAIRS.replace("4.5", '"1,250.00"'))
    assert "`1250.00` for `1,250.00`" in refused(trial, "run").err


def test_texts_that_are_already_missing_stay_in_the_help(trial: Trial) -> None:
    """The proposed list holds what was declared before, so that typing it loses nothing."""
    trial.edit(("hours: decimal(8,2)", "hours: {type: 'decimal(8,2)', null: ['-']}"))
    trial.data("repairs").write_text(REPAIRS.replace("4.5", "-").replace(",24", ",?"))
    assert "null: ['-', '?']" in refused(trial, "run").err


def test_the_typed_help_repairs(trial: Trial) -> None:
    """What the help proposes for a text makes the office run."""
    trial.data("repairs").write_text(REPAIRS.replace("4.5", "lots"))
    trial.edit(("hours: decimal(8,2)", "hours: {type: 'decimal(8,2)', null: ['lots']}"))
    assert trial.pmpo("run").code == 0


@pytest.mark.parametrize("date", ["31.12.2024 07:10", "yesterday", "2025-13-01 00:00:00"])
def test_a_cell_that_is_no_time_is_shown(trial: Trial, date: str) -> None:
    """A date in another form is a wrong type, whether it is one of many or all there is."""
    for text in (REPAIRS.replace("2025-01-03 07:10:00", date), f"{HEADER}1,PRESS-01,{date},3\n"):
        trial.data("repairs").write_text(text)
        done = refused(trial, "run")
        assert done.errors == ["source/wrong-type"], done.said
        assert repr(date) in done.err


def parquet(trial: Trial, hours: list[float]) -> Trial:
    """The repairs as a Parquet file with floating-point hours, one a day from 5 January 2025."""
    n = len(hours)
    columns = {
        "repair": list(range(n)),
        "machine": ["PRESS-01"] * n,
        "opened": [datetime(2025, 1, 5 + i) for i in range(n)],
        "hours": pa.array(hours, pa.float64()),
    }
    pq.write_table(pa.table(columns), trial.folder / "data" / "repairs.parquet")
    return trial.edit(("data/repairs.csv", "data/repairs.parquet"))


def test_nan_and_infinity_are_missing(trial: Trial) -> None:
    """In a column of numbers they count as not measured: never as a number, never as the top."""
    parquet(trial, [1.5, float("nan"), float("inf"), float("-inf"), 2.5])
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    why = trial.pmpo("why", "PRESS-01", "-f", "json").json()
    assert why["contributions"][0]["value"] == 4.0
    parquet(trial.build(), [float("nan")] * 3)
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    why = trial.pmpo("why", "PRESS-01", "-f", "json").json()
    assert (why["status"], why["contributions"][0]["value"]) == ("excluded", None)


def test_huge_numbers_are_reported_and_never_cut_off(trial: Trial) -> None:
    """A floating-point number that its exact type cannot hold, and a sum that overflows."""
    parquet(trial, [1.5, 1e30])
    assert refused(trial, "run", "--as-of", AS_OF).errors == ["source/wrong-type"]
    nines = "9" * 36
    trial.build(charter=CHARTER.replace("decimal(8,2)", "decimal(38,2)"))
    rows = [(n, "PRESS-01", "2025-01-03 00:00:00", nines) for n in range(200)]
    trial.data("repairs").write_text(HEADER + table(rows))
    assert refused(trial, "run", "--as-of", AS_OF).errors == ["engine/overflow"]


# Units ------------------------------------------------------------------------------------


def test_a_repeated_unit_is_refused(trial: Trial) -> None:
    """Two rows for one machine would count its hours twice."""
    trial.data("machines").write_text(MACHINES + "PRESS-01,Press\n")
    assert refused(trial, "run").errors == ["source/repeated-key"]
    trial.data("machines").write_text(MACHINES + "PRESS-01,Another\n")
    assert "unit/attribute-varies" in refused(trial, "run").errors


@pytest.mark.parametrize(
    "other", ["press-01", "ＰＲＥＳＳ-01", "Press-01"], ids=["case", "width", "title"]
)
def test_keys_that_differ_only_by_case_are_ranked_apart_and_told(trial: Trial, other: str) -> None:
    """They stay two units, and run, board and check of the data say that they look alike."""
    trial.data("machines").write_text(MACHINES + f"{other},Press\n", encoding="utf-8")
    done = trial.pmpo("run", "-f", "json")
    told = done.json()
    assert told["units"] == 4
    alike = [fault["code"] for fault in told["faults"]]
    assert alike == (["unit/keys-alike"] if other.isascii() else [])


def test_keys_that_differ_only_by_composition_are_told(trial: Trial) -> None:
    """É as one character and as two look the same to people, not to a join."""
    trial.data("machines").write_text(MACHINES + "CAFE\u0301,a\nCAF\u00c9,b\n", encoding="utf-8")
    told = trial.pmpo("run", "-f", "json").json()
    assert [fault["code"] for fault in told["faults"]] == ["unit/keys-alike"]
    assert "composed" in trial.pmpo("board").out


def test_every_unit_that_no_rule_decides_is_named(trial: Trial) -> None:
    """JSON names all of them; the text names three, and its count adds up."""
    names = [f"M-{n:03}" for n in range(198)]
    machines = "machine,label\n" + table((name, name) for name in names)
    repairs = HEADER + table((n, one, "2025-01-03 00:00:00", 2) for n, one in enumerate(names))
    rules = "tables: {act: {inputs: [downtime], outputs: [do], rules: ["
    rules += "{id: R1, when: ['< 1'], then: [wait]}, {id: R2, when: ['> 3'], then: [go]}]}}\n"
    trial.build(charter=CHARTER + rules, machines=machines, repairs=repairs)
    done = trial.pmpo("run", "--as-of", AS_OF, "--format", "json")
    assert done.code == 1, done.said
    faults = [fault["message"] for fault in json.loads(done.out)["faults"]]
    assert [one for name in names for one in faults if f"{name}: downtime 2" in one] == faults
    assert len(faults) == len(names)
    shown = done.err.splitlines()
    assert [line.startswith("fault: ") for line in shown] == [True, True, True, False]
    assert shown[3] == "       and 195 more; `pmpo run --format json` lists them"


CHAINED = """\
tables:
  act:
    inputs: [downtime]
    outputs: [action, qty]
    rules:
      - {id: A1, when: ['>= 9'], then: [rush, 10]}
      - {id: A2, when: ['[1..9)'], then: [order, 5]}
      - {id: A3, when: ['< 1'], then: [wait, 0]}
  second:
    inputs: [act.qty]
    outputs: [note]
    rules:
      - {id: S1, when: ['10'], then: [call]}
      - {id: S2, when: ['5'], then: [write]}
      - {id: S3, when: ['0'], then: [rest]}
outcome: second
"""


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("", "", []),
        ("when: ['0']", "when: ['7']", ["table/dead-rule", "table/gap", "table/unreached"]),
        ("then: [wait, 0]", "then: [wait, PARAM('few')]", ["table/gap"]),
        ("when: ['0']", "when: ['< 5']", []),
    ],
)
def test_a_table_meets_only_what_another_gives(
    trial: Trial, old: str, new: str, codes: list[str]
) -> None:
    """Numbers that the other table never gives need no rule; those of a parameter may be any."""
    few = "parameters: {few: {value: 0}}\n" if "few" in new else ""
    trial.build(charter=CHARTER + CHAINED.replace(old, new) + few)
    found = [code for code in trial.pmpo("check").codes if code.startswith("table/")]
    assert sorted(set(found)) == codes


PAIRS = [
    ("- {id: S1, when: ['\"rush\"', '10'], then: [call]}", "then: [call]}"),
    ("- {id: S2, when: ['\"order\"', '5'], then: [write]}", "then: [write]}"),
    ("- {id: S3, when: ['\"wait\"', '0'], then: [rest]}", "then: [rest]}"),
]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("", "", []),
        ("'\"wait\"', '0'", "'-', '0'", []),
        ("'\"wait\"', '0'", "'\"wait\",\"rush\"', '0'", []),
        ("'\"wait\"', '0'", "'-', '<= 5'", ["table/overlap"]),
        (
            "'\"wait\"', '0'",
            "'\"rush\"', '0'",
            ["table/dead-rule", "table/gap", "table/unreached"],
        ),
    ],
)
def test_a_table_meets_only_the_pairs_that_another_gives(
    trial: Trial, old: str, new: str, codes: list[str]
) -> None:
    """Outputs of one table come together as its rules give them; a rule for other pairs is dead."""
    text = CHAINED.replace("[act.qty]", "[act.action, act.qty]")
    for line in CHAINED.splitlines():
        for pair, end in PAIRS:
            if line.endswith(end):
                text = text.replace(line.strip(), pair)
    trial.build(charter=CHARTER + text.replace(old, new))
    found = [code for code in trial.pmpo("check").codes if code.startswith("table/")]
    assert sorted(set(found)) == codes


def test_a_source_without_rows_is_refused(trial: Trial) -> None:
    """A header alone, in either source, stops the run and names the source."""
    trial.data("machines").write_text("machine,label\n")
    done = refused(trial, "run")
    assert done.errors == ["source/empty"]
    assert "source `machines` has no row\n" in done.err
    trial.build(repairs=HEADER)
    done = refused(trial, "run")
    assert done.errors == ["moment/unknown"]
    assert "`repairs` has no row with a time" in done.err
    assert refused(trial, "run", "--as-of", AS_OF).errors == ["source/empty"]


def test_rows_only_after_the_moment_are_none(trial: Trial) -> None:
    """Before anything had happened, or was known, there is nothing to rank."""
    done = refused(trial, "run", "--as-of", "2020-01-01")
    assert "no row known as of 2020-01-01" in done.err
    done = refused(trial, "run", "--as-of", AS_OF, "--known-by", "2020-01-01")
    assert "and was known by 2020-01-01" in done.err
    assert "`--known-by`" in done.err


def test_no_unit_in_scope_says_where_all_are(trial: Trial) -> None:
    """An empty board tells how many units there are and why none is on it."""
    trial.edit(("signals:\n", "scope: {in: label = 'X', because: Only X is ours.}\nsignals:\n"))
    assert trial.pmpo("run").code == 0
    board = trial.pmpo("board")
    assert board.code == 0
    assert "0 of 0 ranked machines; 3 in all.\n3  out of scope  Only X is ours." in board.out
    assert trial.pmpo("board", "-f", "json").json() == []
    assert trial.pmpo("board", "-f", "csv").out.startswith("rank,")
    why = trial.pmpo("why", "PRESS-01")
    assert "out of scope" in why.out
    assert "because Only X is ours." in why.out


def test_all_values_missing_says_so(trial: Trial) -> None:
    """Units that nothing was measured for are listed with the policy, not ranked at zero."""
    trial.data("repairs").write_text(
        HEADER
        + table([(1, "PRESS-01", "2025-01-03 00:00:00", ""), (2, "MILL-02", "2025-02-20", "")])
    )
    assert trial.pmpo("run").code == 0
    board = trial.pmpo("board").out
    assert "0 of 0 ranked machines; 3 in all.\n3  excluded  downtime not measured" in board


def test_one_unit_is_a_ranking(trial: Trial) -> None:
    """With one machine the board has one row, and the others' repairs are counted as orphans."""
    trial.data("machines").write_text("machine,label\nPRESS-01,Press\n")
    assert trial.pmpo("run").code == 0
    board = trial.pmpo("board").out
    assert "1 of 1 ranked machine; 1 in all." in board
    assert "1 row of `repairs` belongs to no unit" in board


def test_200_000_units_are_ranked(trial: Trial) -> None:
    """Many units change nothing: the last one can be asked about like the first."""
    n = 200_000
    trial.data("machines").write_text("machine,label\n" + table((i, f"M {i}") for i in range(n)))
    trial.data("repairs").write_text(
        HEADER + table((i, i, f"2025-01-0{2 + i % 8} 00:00:00", i % 97) for i in range(n))
    )
    told = trial.pmpo("run", "--as-of", AS_OF, "-f", "json").json()
    assert told["ranked"] == n
    board = trial.pmpo("board", "--top", "2").out
    assert f"2 of {n:,} ranked machines" in board
    assert trial.pmpo("why", "199999", "-f", "json").json()["unit"] == "199999"
    lost = refused(trial, "why", "200000")
    assert lost.errors == ["unit/unknown"]


# Times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1600, 1899, 2101, 9000])
def test_dates_far_from_today_are_only_dates(trial: Trial, year: int) -> None:
    """The machine's clock plays no part: data of any century gives its own moment."""
    rows = [
        (1, "PRESS-01", f"{year}-05-01 00:00:00", 3),
        (2, "PRESS-01", f"{year}-05-20 0:00:00", 5),
    ]
    trial.data("repairs").write_text(HEADER + table(rows))
    told = trial.pmpo("run", "-f", "json").json()
    assert told["as_of"].startswith(str(year))
    assert told["ranked"] == 1


@pytest.mark.parametrize(
    "date", ["9999-12-31 00:00:00", "294247-01-01 00:00:00", "0001-01-01 00:00:00"]
)
def test_dates_at_the_end_of_the_calendar_are_explained(trial: Trial, date: str) -> None:
    """Dates that stand for `open` or `never` are no moment; saying one helps."""
    rows = [(1, "PRESS-01", date, 3), (2, "PRESS-01", date, 5)]
    trial.data("repairs").write_text(HEADER + table(rows))
    assert refused(trial, "run").errors == ["moment/unknown"]
    trial.data("repairs").write_text(REPAIRS + table([(9, "PRESS-01", "9999-12-31 00:00:00", 7)]))
    assert refused(trial, "run").errors == ["moment/unknown"]
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    assert trial.board()["PRESS-01"] == "39.583333000000"


MOMENTS = ["", " ", "tomorrow", "2025-02-30", "0001-01-01", "9999-12-31", "2025-01-01T25:00"]


@pytest.mark.parametrize("text", MOMENTS)
@pytest.mark.parametrize("option", ["--as-of", "--known-by"])
def test_a_moment_that_cannot_be_is_explained(trial: Trial, option: str, text: str) -> None:
    """An empty or impossible moment is refused with one that can be typed."""
    for command in ("run", "compile"):
        done = refused(trial, command, option, text)
        assert done.errors == ["moment/unreadable"]
        assert f"{option} 2017-12-04" in done.err


# Places -----------------------------------------------------------------------------------

FOLDERS = ["with space", 'it\'s "quoted"', "東京 オフィス", "a$b`c;d", "-dash", "100%_[x]*?", "é"]


@pytest.mark.parametrize("name", FOLDERS)
def test_an_office_may_be_anywhere(tmp_path: Path, name: str) -> None:
    """Signs in the path of an office are signs, whatever a shell or SQL would make of them."""
    trial = Trial(tmp_path / name).build()
    assert trial.pmpo("run").code == 0
    from_outside = pmpo("board", f"--office={trial.folder}", "-f", "json", cwd=tmp_path)
    assert [row["unit"] for row in from_outside.json()] == ["LATHE-07", "PRESS-01"]
    trial.data("repairs").unlink()
    refused(trial, "run")


def test_no_office_says_how_to_get_one(tmp_path: Path) -> None:
    """Outside an office every command says what an office is."""
    for words in (["run"], ["board"], ["why", "x"], ["check"], ["compile"]):
        done = pmpo(*words, cwd=tmp_path)
        assert (done.code, done.errors) == (2, ["office/not-found"])
        assert "pmpo demo" in done.err
    assert list(tmp_path.iterdir()) == []


def test_asking_before_the_first_run_says_what_to_type(trial: Trial) -> None:
    """There is no board before a run, and no evaluation of a made-up name."""
    for words in (("board",), ("why", "PRESS-01")):
        done = refused(trial, *words)
        assert done.errors == ["office/no-evaluation"]
        assert "type `pmpo run`" in done.err
    assert refused(trial, "board", "-e", "../../x").errors == ["store/not-found"]
    assert not (trial.folder / ".pmpo").exists()
