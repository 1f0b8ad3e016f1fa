"""The command that writes the form to send out for figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citygoals.core.base.disk import replacing
from citygoals.core.base.model import AreaId
from citygoals.core.results.names import refuse_unknown
from citygoals.plugins.commands._forum import load_assembly, need_figures
from citygoals.plugins.commands._input import recorded
from citygoals.plugins.commands._language import lang_option, language
from citygoals.plugins.commands._options import db_option
from citygoals.plugins.commands._render import as_csv

if TYPE_CHECKING:
    from citygoals.core.base.model import Area, ProfileId
    from citygoals.core.forum.forum import Forum


@click.command(epilog="Example: citygoals template --profile kr --area KR-sejong > form.csv")
@click.option("--profile", "profile_id", required=True, help="Whose goals to ask figures for.")
@click.option("--area", "area_ids", multiple=True, help="An area to ask; may be repeated.")
@db_option
@lang_option
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to this file, marked as UTF-8 for spreadsheets, instead of stdout.",
)
@click.pass_context
def template(
    ctx: click.Context,
    profile_id: str,
    area_ids: Sequence[str],
    db: Path,
    output: Path | None,
) -> None:
    """Write the form to send out: one row for each area and indicator, as CSV.

    Each row has the unit, the definition, the last value and the target, as far as the profile and
    the database know them; year, value and source are for filling in. A filled form can be
    imported; rows left empty are not counted as reports.
    """
    from citygoals.core.results.form import COLUMNS, form_rows

    assembly = load_assembly()
    assembly.need_profiles([profile_id])
    forum = assembly.forum
    profile = forum.profile(profile_id)
    known, figures = recorded(ctx, db, forum)
    areas = _chosen(forum, profile.id, known, area_ids)
    if figures is not None:
        need_figures(assembly, figures, areas)
    rows = form_rows(forum, profile.id, areas, figures, language())
    text = as_csv(rows, COLUMNS)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)


def _chosen(
    forum: Forum, profile: ProfileId, known: Mapping[AreaId, Area], area_ids: Sequence[str]
) -> list[Area]:
    """The areas named, else those of the profile's country, else (under common) all."""
    refuse_unknown("area", area_ids, known)
    if area_ids:
        return [known[AreaId(area_id)] for area_id in area_ids]
    country = forum.profiles[profile].country
    return [area for _, area in sorted(known.items()) if country in (None, area.country)]


def _write(path: Path, text: str) -> None:
    with replacing(path, "name a file in a folder that can be written") as partial:
        partial.write_text(text, encoding="utf-8-sig")
    click.echo(f"{path}: written")
