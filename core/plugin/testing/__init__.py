"""The kit for tests of plugins, used as `citygoals.testing`; pytest finds its part by itself."""

from citygoals.core.plugin.testing.expectations import (
    assert_assessment,
    assert_sound,
    assert_statuses,
)

__all__ = ["assert_assessment", "assert_sound", "assert_statuses"]
