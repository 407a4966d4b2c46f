"""Settings and roster as tables (`settings.*`), so that SQL joins them and no constant stands in a query.

Everything here is plain rows with DuckDB type names; the warehouse loads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from support_metrics.errors import SettingsError
from support_metrics.settings import WEEKDAYS, Calendar, Section, Settings, Target
from support_metrics.settings.rotation import duties
from support_metrics.settings_tables.people import END_OF_TIME, override_rows, roster_rows

Table = tuple[dict[str, str], Sequence[Sequence[Any]]]
FIRST_YEAR = 1970
YEARS_AHEAD = 10
ROTA_AHEAD = timedelta(weeks=12)
# Where, how often and from when on a source is read decides what lands, not what is made of it.
OF_READING = {
    "files", "urls", "live", "api_url", "since", "covered_from", "look_back_days", "page_size", "requests_per_minute", "overlap_minutes",
    "overlap_days", "sweep_days", "profiles_per_sync", "app_id", "app_installation_id", "direct_messages", "imap_host", "imap_port", "imap_user", "imap_tls",
    "imap_folders", "form_url", "entries",
}  # fmt: skip


def settings_tables(
    settings: Settings, as_of: datetime, known_at: datetime | None = None, landed_until: datetime | None = None
) -> dict[str, Table]:
    """Name to (columns with types, rows) of every table of schema `settings`; `landed_until` is when the newest row that is seen was landed."""
    last_year = as_of.year + YEARS_AHEAD
    return {
        "build": _build(settings, as_of, known_at, landed_until),
        "slack": (
            {"team_id": "VARCHAR", "domain": "VARCHAR", "group_seconds": "BIGINT", "inference_seconds": "BIGINT"},
            [(settings.slack.team_id, settings.slack.domain, settings.slack.group_minutes * 60, settings.slack.inference_minutes * 60)],
        ),
        "slack_channels": (
            {"role": "VARCHAR", "channel": "VARCHAR"},
            [("support", each.lstrip("#")) for each in settings.slack.channels]
            + [("triage", each.lstrip("#")) for each in settings.slack.triage_channels]
            + [("internal", each.lstrip("#")) for each in settings.slack.internal_channels],
        ),
        "asker_bots": ({"bot_id": "VARCHAR"}, [(each,) for each in settings.slack.asker_bots]),
        "repositories": (
            {"repository": "VARCHAR", "role": "VARCHAR"},
            [(each.lower(), "support") for each in settings.github.repositories]
            + [(each.lower(), "release") for each in settings.github.release_repositories or settings.github.repositories],
        ),
        "swept_streams": ({"source": "VARCHAR", "stream": "VARCHAR", "every_seconds": "BIGINT"}, list(_swept_streams(settings))),
        "issue_labels": (
            {"role": "VARCHAR", "label": "VARCHAR"},
            [("spam", each) for each in settings.github.spam_labels]
            + [("high", each) for each in settings.github.priority_labels]
            + [("low", each) for each in settings.github.low_priority_labels],
        ),
        "shortcut": ({"label": "VARCHAR"}, [(settings.shortcut.label,)]),
        "handoff_columns": ({"field": "VARCHAR", "heading": "VARCHAR"}, list(settings.handoff.columns.items())),
        "inboxes": ({"channel": "VARCHAR", "account_id": "VARCHAR"}, list(_inboxes(settings))),
        "calendars": (
            {"calendar": "VARCHAR", "time_zone": "VARCHAR", "valid_from": "DATE", "valid_to": "DATE"},
            [(_id(each), each.time_zone, each.valid_from, until) for each, until in _versions(settings.calendars)],
        ),
        "business_hours": (
            {"calendar": "VARCHAR", "weekday": "BIGINT", "opens_seconds": "BIGINT", "closes_seconds": "BIGINT"},
            [
                (_id(each), WEEKDAYS.index(day) + 1, opens, closes)
                for each in settings.calendars
                for day, intervals in each.hours.items()
                for opens, closes in intervals
            ],
        ),
        "special_days": (
            {"calendar": "VARCHAR", "day": "DATE", "name": "VARCHAR", "is_holiday": "BOOLEAN"},
            [row for calendar in settings.calendars for row in _special_days(calendar, last_year)],
        ),
        "special_hours": (
            {"calendar": "VARCHAR", "day": "DATE", "opens_seconds": "BIGINT", "closes_seconds": "BIGINT"},
            [
                (_id(each), day, opens, closes)
                for each in settings.calendars
                for day, intervals in each.half_days.items()
                for opens, closes in intervals
            ],
        ),
        "zone_offsets": (
            {"time_zone": "VARCHAR", "starts_at": "TIMESTAMPTZ", "ends_at": "TIMESTAMPTZ", "offset_seconds": "BIGINT"},
            [row for zone in sorted({each.time_zone for each in settings.calendars}) for row in zone_offsets(zone, FIRST_YEAR, last_year)],
        ),
        "targets": (
            {
                "policy": "VARCHAR",
                "channel": "VARCHAR",
                "within_seconds": "BIGINT",
                "calendar": "VARCHAR",
                "clock": "VARCHAR",
                "valid_from": "DATE",
                "valid_to": "DATE",
                "goal": "DOUBLE",
            },
            list(_targets(settings)),
        ),
        "roster": (
            {"name": "VARCHAR", "source": "VARCHAR", "identity": "VARCHAR", "is_shared": "BOOLEAN", "from_on": "DATE", "to_on": "DATE"},
            list(roster_rows(settings)),
        ),
        "bots": (
            {"account_id": "VARCHAR", "from_on": "DATE", "to_on": "DATE"},
            [(each.account, each.from_, each.to or END_OF_TIME) for each in settings.bots],
        ),
        "rota": (
            {"week": "DATE", "exterminator": "VARCHAR"},
            [(week, name) for week, name, _ in duties(settings.rota, settings.rotation, as_of.date() + ROTA_AHEAD)],
        ),
        "holiday_weeks": ({"week": "DATE"}, [(each,) for each in settings.team.holiday_weeks]),
        "release_headings": (
            {"role": "VARCHAR", "heading": "VARCHAR"},
            [("summary", each.lower()) for each in settings.releases.summary_headings]
            + [("breaking", each.lower()) for each in settings.releases.breaking_headings]
            + [("deprecation", each.lower()) for each in settings.releases.deprecation_headings],
        ),
        "overrides": (
            {"kind": "VARCHAR", "subject": "VARCHAR", "object": "VARCHAR", "who": "VARCHAR", "why": "VARCHAR"},
            list(override_rows(settings)),
        ),
        "leads": (
            {"number": "BIGINT", "person": "VARCHAR", "status": "VARCHAR", "since": "DATE", "who": "VARCHAR", "note": "VARCHAR"},
            [
                (number, each.person.strip(), each.status, each.since, each.who, each.note)
                for number, each in enumerate(settings.leads.lead, 1)
            ],
        ),
        "free_mail": ({"domain": "VARCHAR"}, [(each.lower(),) for each in settings.leads.free_mail]),
    }


def fingerprint(part: Section) -> str:
    """A short hash of settings, roster or overrides, the same wherever their files lie and however the sources are read."""
    sections = {name for name, field in type(part).model_fields.items() if isinstance(getattr(part, name), Section)}
    exclude = {name: OF_READING & set(type(getattr(part, name)).model_fields) for name in sections}
    return hashlib.sha256(part.model_dump_json(exclude=exclude).encode()).hexdigest()[:16]


def _build(settings: Settings, as_of: datetime, known_at: datetime | None, landed_until: datetime | None) -> Table:
    team = settings.team
    plain = settings.model_copy(
        update={
            "roster": type(settings.roster)(),
            "overrides": type(settings.overrides)(),
            "paths": type(settings.paths)(),
            "posting": type(settings.posting)(),
            "exterminator": type(settings.exterminator)(),
            "leads": type(settings.leads)(),
            "team": team.model_copy(update={"as_of": None}),
        }
    )
    columns = {
        "as_of_at": "TIMESTAMPTZ",
        "known_at": "TIMESTAMPTZ",
        "version": "VARCHAR",
        "team": "VARCHAR",
        "time_zone": "VARCHAR",
        "settings_hash": "VARCHAR",
        "roster_hash": "VARCHAR",
        "overrides_hash": "VARCHAR",
        "landed_until_at": "TIMESTAMPTZ",
        "new_user_warmup_days": "BIGINT",
        "freshness_seconds": "BIGINT",
        "holiday_week_days": "BIGINT",
        "report_at_seconds": "BIGINT",
    }
    row = (
        as_of.astimezone(UTC),
        known_at.astimezone(UTC) if known_at else None,
        version("support-metrics"),
        team.name,
        team.time_zone,
        fingerprint(plain),
        fingerprint(settings.roster),
        fingerprint(settings.overrides),
        landed_until.astimezone(UTC) if landed_until else None,
        team.new_user_warmup_days,
        team.freshness_hours * 3600,
        team.holiday_week_days,
        team.report_at,
    )
    return columns, [row]


def _swept_streams(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """What no sync covers but one that lists everything, and how often that happens."""
    if settings.github.live:
        yield "github", "reactions", int(timedelta(days=settings.github.sweep_days).total_seconds())


def _inboxes(settings: Settings) -> Iterator[tuple[str, str]]:
    for address in settings.email.addresses:
        yield "email", f"email:{address.lower()}"
    if settings.x.account_id:
        yield "x", f"x:user:{settings.x.account_id}"
    if settings.youtube.channel_id:
        yield "youtube", f"youtube:channel:{settings.youtube.channel_id}"


def _id(calendar: Calendar) -> str:
    """Names one version of a calendar: what judges a request is the version in force when it opened."""
    return f"{calendar.name}@{calendar.valid_from}"


def _versions(calendars: Sequence[Calendar]) -> list[tuple[Calendar, date]]:
    """Each calendar entry with the day before the next entry of the same name begins."""
    ordered = sorted(calendars, key=lambda each: (each.name, each.valid_from))
    following = [
        later.valid_from - timedelta(days=1) if later is not None and later.name == each.name else END_OF_TIME
        for each, later in zip(ordered, [*ordered[1:], None], strict=False)
    ]
    return list(zip(ordered, following, strict=True))


def _special_days(calendar: Calendar, last_year: int) -> Iterator[tuple[str, date, str, bool]]:
    """Public holidays (of the `holidays` library) plus and minus the team's own, and days with hours of their own.

    They reach past the entry's last day: a request opened under one version of a calendar is judged by it to the end.
    """
    days: dict[date, str] = {}
    if calendar.country:
        days |= _public_holidays(calendar.country, calendar.subdivision, last_year)
    days |= dict.fromkeys(calendar.holidays_add, "team holiday")
    for day in calendar.holidays_remove:
        days.pop(day, None)
    for day, name in days.items():
        if day not in calendar.half_days:
            yield _id(calendar), day, name, True
    for day in calendar.half_days:
        yield _id(calendar), day, "special hours", False


@cache
def _public_holidays(country: str, subdivision: str | None, last_year: int) -> dict[date, str]:
    try:
        return dict(holidays.country_holidays(country, subdivision, years=range(FIRST_YEAR, last_year + 1)))
    except NotImplementedError as error:
        raise SettingsError(f"calendars: no public holidays are known: {error}", 'use an ISO 3166 code, such as country = "US"') from error


@cache
def zone_offsets(zone: str, first_year: int, last_year: int) -> tuple[tuple[str, datetime, datetime, int], ...]:
    """Spans of constant UTC offset of an IANA zone, from the tz database, each transition to the second."""
    tz = ZoneInfo(zone)

    def offset(moment: datetime) -> int:
        return int(tz.utcoffset(moment.astimezone(tz)).total_seconds())  # type: ignore[union-attr]

    start, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    spans: list[tuple[str, datetime, datetime, int]] = []
    began, current, moment = start, offset(start), start
    while moment < end:
        following = min(moment + timedelta(days=3), end)  # Recife kept summer time for a week in 2000
        if offset(following) != current:
            low, high = moment, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == current else (low, middle)
            spans.append((zone, began, high, current))
            began, current, following = high, offset(high), high
        moment = following
    spans.append((zone, began, end, current))
    return tuple(spans)


def _targets(settings: Settings) -> Iterator[tuple[str, str, int, str, str, date, date, float | None]]:
    """One row per channel and span of days on which one target and one version of its calendar are in force."""
    for channel in ("github", "slack", "email", "x", "youtube"):
        mine = sorted((each for each in settings.targets if channel in each.channels), key=lambda each: each.valid_from)
        for target, later in zip(mine, [*mine[1:], None], strict=False):
            until = later.valid_from - timedelta(days=1) if later else END_OF_TIME
            for calendar, calendar_until in _versions([each for each in settings.calendars if each.name == target.calendar]):
                begins = max(target.valid_from, calendar.valid_from)
                ends = min(until, calendar_until)
                if begins <= ends:
                    seconds = _within_seconds(target, calendar)
                    yield target.policy, channel, seconds, _id(calendar), target.clock, begins, ends, target.goal


def _within_seconds(target: Target, calendar: Calendar) -> int:
    if target.within >= 0:
        return target.within
    if target.clock == "calendar":
        return -target.within * (target.day_seconds or 86_400)
    longest = max((sum(closes - opens for opens, closes in each) for each in calendar.hours.values()), default=0)
    return -target.within * (target.day_seconds or longest)
