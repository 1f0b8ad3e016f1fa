"""Makes the folder of a release: a small database of it, and what it printed of that.

`python tests/store/records/make.py REVISION FOLDER`, such as `706f77b 0.1.0`, is run once, when a
release stands. The revision is installed by itself, imports `figures/` and evaluates them; then
every command that reads is asked. `printed.jsonl.xz` has their arguments and what they printed, a
line each (`xzcat` shows it); the database is packed as well, its Parquet files are not.
"""

from __future__ import annotations

import json
import lzma
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "release_diff"))

from releases import Job, Release, archived, libraries  # noqa: E402

PLUGINS = "common,korea"
AREAS = ("--area", "KR-seoul", "--area", "KR-busan")
EVALUATE = ("evaluate", "--profile", "common", "--profile", "kr", *AREAS)
FIGURES = ("first.csv", "second.csv", "mistaken.csv", "large.csv")
RUNS = ("1", "2", "3")
WRITING: Sequence[Job] = (
    ("import", "first.csv", "--as-of", "2026-01-10"),
    ("import", "second.csv", "--as-of", "2026-01-20"),
    ("import", "mistaken.csv", "--as-of", "2026-01-30"),
    ("imports", "withdraw", "3", "--as-of", "2026-02-10"),
    (*EVALUATE, "--year", "2020", "--year", "2015", "--as-of", "2026-02-15"),
    ("import", "large.csv", "--as-of", "2026-02-20", "--files-from", "0"),
    EVALUATE,
    (*EVALUATE, "--files-from", "0"),
)
"""The first run by rows; the second by columns, since an import is in files; the last in files."""
READING: Sequence[Job] = (
    ("imports",),
    ("rejects",),
    ("runs",),
    *(("show", "--run", run) for run in RUNS),
    ("show", "--run", "1", "--profile", "kr", "--decided", "--year", "2020"),
    ("show", "--run", "3", "--area", "KR-busan", "--decided"),
    *(("compare", "--run", run, "--profile", "kr", "--decided") for run in RUNS),
    *(("compare", "--run", run, "--by", "area", "--decided") for run in RUNS),
    *(("score", "--run", run, "--profile", "kr", "--least-coverage", "0") for run in RUNS),
    ("rate", "--profile", "common", "--area", "KR-seoul"),
    ("explain", "KR-seoul", "cleaner-air-by-2030", "--profile", "kr"),
    ("explain", "KR-seoul", "cleaner-air-by-2030", "--profile", "kr", "--run", "1"),
    ("explain", "KR-busan", "traffic-deaths", "--run", "3"),
)


def made(release: Release, folder: Path) -> None:
    """The database of a release in its folder, with what it printed."""
    for name in FIGURES:
        shutil.copy(HERE / "figures" / name, folder)
    asked = [(*job, "--format", "json") for job in READING]
    printed = release.run(folder, PLUGINS, release.shipped, [*WRITING, *asked])
    for name in FIGURES:
        (folder / name).unlink()
    for job, answer in zip([*WRITING, *asked], printed, strict=True):
        if answer.code not in (0, 1) or (job[0] != "import" and answer.code):
            raise SystemExit(f"{' '.join(job)}: {answer.code}\n{answer.err}")
    answers = [json.loads(answer.out) for answer in printed[len(WRITING) :]]
    lines = [
        json.dumps({"arguments": job, "printed": answer}, ensure_ascii=False)
        for job, answer in zip(asked, answers, strict=True)
    ]
    (folder / "printed.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
    for name in ("forum.db", "printed.jsonl"):
        pack(folder / name)


def pack(path: Path) -> None:
    """Compress a file in its place."""
    Path(f"{path}.xz").write_bytes(lzma.compress(path.read_bytes(), preset=9))
    path.unlink()


def main() -> None:
    revision, name = sys.argv[1:]
    with TemporaryDirectory() as place:
        work = Path(place)
        for part in ("tree", "release", "record"):
            (work / part).mkdir()
        tree, empty = archived(revision, work / "tree"), work / "empty"
        release = Release(work / "release", tree, libraries(work / "libs"), empty)
        try:
            made(release, work / "record")
        finally:
            release.close()
        shutil.copytree(work / "record", HERE / name)


if __name__ == "__main__":
    main()
