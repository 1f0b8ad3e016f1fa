"""The kit for tests of plugins: `from citygoals.testing import assert_assessment`.

With pytest come the fixtures `forum`, `profile` and `assess`, and tests from tables of cases.
"""

from citygoals.core.plugin.testing.expectations import (
    assert_assessment,
    assert_sound,
    assert_statuses,
)

__all__ = ["assert_assessment", "assert_sound", "assert_statuses"]
