"""The language of titles and names: what --lang or CITYGOALS_LANG asks for, English elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from citygoals.core.base.model import Text
    from citygoals.core.forum.forum import Forum
    from citygoals.plugins.commands._render import Column

ENGLISH = "en"
_KEY = "citygoals.language"


def _remember(ctx: click.Context, param: click.Parameter, value: str) -> None:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,8})?", value):
        message = f"{value[:40]!r} is no language; write its ISO 639 code, such as ko"
        raise click.BadParameter(message, ctx, param)
    ctx.meta[_KEY] = value


lang_option = click.option(
    "--lang",
    envvar="CITYGOALS_LANG",
    default=ENGLISH,
    metavar="CODE",
    callback=_remember,
    expose_value=False,
    help="Titles and names in this language (ko), in English where there is none; "
    "default: CITYGOALS_LANG.",
)


def language() -> str:
    """The language that the running command was asked for, else English."""
    context = click.get_current_context(silent=True)
    asked: str = context.meta.get(_KEY, ENGLISH) if context else ENGLISH
    return asked


def in_words(text: Text) -> str:
    """The text in that language, in English where it is not translated."""
    return text.in_language(language())


def titled(columns: Sequence[Column]) -> list[Column]:
    """The columns; in another language than English, goals by their title and not by their id."""
    if language() == ENGLISH:
        return list(columns)
    return [_titled(column) if column.key == "goal" else column for column in columns]


def _titled(column: Column) -> Column:
    return replace(column, key="title", wrap=True)


def warn_of_language(forum: Forum) -> None:
    """Say on stderr when no goal has a title in that language."""
    texts = [goal.title for goal in forum.goals.values()]
    known = {code.partition("-")[0] for text in texts for code in text.by_language}
    if texts and language().partition("-")[0] not in known | {ENGLISH}:
        there = ", ".join(sorted(known))
        message = f"no goal has a title in {language()!r}; there are titles in {there}"
        click.echo(f"warning: {message}", err=True)
