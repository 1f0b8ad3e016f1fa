"""Writes what the pages can take from the program: commands, documents, the output of consoles.

`python docs/generate.py` brings every page up to date; with `--check` it writes nothing and fails
when one is stale. In the pages named in CONSOLES every `console` block is run, top to bottom, in
one empty folder for each page, which has the tree's `examples` and `profiles` in it. A block below
`<!-- file: NAME -->` is put there as that file.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from measured import measured_page

from citygoals.cli import COMMANDS, citygoals
from citygoals.core.forum.documents.reading import document_kinds, load_schema

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
Schema = Mapping[str, Any]
CONSOLES = (
    "README.md",
    "docs/getting-started.md",
    "docs/write-a-profile.md",
    "docs/write-a-rule.md",
)
WIDTH = 80
MADE = "<!-- Made by docs/generate.py. -->"


def cli_page() -> str:
    """Every command with its help."""
    lines = [
        "# Commands",
        MADE,
        "Exit codes: 0 fine, 1 findings (rejected rows, faults of profiles), 2 could not run."
        " Errors go to stderr; `citygoals --debug COMMAND` shows their traceback.",
        _help(("citygoals",), citygoals),
    ]
    for name in COMMANDS:
        command = citygoals.get_command(click.Context(citygoals), name)
        if command is not None:
            for words, one in _with_subcommands(("citygoals", name), command):
                lines += [f"## `{' '.join(words)}`", _help(words, one)]
    return "\n\n".join(lines) + "\n"


def _with_subcommands(
    words: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _with_subcommands((*words, name), inner)


def _help(words: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(words), terminal_width=WIDTH)
    return f"```text\n{command.get_help(context).rstrip()}\n```"


def documents_page() -> str:
    """Every kind of document with its keys, from the schemas that ship."""
    lines = [
        "# Documents",
        MADE,
        "A profile is a folder of JSON documents. Each names its kind by its `$schema`, such as"
        ' `"$schema": "https://schemas.citygoals.example/1/goals.schema.json"`: what counts is the'
        " file name at the end, so a path to the shipped file is as good, and an editor completes"
        " keys by it without a network. `citygoals check FOLDER` holds a profile against all of"
        " this. [Writing a profile](../write-a-profile.md) shows them at work.",
    ]
    for kind in document_kinds():
        schema = load_schema(kind)
        lines += [f"## `{kind}`", schema["description"], *_tables(schema, "the document")]
        for name, part in schema.get("$defs", {}).items():
            lines += [f"### `{name}`", *_definition(part)]
    lines.append("## Shared parts")
    for name, schema in load_schema("defs")["$defs"].items():
        lines += [f"### `{name}`", *_definition(schema)]
    return "\n\n".join(lines) + "\n"


def _definition(schema: Schema) -> Iterator[str]:
    description = schema.get("description", "")
    if description:
        yield description if description.endswith(".") else f"{description}."
    if "properties" not in schema:
        yield "; ".join([_type(schema), *_bounds(schema)])
    for form in _forms(schema):
        yield from _tables(form, "it")


def _tables(schema: Schema, whole: str) -> Iterator[str]:
    """The keys of an object, what goes together, then the keys of the objects in it."""
    required = set(schema.get("required", ()))
    rows = [
        (f"`{key}`", _type(value), "yes" if key in required else "", _describe(value))
        for key, value in schema["properties"].items()
        if key != "$schema"
    ]
    head = [("key", "value", "needed", "what it is"), ("---",) * 4]
    yield "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows])
    yield from _together(schema, whole)
    for key, value in schema["properties"].items():
        each = "items" in value or isinstance(value.get("additionalProperties"), dict)
        for form in _forms(value):
            yield f"Each of `{key}` has:" if each else f"`{key}` has:"
            yield from _tables(form, "it")


def _forms(schema: Schema) -> Iterator[Schema]:
    """The objects that a value may be, or hold as items."""
    if "properties" in schema:
        yield schema
        return
    inner = [schema.get("items"), schema.get("additionalProperties")]
    for form in (*inner, *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if isinstance(form, dict):
            yield from _forms(form)


def _together(schema: Schema, whole: str) -> Iterator[str]:
    """Which keys exclude each other, and which one asks for others."""
    choices = [choice["required"] for choice in schema.get("oneOf", ()) if "required" in choice]
    if choices:
        yield f"Of these {whole} has exactly one: {'; or '.join(map(_keys, choices))}."
    for rule in (schema, *schema.get("allOf", ())):
        for key, value in rule.get("if", {}).get("properties", {}).items():
            needed = rule["then"].get("required", ())
            if "const" in value and needed:
                otherwise = rule.get("else", {}).get("required", ())
                other = f"; otherwise {_keys(otherwise)}" if otherwise else ""
                yield f"Where `{key}` is {_type(value)} it needs {_keys(needed)}{other}."


def _keys(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "oneOf" in schema and "properties" not in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["oneOf"])))
    kind = schema.get("type", "object" if "properties" in schema else "any JSON")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minItems": "at least {} of them",
    "maxLength": "at most {} characters",
    "pattern": "matches `{}`",
}


def _bounds(schema: Schema) -> list[str]:
    return [text.format(schema[key]) for key, text in _BOUNDS.items() if key in schema]


def _describe(schema: Schema) -> str:
    """What a key holds, and the bounds that its value keeps."""
    said = [schema["description"]] if "description" in schema else []
    bounds = _bounds(schema)
    if bounds:
        said = [text.rstrip(".") for text in said]
    return "; ".join([*said, *bounds]).replace("|", "\\|")


def modules_page() -> str:
    """Every module of the package with the first sentence of its docstring."""
    lines = ["# Modules", MADE, "What each module does, by its own first sentence."]
    for folder in ("core", "plugins"):
        paths = sorted((ROOT / folder).rglob("*.py"), key=lambda path: path.parts)
        rows = [f"| `{path.relative_to(ROOT)}` | {_sentence(path)} |" for path in paths]
        known = [row for row in rows if not row.endswith("|  |")]
        lines += [f"## `{folder}`", "\n".join(["| module | |", "|---|---|", *known])]
    return "\n\n".join(lines) + "\n"


def _sentence(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = said.partition("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=\.) (?=[A-Z])", first)[0].replace("|", "\\|")


_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n```\w+|```console)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


def with_consoles(text: str) -> str:
    """The page with the output of its consoles as it is now; files that it shows are there."""
    with TemporaryDirectory() as folder:
        for name in ("examples", "profiles"):
            (Path(folder) / name).symlink_to(ROOT / name)
        return _BLOCK.sub(lambda block: _block(block, Path(folder)), text)


def _block(block: re.Match[str], folder: Path) -> str:
    if block["file"]:
        path = folder / block["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], encoding="utf-8")
        return block[0]
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)", block["text"], re.MULTILINE)
    shown = (f"$ {command}\n{_output(command, folder)}" for command in commands)
    return "```console\n" + "\n".join(shown) + "```"


def _output(command: str, folder: Path) -> str:
    """What a command prints, stdout and stderr as they come, without spaces at the ends."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    terminal = {"COLUMNS": str(WIDTH), "TERM": "dumb", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(  # noqa: S602
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, **terminal, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    text = "\n".join(lines).strip("\n")
    return f"{text}\n" if text else ""


def pages() -> Iterator[tuple[Path, str]]:
    """Every page that is made, in whole or in part, with its text as it should be."""
    yield DOCS / "reference" / "cli.md", cli_page()
    yield DOCS / "reference" / "documents.md", documents_page()
    yield DOCS / "reference" / "modules.md", modules_page()
    yield DOCS / "reference" / "measured.md", measured_page(MADE)
    for name in CONSOLES:
        yield ROOT / name, with_consoles((ROOT / name).read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Write the pages, or say with `--check` which are stale."""
    stale = 0
    for path, text in pages():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old == text:
            continue
        stale += 1
        if "--check" in arguments:
            diff = unified_diff(old.splitlines(), text.splitlines(), str(path), "as it is", n=1)
            click.echo("\n".join(diff))
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            click.echo(f"{path.relative_to(ROOT)}: written")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
