from __future__ import annotations

import subprocess
import sys

import pytest

_LOADED_BY_HELP = """
import sys
sys.argv = ["pmpo", "--help"]
from pmpo.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
print(*sorted({name.split(".")[0] for name in sys.modules}), sep="\\n", file=sys.stderr)
"""

HEAVY = {
    "alembic", "cryptography", "duckdb", "numpy", "pandas", "psycopg", "pyarrow", "pyspark",
    "rfc8785", "sqlalchemy", "sqlglot", "yaml",
}  # fmt: skip


def test_help_loads_no_engine() -> None:
    """`pmpo --help` answers at once, because it loads neither SQL nor data libraries."""
    ran = subprocess.run(
        [sys.executable, "-c", _LOADED_BY_HELP], capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(ran.stderr.split())
    assert "pmpo" in ran.stdout


def test_import_loads_nothing_else() -> None:
    """`import pmpo` loads no other module until a public name is used."""
    script = "import sys, pmpo; print(*(m for m in sys.modules if m.startswith('pmpo')))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["pmpo"]


@pytest.mark.parametrize("name", ["Office", "PmpoError", "__version__", "load"])
def test_public_names_are_there(name: str) -> None:
    """Each public name is found when it is asked for, and stays what it is."""
    import pmpo

    assert getattr(pmpo, name) is getattr(pmpo, name)
    assert name in dir(pmpo)
    assert name in pmpo.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt public name fails as for any other module."""
    import pmpo

    with pytest.raises(AttributeError, match="'pmpo' has no attribute 'Ofice'"):
        pmpo.Ofice  # noqa: B018 # looking it up is what is tested
