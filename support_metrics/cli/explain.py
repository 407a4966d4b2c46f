"""The command that follows a number back to the messages: explain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from support_metrics.cli.options import WeekType, example, load, settings_option
from support_metrics.cli.show import printable, text_of

if TYPE_CHECKING:
    from support_metrics.explain import Explanation, Period

CHANNELS = ("github", "slack", "email", "x", "youtube", "all")


class DayType(click.ParamType[date]):
    """A local day of the team's zone."""

    name = "date"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is no date; write it as 2026-03-02", parameter, context)


@click.command(
    short_help="Follow a number to the messages behind it.",
    epilog=example(
        "support-metrics explain https://my-workspace.slack.com/archives/C0123456/p1772445600000100",
        "support-metrics explain my-team/my-tool#123",
        "support-metrics explain --day 2026-03-02 --channel slack",
        "support-metrics explain --week 2026-03-02",
    ),
)
@click.argument("request", required=False, metavar="[REQUEST_OR_URL]")
@click.option("--day", type=DayType(), help="Everybody and every request behind this day's users.")
@click.option("--week", type=WeekType(), help="The same for a week; any day of it.")
@click.option("--channel", type=click.Choice(CHANNELS), help="With --day or --week: one channel.  [default: all]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it.")
@settings_option
def explain(request: str | None, day: date | None, week: date | None, channel: str | None, form: str) -> None:
    """Follow a number to the messages behind it.

    REQUEST_OR_URL is a request_id or an end of one, a link to a request or to any message of it or of its answer, or owner/repo#123.
    It shows the messages with the part of each, why it counts, who asked and which accounts are taken for them, and each stretch of
    business time that was counted. Of something that is no request it says which rule made it none.

    With --day or --week it lists everybody who counts, what was left out, and what came near.
    """
    given = [each for each in (request, day, week) if each is not None]
    if len(given) != 1:
        raise click.UsageError("give either REQUEST_OR_URL or --day or --week" + (", only one of them" if given else ""))
    if request is not None and channel:
        raise click.UsageError("--channel goes with --day or --week")
    from support_metrics import explain as path
    from support_metrics.pipeline import published_with_steps

    with published_with_steps(load()) as connection:
        if request is not None:
            explanation = path.explain_request(connection, request)
            _print(form, explanation, path.explanation_lines(explanation))
            wrong = [each.request_id for each in explanation.requests if not each.clock.is_reconciled]
        elif day is not None:
            wrong = _period(form, path.explain_day(connection, day, channel or "all"))
        else:
            assert week is not None
            wrong = _period(form, path.explain_week(connection, week, channel or "all"))
    if wrong:
        click.echo(f"error: what is listed does not give the published figure: {'; '.join(wrong)}", err=True)
        click.echo("what to do: run `support-metrics build`; if that does not help, please report this", err=True)
        raise click.exceptions.Exit(1)


def _period(form: str, period: Period) -> list[str]:
    from support_metrics.explain import period_lines

    _print(form, period, period_lines(period))
    return period.differences


def _print(form: str, explanation: Explanation | Period, lines: Iterable[str]) -> None:
    """Text line by line, or JSON; in both, nothing from outside reaches the terminal that could steer it."""
    if form == "json":
        click.echo(as_json(explanation))
    else:
        for line in lines:
            click.echo(printable(line))


def as_json(explanation: Explanation | Period) -> str:
    """The explanation with its fields by name, instants in ISO 8601 with Z; characters that could steer a terminal are escaped."""
    from dataclasses import asdict

    text = json.dumps(asdict(explanation), default=text_of, ensure_ascii=False, indent=2)
    return re.sub(r"[^\x20-\x7e\n]", lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text)
