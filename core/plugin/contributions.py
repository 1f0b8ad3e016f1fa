"""What one plugin contributes through its hooks, each answer checked when it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from citygoals.core.plugin.failures import UnusablePlugin

if TYPE_CHECKING:
    from citygoals.core.figures.formats import Format
    from citygoals.core.judging.methods import Method
    from citygoals.core.logic import Operator

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """The folder of a profile, and operators, formats and methods by name."""

    profile: Path | None = None
    operators: Mapping[str, type[Operator]]
    formats: Mapping[str, Format]
    methods: Mapping[str, Method]


def check_folder(answer: Any) -> Path:
    """The answer of provide_profile. Raises UnusablePlugin."""
    if not isinstance(answer, Path):
        raise UnusablePlugin(f"gave {_kind(answer)}, not a pathlib.Path")
    if ".." in answer.parts:
        mend = 'give the folder itself, such as Path(__file__).parent / "profile"'
        raise UnusablePlugin(f"gave {answer}, a path with `..`; {mend}")
    if not answer.is_absolute():
        mend = 'start at the module, as in Path(__file__).parent / "profile"'
        raise UnusablePlugin(f"gave {answer}, which depends on the current folder; {mend}")
    return answer


def check_operators(answer: Any) -> dict[str, type[Operator]]:
    """The answer of provide_operators. Raises UnusablePlugin."""
    from citygoals.core.logic import Operator, standard_operators

    operators = _list(answer, lambda item: isinstance(item, type) and issubclass(item, Operator))
    language = set(standard_operators().names())
    for operator in operators:
        name = getattr(operator, "name", None)
        if name is None:
            mend = f'write class {operator.__name__}(Operator, name="…", arity=…)'
            raise UnusablePlugin(f"gave the operator {operator.__name__} without a name; {mend}")
        if name in language:
            raise UnusablePlugin(f"operator {name!r} is citygoals' own; give it another name")
        if operator.__abstractmethods__:
            lacking = " and ".join(sorted(operator.__abstractmethods__))
            raise UnusablePlugin(f"operator {name!r} does not define {lacking}")
    return _by_name("operator", operators, lambda operator: operator.name)


def check_formats(answer: Any) -> dict[str, Format]:
    """The answer of provide_formats. Raises UnusablePlugin."""
    from citygoals.core.figures.formats import Format

    formats: list[Format] = _list(answer, lambda item: isinstance(item, Format))
    return _by_name("format", formats, lambda item: item.id)


def check_methods(answer: Any) -> dict[str, Method]:
    """The answer of provide_methods. Raises UnusablePlugin."""
    from citygoals.core.judging.methods import Method

    methods: list[Method] = _list(answer, lambda item: isinstance(item, Method))
    return _by_name("method", methods, lambda item: item.id)


def _list(answer: Any, fits: Callable[[Any], bool]) -> list[Any]:
    """The items of an answer, all of the kind that `fits`."""
    if not isinstance(answer, Iterable) or isinstance(answer, (str, bytes)):
        raise UnusablePlugin(f"gave {_kind(answer)}, not a list")
    items = list(answer)
    for item in items:
        if not fits(item):
            raise UnusablePlugin(f"gave a list with {_kind(item)} in it, which does not belong")
    return items


def _by_name(word: str, items: Iterable[T], name: Callable[[T], str]) -> dict[str, T]:
    by_name: dict[str, T] = {}
    for item in items:
        if name(item) in by_name:
            raise UnusablePlugin(f"gave the {word} {name(item)!r} twice")
        by_name[name(item)] = item
    return by_name


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"{type(value).__name__} {repr(value)[:60]}"
