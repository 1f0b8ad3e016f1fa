"""Viet Nam's profile: indicators, goals, targets, priorities and stands on the common goals."""

from citygoals.core.plugin import providing

PLUGIN_API = 1
provide_profile = providing("vn")
