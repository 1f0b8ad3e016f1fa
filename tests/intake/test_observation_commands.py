"""The commands about observations on the shipped profiles: import, list, mend, withdraw, forms."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from citygoals.cli import main
from citygoals.core.base.model import StandKind
from citygoals.core.results.form import form_rows
from citygoals.core.store import open_database
from citygoals.plugins.commands._forum import load_forum

HEADER = "area,indicator,year,value,unit,source\n"
METERS = "households-with-smart-energy-meters"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        return (int(stopped.value.code or 0), *capsys.readouterr())

    return run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_import_list_mend_and_import_again(run: Run) -> None:
    text = f"{HEADER}Sejong,ISO 37122:2019 12.1,2022,41.2,%,Yearbook\nSejong,{METERS},2023,,%,\n"
    Path("figures.csv").write_text(f"{text}Sejong,{METERS},2021,38 %,%,Yearbook\n")
    code, out, err = run("import", "figures.csv", "--format", "json")
    (row,) = json.loads(out)
    assert code == 1
    assert [row[key] for key in ("import", "new", "revised", "unchanged", "rejected")] == [
        *(1, 1, 0, 0, 2)
    ]
    assert "figures.csv:3: the cell 'source' is empty" in err
    assert "figures.csv:4: '38 %' carries its unit" in err
    assert "citygoals rejects --db forum.db --import 1 --format csv" in err

    code, out, _ = run("rejects", "--format", "csv")
    assert (code, out.splitlines()[0]) == (
        0,
        f"{HEADER.strip()},reject_file,reject_line,reject_code,reject_message",
    )
    assert [(one["reject_line"], one["reject_code"]) for one in rows(out)] == [
        ("3", "empty-cell"),
        ("4", "not-a-number"),
    ]
    mended = out.replace("38 %", "38").replace(",,%,,", ",:,%,Yearbook,")
    Path("mended.csv").write_text(mended)
    code, out, err = run("import", "mended.csv", "--format", "csv")
    assert (code, err) == (0, "")
    assert {"import": "2", "new": "2", "rejected": "0"}.items() <= rows(out)[0].items()

    code, out, _ = run("imports", "--format", "json")
    assert [(one["file"], one["new"]) for one in json.loads(out)] == [
        ("figures.csv", 1),
        ("mended.csv", 2),
    ]
    with open_database("forum.db", read_only=True) as database:
        assert [(one.year, one.value, one.status.value) for one in database.observations()] == [
            (2021, 38.0, "A"),
            (2022, 41.2, "A"),
            (2023, None, "M"),
        ]


def test_rejects_keep_the_source_that_their_file_gave_them(run: Run) -> None:
    text = f"area,indicator,year,value,unit\nKR,{METERS},2022,41,%\nKR,{METERS},2023,?,%\n"
    Path("yearbook.csv").write_text(text)
    _, _, err = run("import", "yearbook.csv")
    assert "no column source; the source is 'yearbook'" in err
    _, out, _ = run("rejects", "--format", "csv")
    Path("mended.csv").write_text(out.replace("?", "42"))
    assert run("import", "mended.csv")[0] == 0
    with open_database("forum.db", read_only=True) as database:
        assert {one.source for one in database.observations()} == {"yearbook"}


def test_the_same_file_twice_says_so(run: Run) -> None:
    Path("a.csv").write_text(f"{HEADER}KR,{METERS},2022,41,%,Yearbook\n")
    assert run("import", "a.csv")[0] == 0
    before = Path("forum.db").read_bytes()
    code, _, err = run("import", "a.csv")
    assert (code, err) == (0, "a.csv: was taken in before; nothing changed\n")
    assert Path("forum.db").read_bytes() == before


def test_all_files_or_none(run: Run) -> None:
    Path("a.csv").write_text(f"{HEADER}KR,{METERS},2022,41,%,Yearbook\n")
    Path("b.csv").write_text("area;indicator\nKR;x\n")
    code, out, err = run("import", "a.csv", "b.csv")
    assert (code, out) == (2, "")
    assert err.startswith("error: b.csv: ")
    assert not Path("forum.db").exists()
    Path("b.csv").write_text(f"{HEADER}KR,{METERS},2022,42,%,Yearbook\n")
    code, out, _ = run("import", "a.csv", "b.csv", "--format", "json")
    assert [(one["new"], one["revised"]) for one in json.loads(out)] == [(1, 0), (0, 1)]


def test_semicolons_and_decimal_commas(run: Run) -> None:
    text = HEADER.replace(",", ";") + f"KR;{METERS};2022;41,5;%;Yearbook\n"
    Path("a.csv").write_text(text)
    assert run("import", "a.csv", "--delimiter", ";", "--decimal", ",")[0] == 0
    Path("a.tsv").write_text(text.replace(";", "\t").replace("41,5", "42"))
    assert run("import", "a.tsv", "--delimiter", "tab")[0] == 0
    with open_database("forum.db", read_only=True) as database:
        assert [one.value for one in database.observations()] == [42.0]
    code, _, err = run("import", "a.csv", "--delimiter", ";;")
    assert code == 2
    assert "';;' is not one character" in err


def test_assumed_units(run: Run) -> None:
    Path("a.csv").write_text(f"area,indicator,year,value,source\nKR,{METERS},2022,41,Y\n")
    code, _, err = run("import", "a.csv")
    assert code == 2
    assert "no column named unit" in err
    assert run("import", "a.csv", "--assume-indicator-units")[0] == 0


def test_imports_dated_back_and_withdrawn(run: Run) -> None:
    Path("a.csv").write_text(f"{HEADER}KR,{METERS},2022,41,%,Yearbook\n")
    Path("b.csv").write_text(f"{HEADER}KR,{METERS},2022,42,%,Yearbook\n")
    assert run("import", "a.csv", "--db", "f.db", "--as-of", "2025-03-01")[0] == 0
    code, _, err = run("import", "b.csv", "--db", "f.db", "--as-of", "2025-02-01")
    assert code == 2
    assert "2025-03-01" in err
    assert run("import", "b.csv", "--db", "f.db", "--as-of", "2025-04-01")[0] == 0
    code, out, _ = run("imports", "--db", "f.db", "withdraw", "2")
    assert (code, out.startswith("import 2 (b.csv) is withdrawn")) == (0, True)
    _, out, _ = run("imports", "--db", "f.db", "--format", "csv")
    assert [one["imported_at"][:10] for one in rows(out)] == ["2025-03-01", "2025-04-01"]
    assert [bool(one["withdrawn_at"]) for one in rows(out)] == [False, True]
    assert run("imports", "withdraw", "2", "--db", "f.db")[0] == 2
    with open_database("f.db", read_only=True) as database:
        assert [one.value for one in database.observations()] == [41.0]


@pytest.mark.parametrize("as_of", ["2999-01-01", "soon"])
def test_no_import_of_tomorrow(as_of: str, run: Run) -> None:
    Path("a.csv").write_text(f"{HEADER}KR,{METERS},2022,41,%,Yearbook\n")
    code, _, err = run("import", "a.csv", "--as-of", as_of)
    assert code == 2
    assert as_of in err
    assert not Path("forum.db").exists()


def test_a_table_of_rejects_is_not_endless(run: Run) -> None:
    lines = [f"KR,{METERS},{at},1,%,Yearbook\n" for at in range(510)]
    Path("a.csv").write_text(HEADER + "".join(lines))
    run("import", "a.csv")
    _, out, err = run("rejects")
    assert (out.count("not-a-year"), err) == (500, "and 10 more; --format csv has them all\n")
    assert len(rows(run("rejects", "--format", "csv")[1])) == 510
    assert len(json.loads(run("rejects", "--format", "json")[1])) == 510


def test_tables_fit_80_columns(run: Run) -> None:
    lines = [f"KR,{METERS},2022,4{at}%,%,A yearbook with a long name\n" for at in range(30)]
    Path("the-figures-of-the-year.csv").write_text(HEADER + "".join(lines))
    outputs = [run("import", "the-figures-of-the-year.csv")]
    outputs += [run("imports"), run("rejects"), run("areas")]
    assert "20 more rejected" in outputs[0][2]
    for _, out, _ in outputs:
        assert out
        assert max(map(len, out.splitlines())) <= 80
        assert "\x1b" not in out


def test_areas_from_csv_and_json(run: Run) -> None:
    header = "id,name,level,country,population,latitude,longitude\n"
    Path("a.csv").write_text(f"{header}IS-reykjavik,Reykjavík,city,IS,140000,64.15,-21.94\n")
    city = {"id": "IS-reykjavik", "name": "Reykjavík", "level": "city", "country": "IS"}
    country = {"id": "IS", "name": {"en": "Iceland"}, "level": "country", "country": "IS"}
    document = {
        "$schema": "https://schemas.citygoals.example/1/areas.schema.json",
        "areas": [country, {**city, "latitude": 64}],
    }
    Path("b.json").write_text(json.dumps(document))
    assert run("areas", "add", "a.csv")[:2] == (0, "areas registered: 1, updated: 0\n")
    _, out, _ = run("areas", "--db", "forum.db", "add", "b.json")
    assert out == "areas registered: 1, updated: 1\n"
    found = {one["id"]: one for one in json.loads(run("areas", "--format", "json")[1])}
    assert found["IS-reykjavik"] == {
        "id": "IS-reykjavik",
        "name": "Reykjavík",
        "level": "city",
        "country": "IS",
        "population": None,
        "latitude": 64.0,
        "longitude": None,
        "origin": "database",
    }
    assert (found["IS"]["origin"], found["KR-sejong"]["origin"]) == ("database", "profile")
    Path("c.csv").write_text(f"{HEADER}Reykjavík,{METERS},2022,41,%,Yearbook\n")
    assert run("import", "c.csv")[0] == 0


def test_every_fault_of_a_list_of_areas_at_once(run: Run) -> None:
    lines = [
        "XX-far,Far,city,XX,",
        "VN-hue,Huế,city,,",
        "TH-x,X,town,TH,many",
        "KR-a,A,city,JP,1",
        "LA-b,B,city,LA,",
        "LA-b,B,city,LA,",
    ]
    Path("a.csv").write_text("id,name,level,country,population\n" + "\n".join(lines))
    code, _, err = run("areas", "add", "a.csv")
    assert code == 2
    for words in (
        "a.csv:2: area 'XX-far': 'XX' is no country of ISO 3166",
        "a.csv:3: 'country' is missing",
        "a.csv:4: population: 'many' is not a number",
        "a.csv:4: 'town' is not allowed here",
        "a.csv:5: area 'KR-a' is in 'JP' but its id does not start so",
        "a.csv:6: area 'LA-b' stands 2 times",
        "a.csv:7: area 'LA-b' stands 2 times",
    ):
        assert words in err
    assert not Path("forum.db").exists()


def test_a_form_sent_out_filled_in_and_taken_in(run: Run) -> None:
    Path("a.csv").write_text(f"{HEADER}KR-sejong,{METERS},2022,41.2,%,Yearbook\n")
    run("import", "a.csv")
    assert run("template", "--profile", "kr", "--area", "KR-sejong", "--output", "form.csv")[0] == 0
    assert Path("form.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    form = rows(Path("form.csv").read_text(encoding="utf-8-sig"))
    asked = {one["indicator"]: one for one in form}
    meters = asked[METERS]
    assert (meters["area"], meters["unit"]) == ("KR-sejong", "%")
    assert (meters["last_value"], meters["last_year"]) == ("41.2", "2022")
    assert "80 by 2030" in meters["target"]
    assert all(one["title"] for one in form)
    assert "meter" in meters["definition"]
    assert not any(one["year"] or one["value"] or one["source"] for one in form)

    meters |= {"year": "2023", "value": "47.5", "source": "Yearbook"}
    with Path("form.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(meters))
        writer.writeheader()
        writer.writerows(form)
    code, out, _ = run("import", "form.csv", "--format", "json")
    (row,) = json.loads(out)
    assert (code, row["new"], row["unfilled"], row["rejected"]) == (0, 1, len(form) - 1, 0)
    with open_database("forum.db", read_only=True) as database:
        assert [one.value for one in database.observations()] == [41.2, 47.5]


def test_a_form_without_a_database_asks_every_area_of_the_country(run: Run) -> None:
    code, out, _ = run("template", "--profile", "kr")
    asked = {one["area"] for one in rows(out)}
    assert code == 0
    assert {"KR", "KR-sejong"} <= asked
    assert {area.partition("-")[0] for area in asked} == {"KR"}
    assert not Path("forum.db").exists()


def test_a_declined_goal_is_not_asked_for() -> None:
    forum = load_forum()
    for profile in ("kr", "my", "id"):
        kept = {
            indicator
            for goal in forum.goals_under(profile)
            if goal.stand is not StandKind.DECLINED
            for indicator in goal.goal.indicators
        }
        declined = {
            indicator
            for goal in forum.goals_under(profile)
            if goal.stand is StandKind.DECLINED
            for indicator in goal.goal.indicators
        }
        areas = [forum.areas["KR-sejong"]]
        asked = {row["indicator"] for row in form_rows(forum, profile, areas, [])}
        assert asked == kept
        assert declined - kept
