from __future__ import annotations

import csv
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import termios
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from pmpo.cli import change_app, decide_app, loop_app, proof_app  # noqa: F401 - they add commands
from pmpo.cli.app import app
from pmpo.cli.output import print_csv, print_markdown
from pmpo.cli.rounding import shown, shown_parts
from pmpo.cli.sections import SECTIONS, Commands
from pmpo.cli.views import typed
from tests.scenarios.terminal import COMMAND, environment, pmpo
from tests.scenarios.trial import AS_OF, MACHINES, Trial

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ["demo", "schema", "check", "compile", "run", "board", "why"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office whose units need more than ASCII, evaluated once."""
    trial = Trial(tmp_path_factory.mktemp("office"))
    trial.build(machines=MACHINES.replace("Lathe", "Drehbank Süd 旋盤").replace("Press", "=1+1"))
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    return trial.folder


def typed_into_shell(office: Path, line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A command line with `pmpo` in it, as bash runs it, with the status of its pipe."""
    program = " ".join(f"'{word}'" for word in COMMAND)
    script = f'pmpo() {{ {program} "$@"; }}\nset -o pipefail\n{line}\n'
    return subprocess.run(
        ["bash", "-c", script], cwd=office, env=environment(env), capture_output=True, check=False
    )


def at_a_terminal(office: Path, width: int, *words: str, **env: str) -> str:
    """What a terminal of some width shows."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=office,
        env=environment({"TERM": "xterm", **env}),
        stdin=slave,
        stdout=slave,
        stderr=subprocess.DEVNULL,
    ) as command:
        os.close(slave)
        parts = []
        try:
            while part := os.read(master, 65_536):
                parts.append(part)
        except OSError:
            pass  # how Linux tells that the other end of a terminal has been closed
    os.close(master)
    assert command.returncode == 0
    return b"".join(parts).decode()


# Help -------------------------------------------------------------------------------------


def test_help_names_every_command() -> None:
    """`pmpo --help` lists the commands; without a command the same is a usage error."""
    told, bare = pmpo("--help"), pmpo()
    assert (told.code, told.err) == (0, "")
    assert all(re.search(rf"^  {name} ", told.out, re.MULTILINE) for name in COMMANDS)
    assert (bare.code, bare.out) == (2, "")


def test_help_has_every_command_in_one_section() -> None:
    """No command is left out of the sections, and none is in two of them."""
    listed = [name for names in SECTIONS.values() for name in names]
    commands = get_command(app)
    assert isinstance(commands, Commands)
    assert sorted(listed) == sorted(commands.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """Each command's help begins with its usage and a sentence, and names `--help` itself."""
    told = pmpo(command, "--help")
    assert told.code == 0
    assert told.out.startswith(f"Usage: pmpo {command}") or f" {command} [" in told.out
    assert re.search(r"^\n  [A-Z][^.]*[.]$", told.out, re.MULTILINE)


@pytest.mark.parametrize(
    "words", [["bord"], ["board", "--top", "0"], ["why"], ["run", "-f", "xml"], ["check", "x"]]
)
def test_a_usage_error_is_2_and_goes_to_stderr(words: list[str]) -> None:
    """What was typed wrongly is said on stderr, with where to find help."""
    done = pmpo(*words)
    assert (done.code, done.out) == (2, "")
    assert "for help" in done.err


# Terminals and pipes ----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_can_show_a_board(office: Path, encoding: str) -> None:
    """Lines are drawn with what there is; other characters are escaped, never fatal."""
    ran = typed_into_shell(office, "pmpo board", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (ran.returncode, ran.stderr) == (0, b"")
    shown_text = ran.stdout.decode(encoding)
    assert ("S\\xfcd" if encoding == "ascii" else "Süd") in shown_text
    assert ("━" if encoding == "utf-8" else "=====") in shown_text


def test_the_c_locale_can_show_everything(office: Path) -> None:
    """A cron job without a language gets its results and its findings."""
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for line, status in (("pmpo board", 0), ("pmpo why LATHE-07", 0), ("pmpo why ü", 2)):
        ran = typed_into_shell(office, line, **plain)
        assert ran.returncode == status, ran.stderr
        assert b"bug:" not in ran.stderr


@pytest.mark.parametrize("format", ["json", "csv", "md"])
def test_data_is_utf_8_in_every_language(office: Path, format: str) -> None:
    """Files written from a terminal of any language can be read by other programs."""
    for encoding in ("ascii", "utf-8"):
        ran = typed_into_shell(
            office, f"pmpo board -f {format}", PYTHONIOENCODING=encoding, PYTHONUTF8="0"
        )
        assert "Drehbank Süd 旋盤" in ran.stdout.decode("utf-8")


def test_a_reader_that_leaves_is_no_error(office: Path) -> None:
    """`| head -1` and `| true` end the command quietly."""
    for line in ("pmpo board | head -1", "pmpo board -f json | true", "pmpo compile | head -1"):
        ran = typed_into_shell(office, line)
        assert (ran.returncode, ran.stderr) == (0, b""), line


@pytest.mark.parametrize("line", ["pmpo board > /dev/full", "pmpo board -f csv 1>&-"])
def test_output_that_goes_nowhere_is_told(office: Path, line: str) -> None:
    """A full disk or a closed output is a finding of its own."""
    ran = typed_into_shell(office, line)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"error[output/failed]: the result cannot be written")


def test_a_closed_stderr_changes_nothing(office: Path) -> None:
    """Results come out, and exit codes stay, where nobody listens to messages."""
    assert typed_into_shell(office, "pmpo board 2>&-").returncode == 0
    assert typed_into_shell(office, "pmpo why nobody 2>&-").returncode == 2


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 200])
def test_a_terminal_of_any_width_shows_score_and_quality(office: Path, width: int) -> None:
    """What does not fit gives way; no line is longer than the terminal."""
    text = at_a_terminal(office, width, "board", NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r", "").split("\n")
    assert all(len(line) <= width for line in lines)
    header = next(line for line in lines if "score" in line)
    assert header.rstrip().endswith("q")


def test_colours_only_where_they_are_seen_and_wanted(office: Path) -> None:
    """A terminal gets the accent colour; a pipe and NO_COLOR do not."""
    accent = "\x1b[1;36m"
    assert accent in at_a_terminal(office, 100, "board")
    assert "36m" not in at_a_terminal(office, 100, "board", NO_COLOR="1")
    assert "\x1b" not in pmpo("board", cwd=office).out


# Formats ----------------------------------------------------------------------------------


def test_csv_does_not_hand_formulas_to_spreadsheets(office: Path) -> None:
    """A label that a spreadsheet would compute is marked as text; numbers stay numbers."""
    told = pmpo("board", "-f", "csv", cwd=office).out
    assert "'=1+1" in told
    assert "'-" not in told


def test_rows_keep_their_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Without rows there is still a header; cells cannot break out of their column."""
    print_csv([], ["a", "b"])
    print_csv([{"a": "x,y", "b": "-5"}], ["a", "b"])
    assert capsys.readouterr().out == 'a,b\na,b\n"x,y",-5\n'
    print_markdown([], ["a"])
    print_markdown([{"a": "x|y\\\nz"}], ["a"])
    assert capsys.readouterr().out == "| a |\n|---|\n| a |\n|---|\n| x\\|y\\\\ z |\n"


def test_markdown_has_the_digits_that_are_declared(tmp_path: Path) -> None:
    """Two digits behind the point as in the table; CSV and JSON have the number."""
    trial = Trial(tmp_path).build()
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    assert "| pain | downtime | 24.00 |" in trial.pmpo("why", "LATHE-07", "-f", "md").out
    assert "pain,downtime,24.0," in trial.pmpo("why", "LATHE-07", "-f", "csv").out
    trial.edit(("precision: 2", "precision: 0"))
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    assert "| pain | downtime | 24 |" in trial.pmpo("why", "LATHE-07", "-f", "md").out


def test_markdown_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters are replaced there as in a table; CSV is data and keeps them."""
    rows = [{"a": "\x1b]0;owned\x07\x9b31mred\x1b[0m"}]
    print_markdown(rows, ["a"])
    assert capsys.readouterr().out.splitlines()[2] == "| �]0;owned��31mred�[0m |"
    print_csv(rows, ["a"])
    assert list(csv.DictReader(io.StringIO(capsys.readouterr().out))) == rows


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d", "\uff20"])
def test_csv_runs_nothing_in_a_spreadsheet(capsys: pytest.CaptureFixture[str], start: str) -> None:
    """A text that would be a formula begins with an apostrophe; numbers stay numbers."""
    text = f"{start}cmd|'/c calc'!A0"
    print_csv([{"label": text, "points": "-2.5", "count": -3}], ["label", "points", "count"])
    (_, row) = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert row == ["'" + text, "-2.5", "-3"]


@given(st.lists(st.decimals(0, 100, places=12), min_size=1, max_size=8), st.integers(0, 3))
def test_shown_parts_add_up_and_are_close(parts: list[Decimal], digits: int) -> None:
    """Rounded parts add up to the rounded whole, and none moves by a whole step."""
    rounded = shown_parts(parts, digits)
    assert sum(rounded) == shown(sum(parts, Decimal(0)), digits)
    step = Decimal(1).scaleb(-digits)
    assert all(abs(one - part) < step for one, part in zip(rounded, parts, strict=True))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), min_size=1, max_size=20))
def test_a_suggested_word_is_read_back_by_a_shell(word: str) -> None:
    """Whatever a unit is called, the command that the demo suggests names it."""
    import shlex

    assert shlex.split(typed(word)) == [word]
