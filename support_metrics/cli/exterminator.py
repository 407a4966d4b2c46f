"""The command group `exterminator`: what the person on duty needs in a week."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from support_metrics.cli.exterminator_sync import status, sync
from support_metrics.cli.options import WeekType, example, load, settings_option
from support_metrics.cli.show import as_json, printable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from support_metrics.settings import Settings

json_option = click.option("--json", "is_json", is_flag=True, help="As JSON, for other programs.")
week_option = click.option("--week", type=WeekType(), help="Any day of the week; by default the week of the published warehouse's moment.")


@click.group(
    short_help="Tools of the person on duty: what waits, the week, the handoff, the release, the rotation.",
    epilog=example("support-metrics exterminator today", "support-metrics exterminator handoff"),
)
@settings_option
def exterminator() -> None:
    """Tools of the person on duty. They read the published warehouse: `support-metrics refresh` brings it up to date.

    `sync` and `status` ask GitHub and Shortcut themselves.
    """


for command in (sync, status):
    exterminator.add_command(command)


@contextlib.contextmanager
def _published() -> Iterator[tuple[Settings, DuckDBPyConnection]]:
    from support_metrics.warehouse import open_published

    settings = load()
    with contextlib.closing(open_published(settings)) as connection:
        yield settings, connection


def _week_of(settings: Settings, connection: DuckDBPyConnection, given: date | None) -> date:
    (as_of,) = connection.execute("select as_of_at from marts.build").fetchone() or (None,)
    return given or settings.week_of(as_of)


def _say(text: str) -> None:
    """What is quoted from outside must not steer the terminal."""
    for line in text.split("\n"):
        click.echo(printable(line))


@exterminator.command(short_help="What waits for a first response, by the time left.", epilog=example("support-metrics exterminator today"))
@click.option("--all", "with_old", is_flag=True, help="Also what was asked more than four weeks ago.")
@json_option
@settings_option
def today(with_old: bool, is_json: bool) -> None:
    """List what waits for a first response, least time left on its own clock first, and high-priority issues that nobody has.

    Time left is measured now; what was answered after the last refresh is not known yet.
    """
    from support_metrics import pipeline
    from support_metrics.exterminator import waiting

    with _published() as (settings, connection):
        found = waiting.today(connection, pipeline.as_of_now(settings))
    _say(as_json(found.as_json()) if is_json else "\n".join(waiting.told(found, with_old)))


@exterminator.command(
    short_help="The handoff form's answers, filled in.",
    epilog=example("support-metrics exterminator handoff", "support-metrics exterminator handoff --week 2026-03-09"),
)
@week_option
@json_option
@settings_option
def handoff(week: date | None, is_json: bool) -> None:
    """Print the handoff form's answers to paste, and the form's prefilled link if handoff.form_url and handoff.entries are set.

    Users per day are those of GitHub and Slack together, as the form asks. A day that is not known is left empty, never 0.
    """
    from support_metrics.exterminator import handoff as form

    with _published() as (settings, connection):
        found = form.handoff(connection, _week_of(settings, connection, week))
    link = form.as_link(found, settings)
    if is_json:
        _say(as_json({"week": found.week, "answers": dict(found.answers), "unknown": dict(found.unknown), "link": link}))
        return
    _say(form.as_text(found, settings))
    if link:
        _say(f"\nFilled in: {link}")


@exterminator.command(name="week", short_help="The week in a few lines.", epilog=example("support-metrics exterminator week"))
@week_option
@settings_option
def week_command(week: date | None) -> None:
    """Print the week: users, tickets and compliance against the week before, release, handoff, and what waits."""
    from support_metrics.exterminator.release import release_of, state_of
    from support_metrics.exterminator.waiting import counted, waiting
    from support_metrics.report.week import read_week
    from support_metrics.report.wording import moment
    from support_metrics.summary import summarize

    with _published() as (settings, connection):
        monday = _week_of(settings, connection, week)
        _say(summarize(connection, monday))
        found = read_week(connection, monday)
        open_requests = waiting(connection, found.as_of)
        state = state_of(release_of(connection, monday))
    duty = found.of_week(found.duties)
    _say("")
    _say(
        f"on duty            {(duty and duty['exterminator']) or 'not known'}; next: {(duty and duty['next_exterminator']) or 'not known'}"
    )
    _say(f"release            {state}")
    handed_off = f"handed off {moment(duty['handed_off_at'], found.zone)}" if duty and duty["handed_off_at"] else "no handoff yet"
    _say(f"handoff            {handed_off}")
    _say(f"waiting            {counted(open_requests, found.as_of)}; see `support-metrics exterminator today`")


@exterminator.command(
    short_help="The week's release, and a draft of the next one's summary.",
    epilog=example("support-metrics exterminator release", "support-metrics exterminator release --draft > notes.md"),
)
@week_option
@click.option("--draft", "only_draft", is_flag=True, help="Print the draft alone.")
@settings_option
def release(week: date | None, only_draft: bool) -> None:
    """Say whether the week's release happened and what its notes lack, and draft the summary of the next one.

    The draft lists what was merged or closed since each repository's last release, under headings by label.
    """
    from support_metrics.exterminator.release import draft, release_of, state_of

    with _published() as (settings, connection):
        found = release_of(connection, _week_of(settings, connection, week))
    if not only_draft:
        _say(f"Week of {found.week}: {state_of(found)}\n\nWhat waits for the next release, as a draft:\n")
    _say("\n".join(draft(found.changes)) or "Nothing has been merged or closed since the last release.")


@exterminator.command(short_help="Who is on duty in the weeks to come.", epilog=example("support-metrics exterminator rota --weeks 12"))
@click.option("--weeks", type=click.IntRange(1, 104), default=8, show_default=True, help="How many.")
@click.option("--from", "first", type=WeekType(), help="Any day of the first week; by default this week.")
@settings_option
def rota(weeks: int, first: date | None) -> None:
    """Print who is on duty, by rotation.toml and [[rota]] in the settings, else by the handoff form, with swaps and doubtful names marked."""
    from support_metrics import pipeline
    from support_metrics.errors import WarehouseError
    from support_metrics.exterminator.rota import handed_over, told, turns

    settings, handed = load(), dict[date, str]()
    with contextlib.suppress(WarehouseError), _published() as (_, connection):  # The weeks to come are known without one.
        handed = handed_over(connection)
    begins = first or settings.week_of(pipeline.as_of_now(settings))
    for turn in turns(settings, begins - timedelta(days=begins.weekday()), weeks, handed):
        _say(told(turn))
