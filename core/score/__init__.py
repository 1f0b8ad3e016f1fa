"""Composite scores: impute, treat, normalise, weight, aggregate, rank; and how robust they are."""

from citygoals.core.score.document import decode_index, index_of, read_index
from citygoals.core.score.frame import Frame, frame_from
from citygoals.core.score.index import Index, Node
from citygoals.core.score.pipeline import STAGES, NodeScores, Note, Scores, score

__all__ = [
    "STAGES",
    "Frame",
    "Index",
    "Node",
    "NodeScores",
    "Note",
    "Scores",
    "decode_index",
    "frame_from",
    "index_of",
    "read_index",
    "score",
]
