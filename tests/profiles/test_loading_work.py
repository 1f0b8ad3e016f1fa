"""Loading the profiles that ship does nothing twice, nor what only a fault would ask for."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from citygoals.core.base.units import UnitTable, spelled
from citygoals.core.forum.documents.positions import locate
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import content_hash
from citygoals.core.plugin.assembly import assemble_plugins
from citygoals.core.plugin.manager import Plugins

WATCHED: dict[Any, str] = {
    content_hash.__code__: "content_hash",
    locate.__code__: "locate",
    spelled.__code__: "spelled",
}


@pytest.fixture(scope="module")
def loaded() -> tuple[Forum, Counter[str]]:
    """The forum, and how often each of the functions ran while it was put together."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in WATCHED:
            calls[WATCHED[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        assembly = assemble_plugins(Plugins())
    finally:
        sys.setprofile(before)
    return assembly.forum, calls


def test_the_table_of_units_is_built_once(loaded: tuple[Forum, Counter[str]]) -> None:
    forum, calls = loaded
    units = forum.units.units.values()
    written = sum(2 + len(unit.synonyms) for unit in units)
    looked_up = len({item.unit for item in forum.indicators.values()}) + len(units)
    assert written <= calls["spelled"] <= written + looked_up


def test_no_place_and_no_hash_is_worked_out(loaded: tuple[Forum, Counter[str]]) -> None:
    _, calls = loaded
    assert calls["locate"] == calls["content_hash"] == 0


def test_a_table_is_of_the_units_that_it_is_given(loaded: tuple[Forum, Counter[str]]) -> None:
    forum, _ = loaded
    units = list(forum.units.units.values())
    again = UnitTable(units)
    assert all(again.find(text) is unit for unit in units for text in unit.spellings)
