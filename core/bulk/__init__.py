"""Evaluation of many areas in columns: from long observations to assessments in numbers."""
