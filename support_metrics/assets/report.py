"""The weekly report as an asset with a partition per week, each made as of the Monday morning after it."""

import base64
import os
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    WeeklyPartitionsDefinition,
    asset,
)

from support_metrics import pipeline
from support_metrics.assets.models import WRITER
from support_metrics.assets.settings_file import SettingsFile, failures_explained
from support_metrics.errors import WarehouseError
from support_metrics.settings import REPORTS_VARIABLE, Settings

if TYPE_CHECKING:
    from support_metrics.report.headlines import Headline
    from support_metrics.report.week import Week

FIRST_WEEK = date(2020, 1, 6)  # where nothing has been published yet


def weeks(time_zone: str, as_of: datetime | None = None, first: date | None = None) -> WeeklyPartitionsDefinition:
    """Weeks from Monday in the team's zone, named by the Monday; Dagster's own would start on Sunday.

    They begin with `first`, where history begins, and a pinned `as_of` ends them.
    """
    end = f"{as_of.astimezone(ZoneInfo(time_zone)).date()}" if as_of else None
    return WeeklyPartitionsDefinition(start_date=f"{first or FIRST_WEEK}", end_date=end, day_offset=1, timezone=time_zone)


def report_asset(partitions: WeeklyPartitionsDefinition, marts: list[AssetKey]) -> AssetsDefinition:
    """The asset `reports/weekly_report`. It builds the marts as of its own moment, privately: the published ones stay those of today."""

    @asset(
        key=["reports", "weekly_report"],
        partitions_def=partitions,
        deps=marts,
        group_name="reports",
        kinds={"html", "plotly"},
        pool=WRITER,
        description="The page of one week, made as of the Monday morning after it so that Friday evening's questions are judged fairly.",
    )
    def weekly_report(context: AssetExecutionContext, settings_file: SettingsFile) -> MaterializeResult[None]:
        with failures_explained():
            return _deliver(context, settings_file.load(), date.fromisoformat(context.partition_key))

    return weekly_report


def _deliver(context: AssetExecutionContext, settings: Settings, week: date) -> MaterializeResult[None]:
    from support_metrics.report import deliver_week, post_report
    from support_metrics.report.headlines import headlines
    from support_metrics.report.week import read_week

    as_of = min(settings.report_as_of(week), pipeline.as_of_now(settings))
    if settings.week_of(as_of) < week:
        raise WarehouseError(f"the week of {week} begins after {as_of.isoformat()}", "choose an earlier week, or change team.as_of")
    context.log.info(f"building as of {as_of.isoformat()}, privately")
    with pipeline.built(settings, as_of) as connection:
        pipeline.refuse_before_history(settings, connection, week)
        page = deliver_week(settings, connection, week).resolve()
        found = read_week(connection, week)
        figures = headlines(found)
    if settings.posting.with_schedule and week == pipeline.last_reported_week(settings, pipeline.as_of_now(settings)):
        post_report(settings, found, context.log.info)
    return MaterializeResult(
        metadata={
            **_page(found, page, settings.posting.report_url or os.environ.get(REPORTS_VARIABLE, "")),
            "file": MetadataValue.path(page),
            "headlines": MetadataValue.md(_table(figures)),
            **_preview(found),
            "as of": MetadataValue.timestamp(as_of),
        }
    )


def _page(week: "Week", page: Path, folder_url: str) -> dict[str, MetadataValue]:
    """What the page says, and a link to it where the archive has an address: from here no browser opens a file."""
    from support_metrics.report.posting import words

    is_delivery = page.name == f"{week.monday}.html"
    url = f"{folder_url.rstrip('/')}/{page.name}" if folder_url else ""
    said = words(week, folder_url if is_delivery else "")
    lines = [f"**{_markdown(said.title)}**", "", *(_item(*each) for each in said.happened)]
    if said.attention:
        lines += ["", "**Deserves attention**", "", *(_item(*each) for each in said.attention)]
    return {"words": MetadataValue.md("\n".join(lines))} | ({"page": MetadataValue.url(url)} if url else {})


def _item(text: str, url: str) -> str:
    return f"- [{_markdown(text)}]({url})" if url else f"- {_markdown(text)}"


def _markdown(text: str) -> str:
    """Text from outside as it was typed."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~&])", r"\\\1", " ".join(text.split()))


def _preview(week: "Week") -> dict[str, MetadataValue]:
    """The headline as a picture that Dagster shows; where no Chromium draws it, why there is none."""
    from support_metrics.report.picture import NoPicture, describe, picture

    try:
        drawn = base64.b64encode(picture(week, scale=1)).decode()
    except NoPicture as error:
        return {"picture": MetadataValue.text(f"none: {error}")}
    return {"picture": MetadataValue.md(f"![{describe(week)}](data:image/png;base64,{drawn})")}


def _table(figures: "Sequence[Headline]") -> str:
    """The headline figures as the page shows them, in Markdown."""
    lines = ["| | this week | | against |", "| --- | --- | --- | --- |"]
    for each in figures:
        changes = [f"{change.arrow} {change.amount} on {change.against} ({change.reference})".strip() for change in each.changes]
        cells = (each.label, f"**{each.value}**", each.detail or each.why, "; ".join(changes))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
