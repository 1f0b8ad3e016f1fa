"""Why an area has its status on a goal: in words, as the rule's trace, and by other sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from citygoals.core.base.model import Assessment, Observation, StatusId, Target
from citygoals.core.base.reasons import sentence
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.bind import Binder, Bound
from citygoals.core.judging.evaluate import assess, assessment, outcome
from citygoals.core.judging.outlook import course_of, outlook
from citygoals.core.logic import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A figure of the same year that was not chosen, and the status that it would have given.

    It takes the place of the figure that was chosen, with the figures before it that go with it.
    """

    observation: Observation
    status: StatusId
    changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An assessment with its reasons. `trace` is None where no rule ran."""

    assessment: Assessment
    sentences: tuple[str, ...]
    given: Mapping[str, Any]
    trace: Trace | None
    alternatives: tuple[Alternative, ...]


def explain(binder: Binder, bound: Bound) -> Explanation:
    """Evaluate a goal that `binder` bound once more, telling every step."""
    forum = binder.forum
    status, reason, trace = _decide(forum, bound)
    said = assessment(forum, bound, status, reason)
    return Explanation(
        assessment=said,
        sentences=tuple(_sentences(forum, bound, said)),
        given=bound.given,
        trace=trace,
        alternatives=tuple(_alternatives(binder, bound, said.status)),
    )


def _decide(forum: Forum, bound: Bound) -> tuple[StatusId, Any, Trace | None]:
    if bound.verdict is not None:
        return bound.verdict.status, bound.verdict.reason, None
    decision, trace = forum.rules[bound.standing.goal.rule].explain(bound.given)
    return *outcome(bound, decision), trace


def _alternatives(binder: Binder, bound: Bound, status: StatusId) -> Iterator[Alternative]:
    for selection in (*bound.selections, *bound.read):
        for other in selection.others:
            instead = binder.bind(bound.standing, bound.area, bound.year, chosen=other)
            decided = assess(binder.forum, instead).status
            yield Alternative(observation=other, status=decided, changes=decided != status)


def _sentences(forum: Forum, bound: Bound, said: Assessment) -> Iterator[str]:
    unit = _unit_label(forum, bound)
    if said.value is not None:
        yield _value_sentence(forum, bound, said, unit)
    if bound.target is not None:
        yield _target_sentence(bound.target, unit)
    yield from _pace_sentences(forum, bound, said, unit)
    if "previous" in bound.lost:
        yield "no trend across a break: earlier figures are not comparable"
    if any(name.endswith("baseline") for name in bound.lost):
        yield "the baseline lies before a break in the series and does not count"
    if bound.standing.stand is not None:
        yield _stand_sentence(bound, said)
    yield from (f"marked: {mark}" for mark in said.marks)
    yield f"{said.status}: {sentence(said.reason)}"


def _unit_label(forum: Forum, bound: Bound) -> str:
    unit = forum.indicators[bound.standing.goal.indicators[0]].unit
    return forum.units.units[unit].label if unit else ""


def amount(figure: float, unit: str) -> str:
    """A figure with its unit, with no more digits than it has."""
    return f"{figure:.10g} {unit}".rstrip()


def _value_sentence(forum: Forum, bound: Bound, said: Assessment, unit: str) -> str:
    title = forum.indicators[bound.standing.goal.indicators[0]].title
    age = f", {said.age} years old" if said.age else ""
    text = f"{title}: {amount(said.value or 0.0, unit)} in {said.value_year}{age} ({said.source})"
    via = bound.selection.value.via if bound.selection.value else None
    if via is None:
        return text
    why = f": {via.reason}" if via.reason else ""
    return f"{text}; reported as {via.indicator}, {via.kind}{why}"


def _target_sentence(target: Target, unit: str) -> str:
    by = f" by {target.year}" if target.year is not None else ""
    if target.is_range:
        goal = f"{target.minimum:.10g} to {amount(target.maximum or 0.0, unit)}"
    else:
        goal = amount(target.value or 0.0, unit)
    source = f" ({target.source.title})" if target.source else ""
    kind = ", illustrative" if target.illustrative else ""
    return f"target {goal}{by}{kind}{source}"


def _pace_sentences(forum: Forum, bound: Bound, said: Assessment, unit: str) -> Iterator[str]:
    direction = forum.indicators[bound.standing.goal.indicators[0]].direction.sign
    course = course_of(said, direction)
    return iter(()) if course is None else outlook(course, unit)


def _stand_sentence(bound: Bound, said: Assessment) -> str:
    ambition = f" ({said.ambition})" if said.ambition else ""
    reason = f": {bound.standing.stand_reason}" if bound.standing.stand_reason else ""
    return f"common goal, {bound.standing.stand}{ambition} by {bound.standing.profile}{reason}"
