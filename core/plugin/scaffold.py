"""Writes a country plugin to start from: a distribution that installs, checks and tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citygoals.core.base.disk import replacing
from citygoals.core.base.errors import CitygoalsError, UnusableFile, closest
from citygoals.core.base.model import GoalId
from citygoals.core.forum.documents.reading import SCHEMAS, document_kinds, load_schema
from citygoals.core.forum.forum import COMMON, Forum

TEMPLATES = Path(__file__).resolve().parent / "templates" / "plugin"
ADOPTED, ADAPTED, DECLINED = (
    GoalId("smart-meters"),
    GoalId("renewable-electricity"),
    GoalId("autonomous-vehicles"),
)
ADAPTED_YEAR = 2035
_FILES: Mapping[str, str] = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "workflow.yml": ".github/workflows/check.yml",
    "plugin.py": "src/@{module}/__init__.py",
    "profile.json": "src/@{module}/profile/profile.json",
    "areas.json": "src/@{module}/profile/areas.json",
    "indicators.json": "src/@{module}/profile/indicators.json",
    "goals.json": "src/@{module}/profile/goals.json",
    "mappings.json": "src/@{module}/profile/mappings.json",
    "sample.csv": "observations/sample.csv",
    "cases.json": "tests/@{module}.cases.json",
    "test_profile.py": "tests/test_@{module}.py",
}
"""Each template and the file that it becomes."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40


class UnusableName(CitygoalsError):  # noqa: N818
    """A name or country that a new plugin cannot have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country of ISO 3166: its two-letter code and its name in English."""

    code: str
    name: str


def find_country(code: str) -> Country:
    """The country of a two-letter code. Raises UnusableName with the nearest one."""
    import pycountry

    country = pycountry.countries.get(alpha_2=code.upper())
    if country is not None:
        return Country(code=country.alpha_2, name=getattr(country, "common_name", country.name))
    by_name = {country.name: country.alpha_2 for country in pycountry.countries}
    by_name |= {country.alpha_3: country.alpha_2 for country in pycountry.countries}
    near = by_name.get(code.upper()) or by_name.get(closest(code.title(), by_name) or "")
    mend = f"did you mean {near}?" if near else "write the two letters of ISO 3166, such as TH"
    raise UnusableName(f"{code!r} is no country's two-letter code; {mend}")


def check_name(name: str) -> None:
    """Raise UnusableName for what cannot be part of a distribution's and a module's name."""
    if _NAME.fullmatch(name) and len(name) <= _LONGEST:
        return
    kebab = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST]
    near = f"; did you mean {kebab!r}?" if _NAME.fullmatch(kebab) else ""
    rule = f"small letters, digits and single hyphens, at most {_LONGEST}, a letter first"
    raise UnusableName(f"a plugin cannot be called {name!r}: {rule}{near}")


def write_plugin(name: str, country: Country, into: Path, forum: Forum, *, version: str) -> Path:
    """Write the distribution `citygoals-NAME` below `into`, whole or not at all; its folder.

    `version` is the citygoals that it will ask for. Raises UnusableName, UnusableFile.
    """
    check_name(name)
    folder = into / f"citygoals-{name}"
    if folder.exists() or folder.is_symlink():
        raise UnusableFile(folder, "is there already", "remove it, or choose another name")
    with replacing(folder, "choose a folder that can be written, with --into") as partial:
        for path, text in _contents(_values(name, country, forum, version), forum):
            target = partial / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return folder


def _values(name: str, country: Country, forum: Forum, version: str) -> dict[str, str]:
    from citygoals.core.plugin.hookspecs import PLUGIN_API

    return {
        "name": name,
        "distribution": f"citygoals-{name}",
        "module": f"citygoals_{name.replace('-', '_')}",
        "title": country.name,
        "country": country.code,
        "code": country.code.lower(),
        "citygoals": version,
        "api": str(PLUGIN_API),
        "adopted": ADOPTED,
        "adapted": ADAPTED,
        "adapted_value": f"{forum.goals[ADAPTED].targets[0].value:g}",
        "declined": DECLINED,
    }


def _contents(values: Mapping[str, str], forum: Forum) -> Iterator[tuple[str, str]]:
    """Every file of the distribution: its path and its text."""
    for template, path in _FILES.items():
        text = (TEMPLATES / f"{template}.tmpl").read_text(encoding="utf-8")
        yield _filled(path, values), _filled(text, values)
    stands = _filled("src/@{module}/profile/stands.json", values)
    yield stands, _json(_stands(forum))
    for kind in document_kinds():
        yield f"schemas/{kind}.schema.json", _json(bundled_schema(kind))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"@\{(\w+)\}", lambda match: values[match[1]], text)


def _json(content: Mapping[str, Any]) -> str:
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n"


def _stands(forum: Forum) -> dict[str, Any]:
    """A stand on every common goal: one of each kind, the others undecided."""
    common = forum.profile(COMMON)
    goals = [goal for goal in forum.goals.values() if goal.profile == COMMON]
    examples: dict[str, dict[str, Any]] = {
        ADOPTED: {"stand": "adopted", "reason": "An example: the forum's target is ours too."},
        ADAPTED: {
            "stand": "adapted",
            "targets": [
                {
                    "year": ADAPTED_YEAR,
                    "value": forum.goals[ADAPTED].targets[0].value,
                    "status": "illustrative",
                    "reason": "An example: the forum's value, five years later.",
                }
            ],
            "reason": "An example: say why the forum's target does not fit.",
        },
        DECLINED: {"stand": "declined", "reason": "An example: say why it is no goal here."},
    }
    return {
        "$schema": "../../../schemas/stands.schema.json",
        "on": {"profile": common.id, "version": common.version, "hash": common.hash},
        "stands": [
            {"goal": goal.id, **examples.get(goal.id, {"stand": "undecided"})} for goal in goals
        ],
    }


def bundled_schema(kind: str) -> dict[str, Any]:
    """The schema of a kind with everything it refers to inside, so that one file is enough.

    It names no address, so no editor asks for one.
    """
    shared = json.loads((SCHEMAS / "defs.schema.json").read_text(encoding="utf-8"))["$defs"]
    schema = _inside(load_schema(kind), "#/$defs/")
    needed: dict[str, Any] = {}
    waiting = list(_shared_names(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = _inside(shared[name], "#/$defs/shared.")
            waiting.extend(_shared_names(needed[name]))
    own = schema.pop("$defs", {})
    schema.pop("$id")
    return {**schema, "$defs": {**own, **{f"shared.{name}": needed[name] for name in needed}}}


def _inside(schema: Any, local: str) -> Any:
    """The schema with references that stay in its own file; `local` is where `#/$defs/` went."""
    if isinstance(schema, list):
        return [_inside(item, local) for item in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {key: _inside(value, local) for key, value in schema.items()}
    if isinstance(moved.get("$ref"), str):
        reference = re.sub("^#/\\$defs/", lambda _: local, moved["$ref"])
        moved["$ref"] = reference.replace("defs.schema.json#/$defs/", "#/$defs/shared.")
    return moved


def _shared_names(schema: Any) -> Iterable[str]:
    """The shared definitions that a schema refers to."""
    return re.findall(r'"\$ref": "#/\$defs/shared\.([^"]+)"', json.dumps(schema))
