"""Reasons in words: an assessment stores a code with arguments, sentences are made here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from citygoals.core.base.model import Reason, Scalar

Args = tuple[Scalar, ...]


def _missing(args: Args) -> str:
    return f"absent: {', '.join(str(name) for name in args)}"


def _undefined(args: Args) -> str:
    where = f" at {args[0]}" if args else ""
    operator = f" of `{args[1]}`" if len(args) > 1 else ""
    inputs = f" over {', '.join(str(value) for value in args[2:])}" if len(args) > 2 else ""
    return f"the result{operator}{inputs}{where} is not a number"


def _declined(args: Args) -> str:
    return f"the country declined this goal: {args[0]}" if args else "the country declined it"


def _break(args: Args) -> str:
    names = ", ".join(str(name) for name in args)
    return f"no trend across a break in the series: what lies before it is absent ({names})"


SENTENCES: Mapping[str, Callable[[Args], str]] = {
    "rule": lambda _: "decided by the rule",
    "missing": _missing,
    "break": _break,
    "undefined": _undefined,
    "limit": lambda args: f"the rule ran into the limit of {args[1]} {args[0]}",
    "failed": lambda args: f"the rule failed: {args[0]}",
    "not-reported": lambda _: "no figure was reported",
    "reported-missing": lambda args: f"reported as missing, last for {args[0]}",
    "stale": lambda args: f"the latest figure, of {args[0]}, is too old",
    "forecast": lambda args: f"only forecasts, the latest for {args[0]}",
    "conflict": lambda args: f"two sources differ for {args[0]} and nothing chooses between them",
    "no-target-at-this-level": lambda args: f"no target at this level ({args[0]})",
    "declined": _declined,
    "undecided": lambda _: "the country has not taken a stand on this goal",
}


def sentence(reason: Reason) -> str:
    """The reason as a person reads it."""
    return SENTENCES[reason.code](reason.args)
