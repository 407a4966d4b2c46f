"""The commands that make something: refresh, build, report."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from support_metrics.cli.options import InstantType, WeekType, as_of_option, example, known_at_option, load, settings_option, settle
from support_metrics.cli.progress import Progress

if TYPE_CHECKING:
    from support_metrics.settings import Settings


@click.command(
    short_help="Land, build, publish, deliver the weekly report.",
    epilog=example(
        "support-metrics refresh",
        "support-metrics refresh --only slack --only github",
        "support-metrics refresh --observed-until 2026-03-09T08:00:00+01:00   # as it was that Monday",
    ),
)
@click.option("--only", multiple=True, metavar="SOURCE", help="Land only this source; may be repeated. Everything is built all the same.")
@as_of_option("Judge everything as of this moment; by default --observed-until, else team.as_of, else now.")
@click.option(
    "--observed-until",
    type=InstantType(),
    help="Land only what was taken by then, as a manifest says, to replay history. Written as --as-of.",
)
@settings_option
def refresh(only: tuple[str, ...], as_of: date | datetime | None, observed_until: date | datetime | None) -> None:
    """Land every source, build, publish, and deliver the report of the last full week.

    A source that cannot be read or landed is named with the reason; the others go on, everything is built, and the exit code is 1.
    Where the settings name a place that never was there, such as a misspelt channel, nothing is built, and what was published stands.
    """
    from support_metrics import pipeline

    settings = load()
    until = settle(observed_until, settings)
    moment = settle(as_of, settings) or (min(until, pipeline.as_of_now(settings)) if until else pipeline.as_of_now(settings))
    with Progress() as progress:
        failed = _land(settings, only, until, progress)
        progress.say(f"Building as of {_local(moment, settings)}")
        progress.build_begins()
        pipeline.build_and_publish(settings, moment, on_table=progress.table_built)
        progress.build_ends()
        summary, path = _deliver_last_week(settings, moment, progress)
    click.echo(f"\n{summary}\n\nReport: {_from_here(path.resolve())}")
    if failed:
        click.echo(
            f"error: {failed} (see above); everything was built without what is new there, "
            "and its channel counts only up to where it is covered",
            err=True,
        )
        raise click.exceptions.Exit(1)


def _land(settings: Settings, only: tuple[str, ...], until: datetime | None, progress: Progress) -> str:
    """Land and tell; returns which sources failed, in words. Raises LandingError where there is nothing to build from, Exit where nothing may be built."""
    from support_metrics import pipeline
    from support_metrics.errors import LandingError, PlaceMissing, SourceError, SupportMetricsError

    progress.say(f"Landing in {settings.landing_path.resolve()}")
    outcome = pipeline.land(
        settings,
        only,
        observed_until=until,
        on_begin=progress.source_begins,
        on_unit=progress.unit_landed,
        tell=progress.told,
        on_end=progress.source_ends,
    )
    progress.landing_ends()
    if any(isinstance(each, PlaceMissing) for each in outcome.values()):
        progress.say("nothing was built, since it would count too little; what was published before stands", err=True)
        raise click.exceptions.Exit(1)
    failed = {name: each for name, each in outcome.items() if isinstance(each, SupportMetricsError)}
    unread = ", ".join(name for name, each in failed.items() if isinstance(each, SourceError))
    unwritten = ", ".join(name for name, each in failed.items() if not isinstance(each, SourceError))
    if not pipeline.has_landed(settings):
        raise LandingError(*_nothing_landed(settings, bool(outcome), bool(failed), until))
    return ", ".join([f"{unread} could not be read"] * bool(unread) + [f"{unwritten} could not be landed"] * bool(unwritten))


def _nothing_landed(settings: Settings, configured: bool, failed: bool, until: datetime | None) -> tuple[str, str]:
    if not configured:
        return (
            f"{settings.path}: no source is configured",
            "name the files of a source, such as `files` under [slack]; `support-metrics doctor` helps",
        )
    if failed:
        return "nothing could be landed, so there is nothing to build", "mend the errors above; `support-metrics doctor` helps"
    if until:
        return (
            f"nothing was taken by {until.isoformat()}",
            "give a later --observed-until, or say in a manifest.json when the files were taken",
        )
    return (
        "the sources' files hold no records, so there is nothing to build",
        "look whether the right files are named; `support-metrics doctor` helps",
    )


def _deliver_last_week(settings: Settings, moment: datetime, progress: Progress) -> tuple[str, Path]:
    """The week in a few lines, and where its report lies."""
    from support_metrics import pipeline
    from support_metrics.report import deliver_week
    from support_metrics.summary import summarize

    week = pipeline.last_reported_week(settings, moment)
    progress.doing(f"report of the week of {week} …")
    with pipeline.published_or_built(settings, settings.report_as_of(week), progress.table_built) as connection:
        return summarize(connection, week), deliver_week(settings, connection, week)


@click.command(
    short_help="Build all tables and publish them.",
    epilog=example(
        "support-metrics build",
        "support-metrics build --as-of 2026-03-06T17:00:00+01:00",
        "support-metrics build --as-of 2026-03-09 --known-at 2026-03-20T12:00   # by what had been landed by then",
    ),
)
@as_of_option("Judge everything as of this moment; by default team.as_of, else now.")
@known_at_option
@settings_option
def build(as_of: date | datetime | None, known_at: date | datetime | None) -> None:
    """Build all tables from what has been landed, and publish them.

    If anything fails, what was published before still stands.
    """
    import contextlib

    from support_metrics import pipeline
    from support_metrics.summary import idle_overrides
    from support_metrics.warehouse import open_published

    settings = load()
    moment = settle(as_of, settings) or pipeline.as_of_now(settings)
    known = settle(known_at, settings)
    _refuse_empty(settings, known)
    with Progress() as progress:
        progress.say(f"Building as of {_local(moment, settings)}" + (f", known at {_local(known, settings)}" if known else ""))
        progress.build_begins()
        result = pipeline.build_and_publish(settings, moment, known, progress.table_built)
        progress.build_ends()
        progress.say(f"Published: {result.path.parent.resolve() / result.path.name}")
        with contextlib.closing(open_published(settings)) as connection:
            if words := idle_overrides(connection):
                progress.say(f"Overrides: {words}")


@click.command(
    short_help="Write the report of a week.",
    epilog=example(
        "support-metrics report",
        "support-metrics report --week 2026-03-02",
        "support-metrics report --post",
        "support-metrics report --week 2026-03-02 --as-of 2026-03-06T17:00:00+01:00   # as that Friday saw it",
    ),
)
@click.option("--week", type=WeekType(), help="Any day of the week; by default the last week whose report is due.")
@as_of_option(
    "Judge everything as of this moment; by default the Monday morning after the week (team.report_at), or now if that is earlier."
)
@known_at_option
@click.option("--post", is_flag=True, help="Send its words and a picture to the places in [posting], once for each place and week.")
@click.option("--again", is_flag=True, help="With --post: send it even if it has been sent.")
@settings_option
def report(week: date | None, as_of: date | datetime | None, known_at: date | datetime | None, post: bool, again: bool) -> None:
    """Write the report of a week and print its path.

    It is built for itself from what has been landed; the published warehouse stays as it is.
    """
    from support_metrics import pipeline
    from support_metrics.report import deliver_week, post_report
    from support_metrics.report.week import read_week

    settings = load()
    given, now = settle(as_of, settings), pipeline.as_of_now(settings)
    week = week or pipeline.last_reported_week(settings, given or now)
    moment = given or min(settings.report_as_of(week), now)
    if settings.week_of(moment) < week:
        raise click.UsageError(
            f"the week of {week} has not begun as of {_local(moment, settings)}; choose an earlier --week or a later --as-of"
        )
    known = settle(known_at, settings)
    if again and not post:
        raise click.UsageError("--again goes with --post")
    if post and (known or moment != settings.report_as_of(week)):
        raise click.UsageError(
            "only the week's own report is posted, as of the Monday morning after it: leave out --as-of and --known-at, or choose an earlier --week"
        )
    _refuse_empty(settings, known)
    with Progress(err=True) as progress:
        progress.doing("building …")
        with pipeline.built(settings, moment, known, progress.table_built) as connection:
            pipeline.refuse_before_history(settings, connection, week)
            progress.doing(f"report of the week of {week} …")
            path = deliver_week(settings, connection, week)
            found = read_week(connection, week) if post else None
    click.echo(path.resolve())
    if found:
        post_report(settings, found, lambda text: click.echo(text, err=True), again)


def _from_here(path: Path) -> Path:
    """As somebody in the working folder would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _refuse_empty(settings: Settings, known_at: datetime | None) -> None:
    from support_metrics import pipeline
    from support_metrics.errors import LandingError

    if not pipeline.has_landed(settings):
        raise LandingError(f"nothing has been landed in {settings.landing_path}", "run `support-metrics refresh` first")
    if known_at and not pipeline.has_landed(settings, known_at):
        raise LandingError(f"nothing had been landed by {_local(known_at, settings)}", "give a later --known-at, or leave it out")


def _local(moment: datetime, settings: Settings) -> str:
    from zoneinfo import ZoneInfo

    local = moment.astimezone(ZoneInfo(settings.team.time_zone))
    return f"{local:%a %Y-%m-%d %H:%M} {settings.team.time_zone}"
