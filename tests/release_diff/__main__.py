"""Compares what every command prints with what an earlier release prints, row order included.

`python tests/release_diff` runs both on the example forum and on drawn ones. A forum is told by its
seed: `--seed 17 --forums 1` draws that one again. Exit code 1 if anything differs that is not in
ALLOWED.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from commands import Commands
from differences import Difference, Normaliser, differences
from example import example_jobs
from figures import draw_rows, revised, spoilt, write_csv, write_parquet
from measures import SHIPPED
from releases import Job, Release, Said, archived, current, drawn_plugins, libraries
from tables import write_tables
from worlds import World, draw_world, write_world

ALLOWED: tuple[tuple[str, str], ...] = (
    ("evaluate", "note: goal '.*' is judged by rows, which is slower: .*"),
)
"""Differences that are meant: a command, and an expression that a changed line matches as a whole.

Only texts of messages may ever go in.
"""

EXTRA_AREAS = "id,name,level,country\nTH,Thailand,country,TH\nTH-bangkok,Bangkok,city,TH\n"


class Pair:
    """Both releases, over the same forums in folders of their own."""

    def __init__(self, work: Path, revision: str) -> None:
        libs, plugins = libraries(work / "libs"), drawn_plugins(work / "plugins")
        trees = (archived(revision, work / "old" / "tree"), current(work / "new" / "tree"))
        self.releases = [Release(tree.parent, tree, libs, plugins) for tree in trees]
        self.plain = Normaliser(work)
        self.ran = 0
        said = [one[0].out for one in self.both("help", "", (("evaluate", "--help"),))]
        words = [set(re.findall(r"[\w-]+", text.partition("--engine")[2][:200])) for text in said]
        self.engines = [n for n in ("polars", "duckdb", "rows") if n in words[0] & words[1]]

    def both(self, forum: str, plugins: str, jobs: Sequence[Job]) -> list[list[Said]]:
        """What each release says to the jobs, in its folder of the forum."""
        said = []
        for release in self.releases:
            folder = release.work / forum
            folder.mkdir(exist_ok=True)
            common = folder / "common"
            chosen = common if common.exists() else release.shipped
            said.append(release.run(folder, plugins, chosen, jobs))
        self.ran += len(jobs)
        return said

    def differing(self, forum: str, plugins: str, jobs: Sequence[Job]) -> Iterator[Difference]:
        """Where they differ."""
        yield from differences(forum, jobs, *self.both(forum, plugins, jobs), self.plain)

    def clear(self, forum: str) -> None:
        """Remove the forum's folders."""
        for release in self.releases:
            shutil.rmtree(release.work / forum)

    def close(self) -> None:
        """End both processes."""
        for release in self.releases:
            release.close()


def compare_example(pair: Pair) -> Iterator[Difference]:
    """The example forum, with the files of the earlier release."""
    examples = pair.releases[0].target / "citygoals" / "examples"
    plugins = ",".join(SHIPPED.values())
    yield from pair.differing("example", plugins, example_jobs(examples, pair.engines))
    pair.clear("example")


def compare_drawn(pair: Pair, seed: int) -> Iterator[Difference]:
    """The forum of a seed; its explanations are of what the earlier release found."""
    forum, rng = f"forum-{seed}", Random(seed)  # noqa: S311
    world = draw_world(rng, seed, pair.releases[0].shipped)
    state = rng.getstate()
    for release in pair.releases:
        rng.setstate(state)
        write_forum(rng, world, release.work / forum, release.shipped)
    commands = Commands(rng, world, pair.engines)
    jobs = commands.all()
    old, new = pair.both(forum, world.plugins, jobs)
    yield from differences(forum, jobs, old, new, pair.plain)
    further = commands.explanations(list(zip(jobs, old, strict=True)), 2)
    yield from pair.differing(forum, world.plugins, further)
    pair.clear(forum)


def write_forum(rng: Random, world: World, folder: Path, shipped: Path) -> None:
    """The documents and files of a forum."""
    folder.mkdir()
    write_world(world, folder, shipped)
    rows = draw_rows(rng, world)
    write_csv(folder / "first.csv", rows)
    write_csv(folder / "second.csv", revised(rng, rows, world))
    write_csv(folder / "spoilt.csv", spoilt(rng, rows))
    write_parquet(rng, folder / "figures.parquet", rows, world)
    (folder / "areas.csv").write_text(EXTRA_AREAS, encoding="utf-8")
    write_tables(rng, folder)


def found(pair: Pair, first: int, forums: int) -> Iterator[Difference]:
    """Every difference, on the example forum and the drawn ones."""
    yield from compare_example(pair)
    for seed in range(first, first + forums):
        yield from compare_drawn(pair, seed)


def report(pair: Pair, first: int, forums: int) -> int:
    """Print what differs; the exit code."""
    told = passed = 0
    for one in found(pair, first, forums):
        if one.allowed(ALLOWED):
            passed += 1
        else:
            told += 1
            say(str(one))
    say(f"{forums} drawn forums and the example: {pair.ran} commands, {told} differences")
    if passed:
        say(f"{passed} more are allowed")
    return 1 if told else 0


def say(text: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Read the options, install both releases and compare them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--revision", default="706f77b", help="the release to compare with")
    parser.add_argument("--forums", type=int, default=500, help="how many forums to draw")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first one")
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="citygoals-") as work:
        pair = Pair(Path(work).resolve(), options.revision)
        try:
            code = report(pair, options.seed, options.forums)
        finally:
            pair.close()
    say(f"{time.monotonic() - start:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
