"""The lead tracker's command: leads."""

from __future__ import annotations

import contextlib
import csv
import getpass
import io
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

import click

from support_metrics.cli.options import WeekType, example, load, settings_option
from support_metrics.cli.show import WRITERS, text_of

# As in settings.leads, which takes long to import; a test holds them equal.
STATUSES = ("new", "contacted", "talking", "opportunity", "customer", "not a lead", "later")
FORMATS = ("table", "csv", "json", "hubspot")


@click.group(
    invoke_without_command=True,
    short_help="List and export new people; keep where we stand with them.",
    epilog=example(
        "support-metrics leads --week 2026-03-02",
        "support-metrics leads --status new --format hubspot --out contacts.csv",
        'support-metrics leads set patd contacted --note "wrote about the beta"',
    ),
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only who asked first on this local day or later.")
@click.option("--week", type=WeekType(), help="Only who asked first in the week of this day.")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice([*STATUSES, "unknown"]), help="Only with this status; may be repeated. "
    "By default everybody but `unknown`, who may have asked before our history begins."
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print them.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead, whole or not at all.")
@settings_option
@click.pass_context
def leads(context: click.Context, since: Any, week: date | None, statuses: tuple[str, ...], form: str, out: Path | None) -> None:
    """List the people who asked for the first time: what they asked, how active they are, where they may work, and where we stand with them.

    Reads the published warehouse. `--format hubspot` is the layout of HubSpot's contact import; `csv` has every column. In both a cell that a
    spreadsheet could take for a formula begins with an apostrophe.
    """
    if context.invoked_subcommand:
        return
    from support_metrics.leads import Chosen, read_leads, unmatched, write_whole
    from support_metrics.warehouse import open_published

    if since and week:
        raise click.UsageError("--since and --week exclude each other")
    settings = load()
    first = settings.midnight(week or (since.date() if since else None))
    before = settings.midnight(week + timedelta(days=7)) if week else None
    with contextlib.closing(open_published(settings)) as connection:
        names, rows = read_leads(connection, Chosen(first, before, statuses))
        mistakes = unmatched(connection)
    answer = io.StringIO(newline="")
    _write(form, names, rows, answer)
    if out:
        write_whole(out, lambda file: file.write(answer.getvalue()))
        click.echo(f"{len(rows):,} {'person' if len(rows) == 1 else 'people'} in {out.resolve()}", err=True)
    else:
        sys.stdout.write(answer.getvalue())
    for mistake in mistakes:
        click.echo(f"leads: {mistake}; it has no effect", err=True)


def _write(form: str, names: list[str], rows: Sequence[dict[str, Any]], to: IO[str]) -> None:
    from support_metrics.leads import HUBSPOT_COLUMNS, LISTED, cells, hubspot_row

    if form == "hubspot":
        _write_guarded(HUBSPOT_COLUMNS, (hubspot_row(row) for row in rows), to)
    elif form == "csv":
        _write_guarded(names, cells(names, rows), to)
    else:
        columns = LISTED if form == "table" else names
        WRITERS[form](columns, cells(columns, rows), to)


def _write_guarded(names: Sequence[str], rows: Iterable[Sequence[Any]], to: IO[str]) -> None:
    """RFC 4180; what is a number in itself stays as it is."""
    from support_metrics.spreadsheet import guarded

    writer = csv.writer(to, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([text_of(value) if isinstance(value, int | float) else guarded(text_of(value)) for value in row] for row in rows)


@leads.command(
    "set",
    short_help="Say where we stand with somebody.",
    epilog=example('support-metrics leads set ada@example.com customer --who Nick --note "signed"'),
)
@click.argument("person")
@click.argument("status", type=click.Choice(STATUSES))
@click.option("--note", default="", help="What else there is to say.")
@click.option("--who", default=getpass.getuser, help="By whose word; by default whoever is logged in.")
@settings_option
def set_lead(person: str, status: str, note: str, who: str) -> None:
    """Add an entry to the leads' file: PERSON is an account's key, a login, an e-mail address or a name that means one person.

    Earlier entries and comments stay; the latest holds. It shows in the tables after the next build.
    """
    from support_metrics import pipeline
    from support_metrics.leads import set_status
    from support_metrics.people import person_meant
    from support_metrics.warehouse import open_published

    settings = load()
    with contextlib.closing(open_published(settings)) as connection:
        person_id, name = person_meant(connection, person)
    now = pipeline.as_of_now(settings)
    since = settings.local_day(now)
    path = set_status(settings, person_id, name, status, since, who, note)
    click.echo(f"{name} ({person_id}) is {status!r} since {since}, said in {path}; `support-metrics build` shows it in the tables")
