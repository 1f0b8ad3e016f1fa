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
    written = json.dumps(content, ensure_ascii=False, indent=2)
    document = Document("index", content, name, written)
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


def _as_object(setting: Any) -> Json:
    """An inherited setting as an object, so that another can lie over it."""
    if isinstance(setting, str):
        return {} if setting == "none" else {"method": setting}
    return setting if isinstance(setting, dict) else {}


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
        screen=Screen(**_with_tuples(content.get("screen", {}))),
        ranking=_ranking(content.get("rank", {})),
        roll_up=RollUp(**content["roll_up"]) if "roll_up" in content else None,
        choices=_choices(content.get("robustness", {})),
    )


def _node(given: Json | str, under: _Inherited, depth: int) -> IndexNode:
    content: Json = {"id": given} if isinstance(given, str) else given
    settings = under.settings(content, depth)
    denominator, scale = _denominator(settings.get("denominator"))
    weights, profile = _weights(settings.get("weights", "given"))
    return IndexNode(
        id=content["id"],
        title=text(content.get("title", content["id"])),
        children=tuple(_node(child, under, depth + 1) for child in content.get("children", ())),
        indicator="" if "children" in content else content.get("indicator", content["id"]),
        theme=content.get("theme", content["id"]),
        direction=Direction(settings.get("direction", "higher")),
        denominator=denominator,
        scale=scale,
        weight=content.get("weight"),
        weights=weights,
        profile=profile,
        impute=_impute(settings.get("impute", "none")),
        treat=_treat(settings.get("treat", "none")),
        normalise=_normalise(settings.get("normalise", "none")),
        aggregate=_aggregate(settings.get("aggregate", "arithmetic")),
        minimum=Minimum(**_with_tuples(settings.get("minimum", {}))),
    )


def _denominator(setting: str | Json | None) -> tuple[str | None, float]:
    if setting is None or isinstance(setting, str):
        return setting, 1.0
    return setting["column"], float(setting.get("scale", 1))


def _weights(setting: Any) -> tuple[Any, str | None]:
    return (setting, None) if isinstance(setting, str) else ("priorities", setting["priorities"])


def _where(conditions: Json) -> Where:
    return tuple(_condition(column, wanted) for column, wanted in conditions.items())


def _condition(column: str, wanted: Any) -> Condition:
    if isinstance(wanted, dict):
        return Condition(column=column, minimum=wanted.get("min"), maximum=wanted.get("max"))
    several = wanted if isinstance(wanted, list) else [wanted]
    return Condition(column=column, texts=tuple(map(_word, several)))


def _word(wanted: Any) -> str:
    if isinstance(wanted, bool):
        return "true" if wanted else "false"
    return str(wanted)


def _impute(setting: Any) -> tuple[Impute, ...]:
    ways = setting if isinstance(setting, list) else [setting]
    return tuple(way for way in map(_impute_one, ways) if way is not None)


def _impute_one(setting: str | Json) -> Impute | None:
    if setting == "none":
        return None
    content: Json = {"statistic": setting} if isinstance(setting, str) else setting
    given = {key: value for key, value in content.items() if key != "reference"}
    reference = _where(content["reference"]) if "reference" in content else None
    return Impute(reference=reference, **given)


def _treat(setting: str | Json) -> Treat | None:
    return None if isinstance(setting, str) else Treat(**setting)


def _normalise(setting: str | Json) -> Normalise | None:
    if setting == "none":
        return None
    content: Json = {"method": "min-max", **_as_object(setting)}
    given = {key: content[key] for key in _PLAIN_NORMALISE if key in content}
    low, high = content.get("range", (0, 100))
    return Normalise(
        worst=_bound(content.get("worst")),
        best=_bound(content.get("best")),
        span=(float(low), float(high)),
        **given,
    )


_PLAIN_NORMALISE = ("method", "target", "clip", "mean", "sd", "log", "over")


def _bound(setting: float | Json | None) -> Bound | None:
    if setting is None:
        return None
    return Percentile(setting["percentile"]) if isinstance(setting, dict) else float(setting)  # type: ignore[arg-type]


def _aggregate(setting: str | Json) -> Aggregate:
    return Aggregate(method=setting) if isinstance(setting, str) else Aggregate(**setting)  # type: ignore[arg-type]


def _with_tuples(setting: Json) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in setting.items()
    }


def _ranking(setting: Json) -> Ranking:
    return Ranking(**{**setting, "among": _where(setting.get("among", {}))})


def _choices(setting: Json) -> Choices:
    given: dict[str, Any] = {}
    if "concentration" in setting:
        given["concentration"] = float(setting["concentration"])
    if "normalise" in setting:
        ways = (_normalise(way) for way in setting["normalise"])
        given["normalise"] = tuple(way for way in ways if way is not None)
    if "aggregate" in setting:
        given["aggregate"] = tuple(map(_aggregate, setting["aggregate"]))
    if "impute" in setting:
        given["impute"] = tuple(map(_impute_one, setting["impute"]))
    return Choices(**given)
