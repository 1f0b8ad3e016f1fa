"""What is found in JSON text without a parser agrees with a walk of its characters."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.forum.documents.depth import deepest, skeleton
from citygoals.core.forum.documents.reading import parse_json

keys = st.sampled_from(["a", "b", "a:b", '"', "\\", "\\:", "{"])
values = st.recursive(
    st.sampled_from(["1", '"x:y"', '"\\\\"', '"\\""', "null"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(keys, inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f"{json.dumps(key)}:{item}" for key, item in pairs) + "}"
        )
    ),
    max_leaves=12,
)


def walked(text: str) -> int:
    """How deep brackets outside of strings nest, character by character."""
    depth = most = at = 0
    inside = False
    while at < len(text):
        mark = text[at]
        at += 2 if inside and mark == "\\" else 1
        inside ^= mark == '"'
        if not inside:
            depth += (mark in "[{") - (mark in "]}")
            most = max(most, depth)
    return most


@given(st.text('"\\[]{}:a\n'))
def test_depth_is_that_of_a_walk(text: str) -> None:
    assert deepest(skeleton(text)) == walked(text)


def codes(text: str) -> set[str]:
    try:
        parse_json(text, "x.json")
    except InvalidDocuments as error:
        return {finding.code for finding in error.findings}
    return set()


@given(values)
def test_a_doubled_key_is_found_wherever_it_stands(text: str) -> None:
    doubled: list[bool] = []
    json.loads(text, object_pairs_hook=lambda pairs: doubled.append(len(dict(pairs)) < len(pairs)))
    assert codes(text) == ({"json-duplicate-key"} if any(doubled) else set())
