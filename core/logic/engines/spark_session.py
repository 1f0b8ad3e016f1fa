"""A session of Spark: the one that runs, or a new one by Spark's own settings."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.logic.engines.names import EngineUnavailable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "spark"
_OURS = ("pyspark", "py4j", "grpc")
"""The packages whose errors are Spark's."""


class SparkFailed(CitygoalsError):  # noqa: N818
    """What stopped Spark, in one line; Spark's own error is the cause."""

    def __init__(self, problem: str, mend: str = "") -> None:
        self.problem, self.mend = problem, mend
        super().__init__(f"Spark stopped: {problem}" + (f"; {mend}" if mend else ""))


@contextmanager
def spark_session(settings: Mapping[str, str]) -> Iterator[SparkSession]:
    """A session that has these settings for the block; one that was started here is stopped.

    Which Spark it is, Spark's own settings say: SPARK_REMOTE, MASTER, spark-submit or its
    configuration, else every core of this machine. What the JVM writes goes to a file, which is
    kept where it fails. Raises EngineUnavailable, and SparkFailed for what stops Spark.
    """
    if running := _running():
        with _speaking(), _with(running, settings):
            yield running
        return
    with _log() as log:
        spark = _start(log)
        try:
            with _speaking(log), _with(spark, settings):
                yield spark
        finally:
            spark.stop()


def _running() -> SparkSession | None:
    try:
        import pyarrow  # type: ignore[import-untyped]  # noqa: F401
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise EngineUnavailable(NAME, str(error.name).partition(".")[0]) from error
    return SparkSession.getActiveSession()


@contextmanager
def _with(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """The settings for the block; those before it come back."""
    before = {name: str(spark.conf.get(name)) for name in settings}
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


@contextmanager
def _log() -> Iterator[Path]:
    """A file for what the JVM writes; it stays where Spark failed and it says something."""
    handle, name = mkstemp(prefix="citygoals-spark-", suffix=".log")
    os.close(handle)
    log, keep = Path(name), False
    try:
        yield log
    except (EngineUnavailable, SparkFailed):
        keep = log.exists() and log.stat().st_size > 0
        raise
    finally:
        if not keep:
            log.unlink(missing_ok=True)


def _start(log: Path) -> SparkSession:
    """A new session. Workers on this machine run the Python that runs here."""
    from pyspark.sql import SparkSession

    _need_answer()
    settings: dict[str, bool | float | int | str | None] = {"spark.app.name": "citygoals"}
    if "SPARK_REMOTE" not in os.environ:
        _need_java()
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        settings["spark.ui.enabled"] = "false"
    try:
        with _stderr_to(log):
            spark = SparkSession.builder.config(map=settings).getOrCreate()
            spark.range(1).count()
    except ImportError as error:
        raise EngineUnavailable(NAME, _line(error)) from error
    except Exception as error:
        problem = f"did not start: {_line(error)}"
        mend = f"look at SPARK_REMOTE, MASTER and JAVA_HOME; more is in {log}"
        raise EngineUnavailable(NAME, "Spark", problem=problem, mend=mend) from error
    return spark


def _need_answer() -> None:
    """Whether something listens where Spark is said to be; Spark itself would try for minutes."""
    for name, scheme, usual in (("SPARK_REMOTE", "sc", 15002), ("MASTER", "spark", 7077)):
        hosts = re.match(rf"{scheme}://([^/;]+)", os.environ.get(name, ""))
        if hosts and not any(_answers(host, usual) for host in hosts[1].split(",")):
            problem = f"gets no answer from {hosts[1]}, which {name} names"
            mend = f"start Spark there, or correct {name}"
            raise EngineUnavailable(NAME, "Spark", problem=problem, mend=mend)


def _answers(host: str, usual: int) -> bool:
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port or usual)), timeout=10):
            return True
    except (OSError, ValueError):
        return False


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=f"{home}/bin" if home else None):
        where = f"none in JAVA_HOME ({home})" if home else "no `java` on the PATH"
        mend = "install one, and name it by JAVA_HOME, or choose another engine"
        problem = f"needs Java 17 or newer: {where}"
        raise EngineUnavailable(NAME, "Java", problem=problem, mend=mend)


@contextmanager
def _stderr_to(log: Path) -> Iterator[None]:
    """The JVM that is started in the block writes to the file, for as long as it lives."""
    sys.stderr.flush()
    kept = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _speaking(log: Path | None = None) -> Iterator[None]:
    """Errors of Spark in one line."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _OURS:
            raise
        raise SparkFailed(_line(error), _mend(error, log)) from error


def _mend(error: Exception, log: Path | None) -> str:
    mends = [f"more is in {log}"] if log and log.stat().st_size else []
    if "No module named 'citygoals" in str(error):
        mends.insert(0, "install this citygoals for the Python of the workers, PYSPARK_PYTHON")
    return "; ".join(mends)


def _line(error: Exception) -> str:
    """What an error of Spark comes from: what a worker said, its last cause, or its first line."""
    text = str(error)
    if worker := re.search(r"(?<=WorkerFailed: ).+|Python worker exited unexpectedly[^.]*", text):
        return str(worker[0])
    causes = re.findall(r"^Caused by: (?:[\w$]+\.)*(.+)$", text, re.MULTILINE)
    fuller = [cause for cause in causes if causes[-1].partition(": ")[2] in cause]
    raised = re.findall(r"^(?:\w+\.)*(\w*(?:Error|Exception|Exit): .+)$", text, re.MULTILINE)
    candidates: list[str] = [*fuller[:1], *raised[-1:], *text.splitlines(), type(error).__name__]
    return candidates[0]
