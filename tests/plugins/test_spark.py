"""Operators of plugins in Spark: computed there, run on its workers, and what a failure leaves."""

from __future__ import annotations

import polars as pl
import pytest

PLUGIN = [
    "from pathlib import Path",
    "from citygoals import Operator, hookimpl",
    "from jsonlogic.json_schema.types import NumberType",
    "PLUGIN_API = 1",
    "class Twice(Operator, name='twice', arity=1):",
    "    def type_of(self, t): t.numbers(self); return NumberType()",
    "    def row(self, c):",
    "        number = c.number(self.arguments[0])",
    "        return lambda data: 2.0 * number(data)",
    "    def column(self, c): return c.double(2.0) * c.number(self.arguments[0])",
    "class Burst(Operator, name='burst', arity=1):",
    "    def type_of(self, t): return NumberType()",
    "    def row(self, c):",
    "        number = c.number(self.arguments[0])",
    "        return lambda data: number(data) if number(data) < 90 else [][1]",
    "@hookimpl",
    "def provide_operators(): return [Twice, Burst]",
    "@hookimpl",
    "def provide_profile(): return Path(__file__).resolve().parent / 'profile'",
]


def rule(name: str, number: object) -> dict[str, object]:
    return {
        "$schema": "https://schemas.citygoals.example/1/rule.schema.json",
        "id": f"nz-{name}",
        "title": name,
        "scale": "attainment",
        "logic": {"if": [{">=": [number, {"var": "target"}]}, "met", "not-met"]},
        "examples": [{"given": {"value": 0, "target": 11}, "expect": "not-met"}],
    }


VALUE = {"var": "value"}
RULES = {
    "rules/clamped.json": rule("clamped", {"clamp": [{"twice": [VALUE]}, 10, 80.5]}),
    "rules/burst.json": rule("burst", {"burst": [VALUE]}),
}
GOALS = [
    {
        "id": f"nz-goal-{name}",
        "title": name,
        "indicator": "nz-share",
        "rule": f"nz-{name}",
        "targets": [{"value": 80.5, "status": "illustrative", "reason": "It is a test."}],
        "reason": "It is a test.",
    }
    for name in ("clamped", "burst")
]


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_operators_run_in_spark_and_a_workers_failure_is_one_error(host, tmp_path) -> None:
    rows = [("NZ", "nz-share", 2015 + n, value) for n, value in enumerate((5.0, 40.25, 40.0, 81.0))]
    names = ["area", "indicator", "year", "value"]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(tmp_path / "good.parquet")
    bad = [("NZ", "nz-share", 2016, 99.5)]
    pl.DataFrame(bad, schema=names, orient="row").write_parquet(tmp_path / "bad.parquet")
    years = [part for year in range(2014, 2019) for part in ("--year", str(year))]
    spark = ["evaluate", "--profile", "nz", "--area", "NZ", "--engine", "spark", *years]
    show = ["show", "--format", "json"]
    polars, by_polars, good, by_spark, failed, debug, listed = host.run(
        tmp_path,
        [
            [*spark, "--engine", "polars", "--observations", "good.parquet"],
            show,
            [*spark, "--observations", "good.parquet", "--out", "runs"],
            show,
            [*spark, "--observations", "bad.parquet", "--out", "failed"],
            ["--debug", *spark, "--observations", "bad.parquet", "--out", "failed"],
            ["runs", "--format", "json"],
        ],
        host.lay(PLUGIN, {**RULES, "goals.json": GOALS}),
        CITYGOALS_PLUGINS="common,newland",
        MASTER="local[1]",
        SPARK_LOCAL_IP="127.0.0.1",
    )
    assert (polars.code, good.code) == (0, 0), good.err
    assert by_spark.json == by_polars.json
    judged = {one["year"]: one["status"] for one in by_spark.json if one["goal"] == GOALS[0]["id"]}
    assert judged == {2014: "no-data", 2015: "not-met", 2016: "met", 2017: "not-met", 2018: "met"}
    assert (failed.code, failed.out) == (2, "")
    (line,) = [one for one in failed.err.splitlines() if not one.startswith("note: ")]
    said = (
        "error: Spark stopped: IndexError: list index out of range; in judging the areas NZ to NZ"
    )
    assert line.startswith(said)
    assert "Traceback" in debug.err
    assert not list(tmp_path.glob("failed/*"))
    assert len(listed.json) == 2
