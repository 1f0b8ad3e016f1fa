"""The examples in docstrings of the installed package."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import citygoals


def test_examples_in_docstrings() -> None:
    names = [
        module.name
        for module in pkgutil.walk_packages(citygoals.__path__, "citygoals.")
        if not module.name.endswith("__main__")
    ]
    results = {name: doctest.testmod(import_module(name)) for name in names}
    assert {name: result.failed for name, result in results.items() if result.failed} == {}
    assert sum(result.attempted for result in results.values()) >= 7
