"""Reads JSON with the place of every value and holds it against its schema."""
