"""A plugin that fails harms nobody else, is named, and stops the work that needs it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.entries import PLUGINS, installed_entries
from citygoals.core.plugin.assembly import assemble_plugins
from citygoals.core.plugin.manager import Plugins

TABLE = json.loads(
    (Path(__file__).parents[1] / "cases" / "plugins" / "isolation.json").read_text(encoding="utf-8")
)
IN_USE = "korea,malaysia,newland"
"""The plugins in use, so that the table runs quickly; one case is run with all of them."""
WHO = "newland (citygoals-newland 1.4.2)"


def cases(**wanted: Any) -> list[Any]:
    return [
        pytest.param(case, id=case["id"])
        for case in TABLE["cases"]
        if wanted.items() <= case.items()
    ]


def module(case: Mapping[str, Any]) -> list[str]:
    head = [] if case.get("bare") else TABLE["head"]
    hook = TABLE["profile_hook"] if case.get("profile_hook") else []
    return [*head, *hook, *case["module"]]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("case", cases())
def test_the_failure_is_named(case, host, monkeypatch) -> None:
    target = host.lay(module(case), case.get("documents"))
    monkeypatch.syspath_prepend(target)
    monkeypatch.delitem(sys.modules, "citygoals_newland", raising=False)
    ours = [one for one in installed_entries(PLUGINS) if one.name in ("common", "korea")]
    found = assemble_plugins(Plugins([*ours, *installed_entries(PLUGINS, [str(target)])]))
    monkeypatch.delitem(sys.modules, "citygoals_newland", raising=False)
    assert set(found.forum.profiles) == {"common", "kr"}
    (failure,) = found.failures
    assert str(failure.origin) == WHO
    assert failure.hook == case["failed"]["hook"]
    assert case["failed"]["reason"] in failure.reason
    assert str(failure) == f"plugin {WHO} failed in {failure.hook}: {failure.reason}"
    assert type(failure.cause).__name__ in failure.traceback


@pytest.mark.parametrize("case", cases(installed=True))
def test_everybody_else_goes_on(case, host, tmp_path) -> None:
    target = host.install(module(case), case.get("documents"))
    for name in ("kept.db", "forum.db"):
        shutil.copy(host.recorded, tmp_path / name)
    before, failed = digest(tmp_path / "kept.db"), case["failed"]
    claims = case.get("claims", "nz")
    korea = ["evaluate", "--profile", "kr", "--area", "KR-seoul", "--engine", "rows"]
    help_, plugins, profiles, every, own, without, other = host.run(
        tmp_path,
        [
            ["--help"],
            ["--debug", "plugins", "--format", "json"],
            ["profiles", "--format", "json"],
            ["evaluate", "--db", "kept.db"],
            ["evaluate", "--db", "kept.db", "--profile", claims],
            ["--without", "newland", *korea],
            [*korea, "--format", "json"],
        ],
        target,
        CITYGOALS_PLUGINS=IN_USE,
    )
    named = f"plugin {WHO} failed in {failed['hook']}: "

    assert (help_.code, help_.modules) == (0, [])
    assert plugins.code == 0
    rows = {row["plugin"]: row for row in plugins.json}
    assert {rows[name]["state"] for name in ("common", "korea", "malaysia")} == {"ok"}
    row = rows["newland"]
    assert (row["distribution"], row["version"]) == ("citygoals-newland", "1.4.2")
    assert row["hook"] == failed["hook"]
    assert failed["reason"] in row["reason"]
    assert row["state"] == f"failed in {row['hook']}: {row['reason']}"
    assert "Traceback (most recent call last)" in plugins.err or "InvalidDocuments: " in plugins.err

    assert profiles.code == 0
    assert {row["id"] for row in profiles.json} == {"common", "kr", "my"}
    assert named in profiles.err

    for stopped in (every, own):
        assert (stopped.code, stopped.out) == (2, "")
        assert named in stopped.err
        assert "citygoals --without newland" in stopped.err
        assert "Traceback" not in stopped.err
    assert digest(tmp_path / "kept.db") == before

    assert (without.code, without.err) == (0, "")
    if claims == "kr":
        assert other.code == 2
        assert "the profile 'kr' is in doubt" in other.err
    else:
        assert other.code == 0, other.err
        assert named in other.err
        judged = {row["goal"]: row["value"] for row in other.json}
        assert judged["water-loss"] == 9
