"""An index from its JSON document: every node with the settings of its level laid under its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citygoals.core.base.errors import Finding, InvalidDocuments
from citygoals.core.base.model import Direction
from citygoals.core.forum.decode import maybe_source, maybe_text, text
from citygoals.core.forum.documents.reading import Document, read_document, schema_faults
from citygoals.core.results.score.checks import faults_of
from citygoals.core.results.score.index import (
    ORDER,
    Aggregate,
    Bound,
    Choices,
    Condition,
    Impute,
    Index,
    IndexNode,
    Minimum,
    Normalise,
    Percentile,
    Ranking,
    RollUp,
    Screen,
    TableColumns,
    Treat,
    Where,
)

Json = Mapping[str, Any]
_LEAF = ("direction", "denominator", "impute", "treat", "normalise")
_GROUP = ("direction", "impute", "treat", "normalise", "weights", "aggregate", "minimum")


def read_index(path: Path) -> Index:
    """The index of a file. Raises InvalidDocuments with every fault, UnusableFile."""
    document = read_document(path)
    if document.kind != "index":
        message = f"is a document of kind {document.kind!r}, not an index"
        mend = 'set "$schema" to "…/index.schema.json" if it is one'
        at = document.place("/$schema")
        raise InvalidDocuments([Finding(code="index-kind", message=message, at=at, mend=mend)])
    return decode_index(document)


def index_of(content: Json, name: str) -> Index:
    """The index of JSON made elsewhere; `name` stands for its file. Raises InvalidDocuments."""
    said = json.dumps(content, ensure_ascii=False, indent=2)
    document = Document("index", content, name, said)
    if faults := list(schema_faults(document)):
        raise InvalidDocuments(faults)
    return decode_index(document)


def decode_index(document: Document) -> Index:
    """The index that a checked document says. Raises InvalidDocuments."""
    index = _index(document.content)
    findings = [
        Finding(code=f.code, message=f.message, at=document.place(f.pointer), mend=f.mend)
        for f in faults_of(index, document.content)
    ]
    if findings:
        raise InvalidDocuments(findings)
    return index


@dataclass(frozen=True, slots=True)
class _Inherited:
    """The settings that lie under those of nodes."""

    indicators: Json
    groups: Json
    levels: Sequence[Json]

    def settings(self, content: Json, depth: int) -> Json:
        """The settings of a node: its own over its level's over those of its kind."""
        is_group = "children" in content
        keys = _GROUP if is_group else _LEAF
        level = self.levels[depth] if depth < len(self.levels) else {}
        merged: Json = self.groups if is_group else self.indicators
        for upper in (level, content):
            merged = _laid_over(merged, {key: upper[key] for key in keys if key in upper})
        return merged


def _laid_over(lower: Json, upper: Json) -> Json:
    merged = dict(lower)
    for key, value in upper.items():
        below = _as_object(merged.get(key))
        joins = isinstance(value, dict) and below and not _is_whole(key, value)
        merged[key] = {**below, **value} if joins else value
    return merged


def _as_object(said: Any) -> Json:
    """An inherited setting as an object, so that another can lie over it."""
    if isinstance(said, str):
        return {} if said == "none" else {"method": said}
    return said if isinstance(said, dict) else {}


def _is_whole(key: str, value: Json) -> bool:
    """Whether a setting replaces the inherited one rather than lying over it."""
    return key in ("impute", "denominator", "weights") or "method" in value


def _index(content: Json) -> Index:
    under = _Inherited(
        content.get("indicators", {}), content.get("groups", {}), content.get("levels", ())
    )
    return Index(
        id=content["id"],
        title=text(content["title"]),
        description=maybe_text(content.get("description")),
        source=maybe_source(content.get("source")),
        root=_node(content["index"], under, 0),
        levels=tuple(
            level.get("title", f"level {at}") for at, level in enumerate(under.levels, start=1)
        ),
        columns=TableColumns(**content.get("table", {})),
        order=tuple(content.get("order", ORDER)),
        reference=_where(content.get("reference", {})),
        screen=_screen(content.get("screen", {})),
        ranking=_ranking(content.get("rank", {})),
        roll_up=RollUp(**content["roll_up"]) if "roll_up" in content else None,
        choices=_choices(content.get("robustness", {})),
    )


def _node(given: Json | str, under: _Inherited, depth: int) -> IndexNode:
    content: Json = {"id": given} if isinstance(given, str) else given
    said = under.settings(content, depth)
    denominator, scale = _denominator(said.get("denominator"))
    weights, profile = _weights(said.get("weights", "given"))
    return IndexNode(
        id=content["id"],
        title=text(content.get("title", content["id"])),
        children=tuple(_node(child, under, depth + 1) for child in content.get("children", ())),
        indicator="" if "children" in content else content.get("indicator", content["id"]),
        theme=content.get("theme", content["id"]),
        direction=Direction(said.get("direction", "higher")),
        denominator=denominator,
        scale=scale,
        weight=content.get("weight"),
        weights=weights,
        profile=profile,
        impute=_impute(said.get("impute", "none")),
        treat=_treat(said.get("treat", "none")),
        normalise=_normalise(said.get("normalise", "none")),
        aggregate=_aggregate(said.get("aggregate", "arithmetic")),
        minimum=_minimum(said.get("minimum", {})),
    )


def _denominator(said: str | Json | None) -> tuple[str | None, float]:
    if said is None or isinstance(said, str):
        return said, 1.0
    return said["column"], float(said.get("scale", 1))


def _weights(said: Any) -> tuple[Any, str | None]:
    return (said, None) if isinstance(said, str) else ("priorities", said["priorities"])


def _where(said: Json) -> Where:
    return tuple(_condition(column, wanted) for column, wanted in said.items())


def _condition(column: str, wanted: Any) -> Condition:
    if isinstance(wanted, dict):
        return Condition(column=column, minimum=wanted.get("min"), maximum=wanted.get("max"))
    several = wanted if isinstance(wanted, list) else [wanted]
    return Condition(column=column, texts=tuple(map(_word, several)))


def _word(wanted: Any) -> str:
    if isinstance(wanted, bool):
        return "true" if wanted else "false"
    return str(wanted)


def _impute(said: Any) -> tuple[Impute, ...]:
    ways = said if isinstance(said, list) else [said]
    return tuple(way for way in map(_impute_one, ways) if way is not None)


def _impute_one(said: str | Json) -> Impute | None:
    if said == "none":
        return None
    content: Json = {"statistic": said} if isinstance(said, str) else said
    given = {key: value for key, value in content.items() if key != "reference"}
    reference = _where(content["reference"]) if "reference" in content else None
    return Impute(reference=reference, **given)


def _treat(said: str | Json) -> Treat | None:
    return None if isinstance(said, str) else Treat(**said)


def _normalise(said: str | Json) -> Normalise | None:
    if said == "none":
        return None
    content: Json = {"method": said} if isinstance(said, str) else {"method": "min-max", **said}
    given = {key: content[key] for key in _PLAIN_NORMALISE if key in content}
    low, high = content.get("range", (0, 100))
    return Normalise(
        worst=_bound(content.get("worst")),
        best=_bound(content.get("best")),
        span=(float(low), float(high)),
        **given,
    )


_PLAIN_NORMALISE = ("method", "target", "clip", "mean", "sd", "log", "over")


def _bound(said: float | Json | None) -> Bound | None:
    if said is None:
        return None
    return Percentile(said["percentile"]) if isinstance(said, dict) else float(said)  # type: ignore[arg-type]


def _aggregate(said: str | Json) -> Aggregate:
    return Aggregate(method=said) if isinstance(said, str) else Aggregate(**said)  # type: ignore[arg-type]


def _minimum(said: Json) -> Minimum:
    return Minimum(**{**said, "required": tuple(said.get("required", ()))})


def _screen(said: Json) -> Screen:
    return Screen(
        coverage=said.get("coverage", 0.0),
        keep=tuple(said.get("keep", ())),
        leave_out=tuple(said.get("leave_out", ())),
    )


def _ranking(said: Json) -> Ranking:
    return Ranking(**{**said, "among": _where(said.get("among", {}))})


def _choices(said: Json) -> Choices:
    given: dict[str, Any] = {}
    if "concentration" in said:
        given["concentration"] = float(said["concentration"])
    if "normalise" in said:
        ways = (_normalise(way) for way in said["normalise"])
        given["normalise"] = tuple(way for way in ways if way is not None)
    if "aggregate" in said:
        given["aggregate"] = tuple(map(_aggregate, said["aggregate"]))
    if "impute" in said:
        given["impute"] = tuple(map(_impute_one, said["impute"]))
    return Choices(**given)
