"""From nothing to an installed, checked, tested country plugin, in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from citygoals.core.forum.documents.reading import document_kinds, load_schema
from citygoals.core.plugin.scaffold import bundled_schema

ROOT = Path(__file__).parents[2]
LONG = bool(os.environ.get("CITYGOALS_LONG"))


@dataclass(frozen=True)
class Home:
    """An environment with citygoals, and a folder to work in."""

    python: Path
    folder: Path

    def call(self, *command: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        """Run a module of the environment in the folder."""
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "CITYGOALS", "PYTEST", "VIRTUAL_ENV"))
        }
        return subprocess.run(
            [str(self.python), "-m", *command],
            cwd=self.folder / folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    def citygoals(self, *arguments: str) -> str:
        """What `citygoals` writes on stdout; it must exit with 0."""
        done = self.call("citygoals", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def host_environment(home: Path) -> Path:
    """A new environment that sees what is installed in this one, but is written to alone."""
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    here = next(path for path in sys.path if path.endswith("site-packages"))
    packages = next((home / "lib").glob("python*")) / "site-packages"
    (packages / "host.pth").write_text(f"import site; site.addsitedir({here!r})\n", "utf-8")
    return python


def clean_environment(home: Path) -> Path:
    """A new environment with nothing but citygoals and pytest in it, both by pip."""
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    tree = home.parent / "tree"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, tree, ignore=ignored)
    options = ["--quiet", "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt"]
    subprocess.run([python, "-m", "pip", "install", *options, tree, "pytest"], check=True)
    return python


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An environment in which the plugin was written and installed; clean by `make test-long`."""
    folder = tmp_path_factory.mktemp("agency")
    if LONG:
        python = clean_environment(folder / "venv")
        pip = [python, "-m", "pip", "install"]
    else:
        python = host_environment(folder / "venv")
        here = [sys.executable, "-m", "pip", "--python", python, "install"]
        pip = [*here, "--no-deps", "--no-build-isolation"]
    found = Home(python, folder)
    found.citygoals("new-plugin", "thailand", "--country", "TH")
    options = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, "./citygoals-thailand"], cwd=folder, check=True)
    return found


@pytest.mark.slow
def test_its_own_tests_pass(home: Home) -> None:
    done = home.call("pytest", "-q", "-p", "no:cacheprovider", folder="citygoals-thailand")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout


def test_check_finds_what_is_open_and_no_error(home: Home) -> None:
    found = json.loads(home.citygoals("check", "th", "--format", "json"))
    assert {row["severity"] for row in found} == {"warning"}
    goals = json.loads((ROOT / "profiles" / "common" / "goals.json").read_text("utf-8"))["goals"]
    assert Counter(row["code"] for row in found) == {"goal-undecided": len(goals) - 3}
    assert {Path(row["file"]).name for row in found} == {"stands.json"}
    assert len({row["line"] for row in found}) == len(found)


def test_the_folder_checks_as_what_is_installed(home: Home) -> None:
    path = "citygoals-thailand/src/citygoals_thailand/profile"
    folder = json.loads(home.citygoals("check", path, "--format", "json"))
    installed = json.loads(home.citygoals("check", "th", "--format", "json"))
    assert [row["message"] for row in folder] == [row["message"] for row in installed]


def test_it_is_listed(home: Home) -> None:
    profiles = json.loads(home.citygoals("profiles", "--format", "json"))
    (row,) = [row for row in profiles if row["id"] == "th"]
    assert (row["country"], row["plugin"]) == ("TH", "thailand")
    assert row["distribution"] == "citygoals-thailand 0.1.0"
    assert (row["indicators"], row["goals"]) == (2, 1)
    plugins = json.loads(home.citygoals("plugins", "--format", "json"))
    assert {row["state"] for row in plugins} == {"ok"}


def test_its_sample_is_judged(home: Home) -> None:
    home.citygoals("import", "citygoals-thailand/observations/sample.csv", "--db", "forum.db")
    said = home.citygoals("evaluate", "--profile", "th", "--db", "forum.db", "--format", "json")
    judged = {
        (row["area"], row["goal"]): row for row in json.loads(said) if row["area"].startswith("TH")
    }
    lights = judged["TH-first-city", "th-led-street-lights"]
    assert (lights["status"], lights["gap"], lights["score"]) == ("on-track", 44, 80 / 3)
    meters = judged["TH-first-city", "smart-meters"]
    assert (meters["value"], meters["stand"], meters["marks"]) == (
        46,
        "adopted",
        ["equal", "illustrative"],
    )
    assert judged["TH", "renewable-electricity"]["ambition"] == "looser"
    assert judged["TH", "autonomous-vehicles"]["reason"] == "declined"
    assert judged["TH", "clean-air"]["reason"] == "undecided"


def test_every_document_opens_offline(home: Home) -> None:
    plugin = home.folder / "citygoals-thailand"
    documents = [*(plugin / "src").rglob("*.json"), *(plugin / "tests").rglob("*.json")]
    assert len(documents) == 7
    for path in documents:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = (path.parent / content["$schema"]).resolve()
        assert schema.parent == plugin / "schemas"
        validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
        assert list(validator.iter_errors(content)) == []
        assert list(validator.iter_errors({**content, "colour": 1})) != []


def references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [one for item in schema for one in references(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
    return own + [one for item in schema.values() for one in references(item)]


@pytest.mark.parametrize("kind", document_kinds())
def test_a_bundled_schema_holds_all_it_refers_to(kind: str) -> None:
    bundle = bundled_schema(kind)
    Draft202012Validator.check_schema(bundle)
    assert "$id" not in bundle
    for reference in references(bundle):
        name = re.fullmatch(r"#/\$defs/(.+)", reference)
        assert name is not None, reference
        assert name[1] in bundle["$defs"]
    assert bundle["properties"].keys() == load_schema(kind)["properties"].keys()
    assert len(references(bundle)) >= len(references(load_schema(kind)))


def test_nothing_of_the_template_is_left_open(home: Home) -> None:
    plugin = home.folder / "citygoals-thailand"
    for path in plugin.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert "@{" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["thailand", "--country", "TH"], "citygoals-thailand: is there already; remove it, or"),
        (["Thai Land", "--country", "TH"], "did you mean 'thai-land'?"),
        (["../x", "--country", "TH"], "a plugin cannot be called '../x'"),
        (["t" * 41, "--country", "TH"], "at most 40"),
        (["1st", "--country", "TH"], "a letter first"),
        (["laos", "--country", "LAO"], "'LAO' is no country's two-letter code; did you mean LA?"),
        (["laos", "--country", "Lao"], "did you mean LA?"),
        (["laos", "--country", "Cambodja"], "did you mean KH?"),
        (["laos", "--country", "XX"], "write the two letters of ISO 3166, such as TH"),
        (["korea", "--country", "LA"], "there is a plugin korea (citygoals "),
        (["south", "--country", "kr"], "South Korea has a plugin: korea (citygoals "),
        (["laos", "--country", "LA", "--into", "nowhere"], "nowhere: is no folder; make it"),
    ],
)
def test_bad_names_and_places(tmp_path, monkeypatch, capsys, arguments, says) -> None:
    from citygoals.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "citygoals-thailand").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main(["new-plugin", *arguments])
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err.count("error: ")) == ("", 1)
    assert says in err
    assert [path.name for path in tmp_path.rglob("*")] == ["citygoals-thailand"]


def test_what_cannot_be_written_is_not_written_by_half(tmp_path, monkeypatch, capsys) -> None:
    from citygoals.cli import main

    (tmp_path / ".citygoals-laos.partial").write_text("in the way", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["new-plugin", "laos", "--country", "la"])
    assert stopped.value.code == 2
    assert "citygoals-laos: cannot be written (" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [".citygoals-laos.partial"]


def names(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.iterdir())


def test_into_another_folder(tmp_path, monkeypatch, capsys) -> None:
    from citygoals.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main(["new-plugin", "lao-pdr", "--country", "la", "--into", "work"])
    assert stopped.value.code == 0
    assert "next: pip install ./work/citygoals-lao-pdr\n" in capsys.readouterr().out
    assert names(tmp_path / "work") == ["citygoals-lao-pdr"]
    module = tmp_path / "work" / "citygoals-lao-pdr" / "src" / "citygoals_lao_pdr"
    assert json.loads((module / "profile" / "profile.json").read_text("utf-8"))["id"] == "la"
