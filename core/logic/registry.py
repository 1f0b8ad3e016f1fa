"""Which operators a rule may use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import jsonlogic.registry

from citygoals.core.logic.nodes import Operator
from citygoals.core.logic.operators.arithmetic import operators as arithmetic
from citygoals.core.logic.operators.branching import operators as branching
from citygoals.core.logic.operators.comparison import operators as comparison
from citygoals.core.logic.operators.data import operators as data
from citygoals.core.logic.operators.lists import operators as lists
from citygoals.core.logic.operators.text import operators as text


class OperatorRegistry(jsonlogic.registry.OperatorRegistry):
    """python-jsonlogic's registry that also tells its names.

    A plugin's operators go into a copy: `registry.copy(extend={"within": Within})`.
    """

    def names(self) -> Sequence[str]:
        """The names of all operators, sorted."""
        return sorted(self._registry)

    def classes(self) -> Iterable[type[Operator]]:
        """The operator classes, by name."""
        return [self._registry[name] for name in self.names()]  # type: ignore[misc]


def standard_operators() -> OperatorRegistry:
    """A new registry with every operator of the language."""
    registry = OperatorRegistry()
    for family in (arithmetic, branching, comparison, data, lists, text):
        for operator in family():
            registry.register(operator.name, operator)
    return registry
