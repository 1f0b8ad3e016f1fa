"""Listings for people keep words whole, whatever the width of the terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citygoals.plugins.commands._render import Column, emit

WORD = st.text("abcdefghij", min_size=1, max_size=10)
CELL = st.lists(WORD, min_size=1, max_size=6).map(" ".join)


def shown(cells: Sequence[Sequence[str]], wraps: Sequence[bool], width: int) -> str:
    """What is printed of the cells on a terminal so wide."""
    columns = [
        Column(key=f"k{index}", header=f"head {index}", wrap=wrap)
        for index, wrap in enumerate(wraps)
    ]
    rows = [{column.key: cell for column, cell in zip(columns, row, strict=True)} for row in cells]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as out:
        patch.setenv("COLUMNS", str(width))
        emit(rows, columns, "table")
    return out.getvalue()


@given(st.data())
def test_words_stay_whole(data: st.DataObject) -> None:
    wraps = data.draw(st.lists(st.booleans(), min_size=1, max_size=8))
    row = st.tuples(*(CELL if wrap else WORD for wrap in wraps))
    cells = data.draw(st.lists(row, min_size=1, max_size=5))
    width = data.draw(st.integers(25, 120))
    text = shown(cells, wraps, width)
    words = text.split()
    for cell in (cell for row in cells for cell in row):
        assert set(cell.split()) <= set(words)
    assert max(map(len, map(str.rstrip, text.splitlines()))) <= width


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (40, ["head 0    head 1", "goal-one  not met and off track"]),
        (24, ["head 0    head 1", "goal-one  not met and", "off track"]),
        (16, ["head 0  goal-one", "head 1  not met", "and off", "track"]),
    ],
)
def test_width(width: int, lines: list[str]) -> None:
    text = shown([["goal-one", "not met and off track"]], [False, True], width)
    assert [line.strip() for line in text.splitlines() if line.strip(" ─")] == lines


def test_long_word_is_folded() -> None:
    assert "a" * 10 in shown([["a" * 200, "b"]], [True, True], 40)
