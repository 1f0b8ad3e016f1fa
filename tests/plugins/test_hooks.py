"""Each hook has a built-in that uses it, and what it gives is used: operators, formats, methods."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl
import pytest

from citygoals import Rule
from citygoals.core.base.entries import COMMANDS, HOST, PLUGINS, installed_entries
from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.logic import standard_operators
from citygoals.core.logic.engines import COMPUTING
from citygoals.core.plugin.hookspecs import hook_names
from citygoals.core.plugin.manager import Plugins

CLAMP = json.loads(
    (Path(__file__).parents[1] / "cases" / "plugins" / "clamp.json").read_text(encoding="utf-8")
)
PAGES = Path(__file__).parents[2] / "docs" / "plugins"
GOOD = (
    "from pathlib import Path",
    "from citygoals import Format, Method, Operator, RawRow, hookimpl, raw_table",
    "PLUGIN_API = 1",
    "@hookimpl",
    "def provide_profile():",
    "    return Path(__file__).resolve().parent / 'profile'",
)


def plugins_of_citygoals() -> Plugins:
    return Plugins([entry for entry in installed_entries(PLUGINS) if entry.of_host])


@pytest.mark.parametrize("hook", hook_names())
def test_a_built_in_uses_the_hook(hook: str) -> None:
    kind = hook.removeprefix("provide_")
    given = [getattr(one.contributions, kind) for one in plugins_of_citygoals().loaded]
    assert any(given)


def test_a_built_in_command_comes_by_entry_point() -> None:
    ours = [entry.name for entry in installed_entries(COMMANDS) if entry.distribution == HOST]
    assert ours == ["new-plugin"]


@pytest.mark.parametrize("hook", hook_names())
def test_a_tutorial_shows_the_hook(hook: str) -> None:
    shown = [page.stem for page in PAGES.glob("*.md") if f"def {hook}(" in page.read_text("utf-8")]
    assert shown


def test_every_operator_and_method_of_a_built_in_is_documented() -> None:
    page = (PAGES / "operators.md").read_text(encoding="utf-8")
    found = plugins_of_citygoals()
    given = [name for one in found.loaded for name in one.contributions.operators]
    assert given
    assert all(f"`{name}`" in page for name in given)
    hooks = (PAGES.parent / "hooks.md").read_text(encoding="utf-8")
    assert all(
        f"`{name}`" in hooks for plugin in found.loaded for name in plugin.contributions.methods
    )


def clamp() -> Rule:
    logic = {"clamp": [{"var": name} for name in CLAMP["columns"]]}
    return Rule.parse(logic, registry=plugins_of_citygoals().registry())


def bits(number: float | None) -> bytes | None:
    return None if number is None else struct.pack(">d", float(number))


def test_clamp_by_rows() -> None:
    rule = clamp()
    for case in CLAMP["cases"]:
        data = dict(zip(CLAMP["columns"], case["data"], strict=True))
        assert bits(rule.apply(data)) == bits(case["expect"]), case


@pytest.mark.parametrize("engine", COMPUTING)
def test_clamp_by_columns(engine: str) -> None:
    rows = [case["data"] for case in CLAMP["cases"]] + [[None, 0, 1], [1, None, 1], [1, 0, None]]
    types = dict.fromkeys(CLAMP["columns"], pl.Float64)
    frame = pl.DataFrame(
        [[None if cell is None else float(cell) for cell in row] for row in rows],
        schema=types,
        orient="row",
    ).with_row_index("row")
    expression = clamp().to_expr(needs=CLAMP["columns"])
    if engine == "polars":
        found = nw.from_native(frame).with_columns(answer=expression).to_native()["answer"]
    else:
        with duckdb.connect() as connection:
            relation = nw.from_native(connection.from_arrow(frame.to_arrow()))
            table = relation.with_columns(answer=expression).to_native().order("row")
            found = [row[-1] for row in table.fetchall()]
    want = [case["expect"] for case in CLAMP["cases"]] + [None] * 3
    assert [bits(number) for number in found] == [bits(number) for number in want]


def test_an_operator_of_a_plugin_is_no_part_of_the_language() -> None:
    assert "clamp" not in standard_operators().names()
    with pytest.raises(InvalidDocuments, match="unknown operator 'clamp'"):
        Rule.parse({"clamp": [1, 2, 3]})


FORMATS = [
    *GOOD,
    "def lines(path, options):",
    "    text = path.read_text(encoding='utf-8')",
    "    if 'burst' in text: raise RuntimeError('burst')",
    "    if 'number' in text: return 3",
    "    if 'later' in text: return raw_table(path, later(), options)",
    "    names = ('area', 'indicator', 'year', 'value', 'unit', 'note')",
    "    cells = [dict(zip(names, line.split())) for line in text.splitlines()]",
    "    rows = [RawRow(line=n, cells=c) for n, c in enumerate(cells, start=1)]",
    "    return raw_table(path, rows, options)",
    "def later():",
    "    yield RawRow(line=1, cells={})",
    "    raise LookupError('later')",
    "@hookimpl",
    "def provide_formats():",
    "    return [Format(id='lines', description='Lines', suffixes=('.lines',), read=lines)]",
]


@pytest.mark.parametrize(
    ("name", "text", "options", "code", "says"),
    [
        ("a.lines", "NZ nz-share 2023 80 %\n", [], 0, ""),
        ("a.csv", "NZ nz-share 2023 80 %\n", ["--as", "lines"], 0, ""),
        ("a.LINES", "NZ nz-share 2023 80 %\n", [], 0, ""),
        ("a.lines", "NZ nz-share 2023 80\n", ["--assume-indicator-units"], 0, ""),
        ("a.lines", "NZ nz-share 2023 80\n", [], 2, "has no column named unit"),
        ("a.lines", "NZ nz-share 2023 x %\n", [], 1, "a.lines:1: "),
        ("a.lines", "burst\n", [], 2, "failed in reading a.lines as lines: RuntimeError: burst"),
        ("a.lines", "later\n", [], 2, "failed in reading a.lines as lines: LookupError: later"),
        ("a.lines", "number\n", [], 2, "gave int for a.lines, not a RawTable"),
        ("a.lines", "x\n", ["--as", "line"], 2, "unknown format 'line'; did you mean 'lines'?"),
        ("a.csv", "x\n", ["--as", "long-csv"], 2, "a.csv: has a header and no rows"),
    ],
)
def test_a_format_of_a_plugin(host, tmp_path, name, text, options, code, says) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    command = ["import", name, *options, "--format", "json"]
    (said,) = host.run(tmp_path, [command], host.lay(FORMATS), CITYGOALS_PLUGINS="newland")
    assert said.code == code, said.err
    assert says in said.err
    if code == 2:
        assert (said.out, (tmp_path / "forum.db").exists()) == ("", False)
    else:
        assert said.json[0]["new"] + said.json[0]["rejected"] == 1


METHODS = [
    *GOOD,
    "@hookimpl",
    "def provide_methods():",
    "    return [Method(id='own', title='our own way', project=lambda series, year: ANSWER)]",
]


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ("sum(value for _, value in series)", 0, "by own (our own way): 30 in 2030"),
        ("None", 0, "by own (our own way): nothing can be said"),
        ("1 / 0", 2, "failed in method own: ZeroDivisionError: division by zero"),
        ("'many'", 2, "failed in method own: gave 'many', not a finite number or None"),
        ("float('nan')", 2, "gave nan, not a finite number or None"),
    ],
)
def test_a_method_of_a_plugin(host, tmp_path, answer, code, says) -> None:
    figures = "area,indicator,year,value,unit,source\n"
    figures += "".join(f"KR-seoul,water-loss,{year},10,%,Test\n" for year in (2020, 2021, 2023))
    (tmp_path / "figures.csv").write_text(figures, encoding="utf-8")
    lines = [line.replace("ANSWER", answer) for line in METHODS]
    imported, said = host.run(
        tmp_path,
        [["import", "figures.csv"], ["explain", "KR-seoul", "water-loss"]],
        host.lay(lines),
        CITYGOALS_PLUGINS="korea,newland",
    )
    assert imported.code == 0
    assert said.code == code, said.err
    assert says in (said.err if code else said.out)


BURST = [
    *GOOD,
    "from jsonlogic.json_schema.types import NumberType",
    "class Burst(Operator, name='burst', arity=1):",
    "    def type_of(self, t): return NumberType()",
    "    def row(self, c):",
    "        number = c.number(self.arguments[0])",
    "        return lambda data: 1.0 if number(data) < 50 else [][1]",
    "@hookimpl",
    "def provide_operators():",
    "    return [Burst]",
]
RULE = {
    "id": "nz-rule",
    "title": "Rule",
    "scale": "attainment",
    "logic": {"if": [{">": [{"burst": [{"var": "value"}]}, 0]}, "met", "not-met"]},
    "examples": [{"given": {"value": 1}, "expect": "met"}],
}
GOAL = {"id": "nz-goal", "title": "G", "indicator": "nz-share", "rule": "nz-rule", "reason": "r"}


def test_an_operator_that_raises_on_figures_stops_the_run(host, tmp_path) -> None:
    header = "area,indicator,year,value,unit,source\n"
    (tmp_path / "figures.csv").write_text(f"{header}NZ,nz-share,2023,60,%,Test\n", "utf-8")
    imported, said, debug, runs = host.run(
        tmp_path,
        [
            ["import", "figures.csv"],
            ["evaluate", "--profile", "nz"],
            ["--debug", "evaluate", "--profile", "nz"],
            ["runs", "--format", "json"],
        ],
        host.lay(BURST, {"rule.json": RULE, "goals.json": [GOAL]}),
        CITYGOALS_PLUGINS="newland",
    )
    assert imported.code == 0
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: IndexError: list index out of range; ")
    assert "Traceback" not in said.err
    assert "Traceback" in debug.err
    assert "citygoals_newland" in debug.err
    assert runs.json == []
