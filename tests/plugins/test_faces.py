"""The modules at the root for plugins: what docs/plugins/api-versions.md promises is there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import jsonlogic
import pytest

import citygoals

PAGE = Path(__file__).parents[2] / "docs" / "plugins" / "api-versions.md"
FACES = ("citygoals.formats", "citygoals.operators")


@pytest.mark.parametrize("face", FACES)
def test_a_face_offers_what_is_promised_and_nothing_else(face: str) -> None:
    (promise,) = re.findall(rf"^- What `{face}` offers:(.*?)\.\n- ", PAGE.read_text(), re.M | re.S)
    names = set(re.findall(r"`(\w+)`", promise))
    module = import_module(face)
    assert names == set(module.__all__)
    assert all(getattr(module, name) for name in names)


@pytest.mark.parametrize("face", FACES)
def test_a_face_is_the_same_as_the_package(face: str) -> None:
    module = import_module(face)
    for name in set(module.__all__) & set(citygoals.__all__):
        assert getattr(module, name) is getattr(citygoals, name)


def test_operators_stay_what_plugins_knew() -> None:
    from citygoals.core.logic.operators.arithmetic import quotient
    from citygoals.operators import Operator
    from citygoals.operators import quotient as offered

    assert offered is quotient
    assert issubclass(Operator, jsonlogic.Operator)


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Column'"):
        import_module("citygoals.operators").Column  # noqa: B018


@pytest.mark.parametrize("face", FACES)
def test_a_face_is_cheap(face: str) -> None:
    code = f"import sys, {face}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"narwhals", "polars", "numpy"} & set(done.stdout.split())
