"""Composite scores: impute, treat, normalise, weight, aggregate, rank; and how robust they are."""

from citygoals.core.results.score.document import decode_index, index_of, read_index
from citygoals.core.results.score.frame import Frame, frame_from
from citygoals.core.results.score.index import Index, IndexNode
from citygoals.core.results.score.pipeline import STAGES, NodeScores, Note, Scores, score

__all__ = [
    "STAGES",
    "Frame",
    "Index",
    "IndexNode",
    "NodeScores",
    "Note",
    "Scores",
    "decode_index",
    "frame_from",
    "index_of",
    "read_index",
    "score",
]
