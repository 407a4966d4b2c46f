"""Alerts: a request that is about to miss its target is posted to Slack, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from support_metrics.errors import PostingError
from support_metrics.exterminator.waiting import Waiting, left, today
from support_metrics.landing import Landing
from support_metrics.posting.once import Outcome, send_once
from support_metrics.posting.slack import SlackPoster, escaped, linked
from support_metrics.report.wording import moment, name_of, safe_link

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from duckdb import DuckDBPyConnection

    from support_metrics.settings import Settings

LONGEST_UNKNOWN = timedelta(hours=2)
MAY_LOOK = "it is not posted again; with the scope channels:history (groups:history in a private channel) the app can look for itself"


def about_to_breach(settings: Settings, connection: DuckDBPyConnection, at: datetime) -> tuple[list[Waiting], list[Waiting]]:
    """What has less than `posting.alert_before` left at a moment and has not missed its target yet, least left first.

    The second list holds what is about to breach as far as is known, but in a channel that has not been read for LONGEST_UNKNOWN: an
    answer may have come since, so nobody is alarmed.
    """
    found = today(connection, at)
    near = [each for each in found.waiting if 0 <= each.seconds_left < settings.posting.alert_before]

    def is_known(each: Waiting) -> bool:
        until = found.known_until.get(each.channel)
        return until is not None and at - until <= LONGEST_UNKNOWN

    return [each for each in near if is_known(each)], [each for each in near if not is_known(each)]


def post_alerts(settings: Settings, connection: DuckDBPyConnection, at: datetime) -> Iterator[tuple[Waiting, Outcome]]:
    """Post each of them, once per request ever. Raises PostingError, after all have been tried, where some could not be posted."""
    poster, failed = SlackPoster(settings), list[PostingError]()
    zone = today(connection, at).zone
    for each in about_to_breach(settings, connection, at)[0]:
        try:
            outcome = _post(settings, poster, each, zone)
        except PostingError as error:
            failed.append(error)
        else:
            yield each, outcome
    if failed:
        raise PostingError.together(failed)


def _post(settings: Settings, poster: SlackPoster, each: Waiting, zone: ZoneInfo) -> Outcome:
    channel, title = settings.posting.alert_channel, each.title or each.request_id
    key = f"alert:{channel}:{each.request_id}"
    duty = f"{escaped(each.exterminator)}: " if each.exterminator else ""
    lines = [
        f"{duty}*{left(each.seconds_left)}* for {linked(title, safe_link(each.url) or '')}",
        f"{name_of(each.channel)}, {escaped(each.person_name)}; asked {moment(each.opened_at, zone)}, due {moment(each.due_at, zone)} ({escaped(each.policy)})",
    ]

    def send() -> None:
        poster.post(channel, escaped(f"{left(each.seconds_left)}: {title}"), lines, key)

    def was_sent(at: datetime) -> bool | None:
        return poster.has(channel, key, at)

    return send_once(Landing(settings.landing_path), key, send, was_sent=was_sent, mend=MAY_LOOK)
