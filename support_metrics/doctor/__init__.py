"""What is wrong with the settings, the files, the folders and the tokens, and how to mend it.

Reads everything, asks the live sources, changes nothing, prints no secret.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime

from support_metrics.doctor.findings import Finding, could_not_be_used
from support_metrics.doctor.sources import sources
from support_metrics.errors import SettingsError, SupportMetricsError
from support_metrics.landing import Landing
from support_metrics.landing.standing import set_aside
from support_metrics.pipeline import as_of_now, last_reported_week
from support_metrics.settings import CHANNELS, Member, Settings, load_settings
from support_metrics.settings_tables import settings_tables
from support_metrics.sources import SOURCES
from support_metrics.warehouse import LINK, open_published


def examine(settings_file: str | None) -> Iterator[Finding]:
    """Every finding, in the order of the way through: settings, roster, overrides, paths, sources, landing, warehouse."""
    try:
        settings = load_settings(settings_file)
    except SettingsError as error:
        yield Finding("wrong", "settings", error.problem, error.mend)
        return
    yield Finding("ok", "settings", str(settings.path))
    yield from _settings(settings)
    yield from _roster(settings)
    yield from _overrides(settings)
    yield from _paths(settings)
    yield from sources(settings)
    yield from _landing(settings)
    yield from _warehouse(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    try:
        settings_tables(settings, as_of_now(settings))
    except SupportMetricsError as error:
        yield Finding("wrong", "settings", error.problem, error.mend)
    except Exception as error:  # noqa: BLE001 - such as a country the holidays library does not know
        yield Finding(
            "wrong", "settings", f"cannot be turned into tables: {error}", "correct the setting; most often it is calendars.country"
        )
    promised = {channel for target in settings.targets for channel in target.channels}
    for channel in CHANNELS:
        if SOURCES[channel].is_configured(settings) and channel not in promised:
            yield Finding("wrong", "targets", f"no target names channel {channel!r}", f"add a [[targets]] with channels = [{channel!r}]")
    if settings.team.as_of:
        yield Finding("note", "team", f"as_of is pinned to {_shown(settings.team.as_of)}: nothing after it counts, on any day")
    if settings.team.time_zone == "UTC":
        yield Finding("note", "team", "days and weeks are counted in UTC; set team.time_zone if the team lives elsewhere")


def _roster(settings: Settings) -> Iterator[Finding]:
    members = [*settings.roster.member, *settings.roster.shared]
    path = settings.resolve(settings.paths.roster)
    if not settings.roster.member:
        yield Finding(
            "wrong", "roster", f"{path}: names no member, so everyone counts as a user", "add a [[member]] for everyone who answers users"
        )
        return
    yield Finding("ok", "roster", f"{path}: {len(settings.roster.member)} of the team, {len(settings.roster.shared)} shared")
    owners: dict[str, list[Member]] = {}
    for member in members:
        identities = [f"{source} {each}" for source in (*CHANNELS, "shortcut") for each in getattr(member, source)]
        if not identities:
            yield Finding("wrong", "roster", f"{member.name} has no account", "give a github login, a slack user id or an email address")
        if member.to and member.to < member.from_:
            yield Finding(
                "wrong", "roster", f"{member.name} leaves on {member.to}, before joining on {member.from_}", "correct `from` or `to`"
            )
        for identity in identities:
            for other in owners.setdefault(identity.lower(), []):
                if other.name != member.name and _overlap(member, other):
                    yield Finding(
                        "wrong", "roster", f"{identity} belongs to both {other.name} and {member.name}", "leave it with one of them"
                    )
            owners[identity.lower()].append(member)
    for duty in settings.rota:
        if duty.exterminator not in {member.name for member in members}:
            yield Finding(
                "wrong",
                "rota",
                f"{duty.exterminator!r}, on duty in the week of {duty.week}, is not in the roster",
                "write the name as in the roster",
            )


def _overlap(one: Member, other: Member) -> bool:
    return one.from_ <= (other.to or date.max) and other.from_ <= (one.to or date.max)


def _overrides(settings: Settings) -> Iterator[Finding]:
    path = settings.resolve(settings.paths.overrides)
    counts = {name: len(each) for name, each in settings.overrides if each}
    listed = ", ".join(f"{count} {name}" for name, count in counts.items()) or "none made"
    yield Finding("ok", "overrides", f"{path}: {listed}" if path.is_file() else f"{path}: no such file, none made")


def _paths(settings: Settings) -> Iterator[Finding]:
    for name, path in (("landing", settings.landing_path), ("warehouse", settings.warehouse_path), ("reports", settings.reports_path)):
        existing = next(each for each in (path, *path.parents) if each.exists())
        try:
            with tempfile.TemporaryFile(dir=existing):
                pass
        except OSError as error:
            yield Finding(
                "wrong",
                "paths",
                f"paths.{name}: cannot write to {existing}: {error.strerror}",
                f"make it a folder you may write to, or change paths.{name}",
            )
        else:
            yield Finding("ok", "paths", f"paths.{name}: {path.resolve()}" + ("" if existing == path else " (will be made)"))


def _landing(settings: Settings) -> Iterator[Finding]:
    landing = Landing(settings.landing_path)
    try:
        snapshot = landing.snapshot()
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Finding(
            "wrong",
            "landing",
            f"{settings.landing_path.resolve()}: cannot be listed: {error}",
            "restore the folder from a backup, or land again",
        )
        return
    if not snapshot:
        yield Finding(
            "note", "landing", f"{settings.landing_path.resolve()}: nothing has been landed yet; `support-metrics refresh` does it"
        )
        return
    total = 0
    for source, stream in snapshot:
        try:
            ((count, _),) = landing.rows(source, stream, "count(*), max(hash)")
            total += count
        except Exception as error:  # noqa: BLE001 - whatever DuckDB finds wrong with a file
            first = str(error).strip().splitlines()[0]
            yield Finding(
                "wrong",
                "landing",
                f"{source}/{stream}: {first}",
                "restore that file from a backup, or remove it and refresh from the source's files",
            )
    files = sum(map(len, snapshot.values()))
    compact = "; `support-metrics compact` makes them fewer" if files > 50 * len(snapshot) else ""
    yield Finding(
        "ok", "landing", f"{settings.landing_path.resolve()}: {total:,} versions in {files:,} files of {len(snapshot)} streams{compact}"
    )


def _warehouse(settings: Settings) -> Iterator[Finding]:
    link = settings.warehouse_path / LINK
    if not link.exists():
        yield Finding(
            "note", "warehouse", f"{settings.warehouse_path.resolve()}: nothing has been published yet; `support-metrics refresh` does it"
        )
        return
    try:
        with contextlib.closing(open_published(settings)) as connection:
            ((as_of,),) = connection.execute("select as_of_at from marts.build").fetchall()
            stale = connection.execute("select source, stream from marts.sources where is_stale order by all").fetchall()
            aside = connection.execute("select source, stream, set_aside from marts.sources where set_aside > 0 order by all").fetchall()
            idle = connection.execute(
                "select kind, subject, object, why, is_mistaken from marts.unmatched_overrides order by all"
            ).fetchall()
            accounts = connection.execute("select account_id, source, lower(handle), kind from marts.accounts").fetchall()
    except SupportMetricsError as error:
        yield Finding("wrong", "warehouse", error.problem, error.mend)
        return
    except Exception as error:  # noqa: BLE001 - a file that opens but does not hold our tables
        yield Finding("wrong", "warehouse", f"{link}: {error}", "run `support-metrics build` to make it anew")
        return
    published = datetime.fromtimestamp(link.stat().st_mtime, UTC)
    yield Finding("ok", "warehouse", f"{settings.warehouse_path.resolve()}: published {_shown(published)}, as of {_shown(as_of)}")
    for source, stream in stale:
        yield Finding("note", "warehouse", f"{source} {stream} is stale; fetch or export it again and refresh")
    for source, stream, count in aside:
        found = set_aside(Landing(settings.landing_path), source)
        places = [f"{each['place']}: {each['reason']}" for each in found if each["stream"] == stream]
        yield Finding("note", "warehouse", f"{source} {stream}: {could_not_be_used(count, places)}")
    for kind, subject, other, why, is_mistaken in idle:
        named = f"{subject} and {other}" if other else subject
        if is_mistaken:
            yield Finding("wrong", "overrides", f"{kind} {named} has no effect: {why}", "correct the entry or remove it, then build again")
        else:
            yield Finding("note", "overrides", f"{kind} {named} changes nothing: {why}")
    yield from _roster_as_landed(settings, accounts)
    report = last_reported_week(settings, as_of_now(settings))
    yield Finding("ok", "reports", f"the last week whose report is due is that of {report}")


def _roster_as_landed(settings: Settings, accounts: list[tuple[str, str, str | None, str]]) -> Iterator[Finding]:
    """Members whose accounts the sources know otherwise, or not at all: a misspelt login silently makes a colleague a user."""
    slack = {account_id.rsplit(":", 1)[1]: (account_id, kind) for account_id, source, _, kind in accounts if source == "slack"}
    github = {each for account_id, source, handle, _ in accounts if source == "github" for each in (handle, account_id.rsplit(":", 1)[1])}
    for member in (*settings.roster.member, *settings.roster.shared):
        for identity in member.slack:
            account_id, kind = slack.get(identity.rsplit(":", 1)[-1], ("", ""))
            if kind == "external":
                yield Finding(
                    "wrong",
                    "roster",
                    f"{member.name}: Slack id {identity} was landed as {account_id}, which counts as a user",
                    f'set team_id = "{account_id.split(":")[1]}" under [slack]',
                )
            elif slack and not kind:
                yield Finding("note", "roster", f"{member.name}: no Slack account {identity} has been landed; is it spelt right?")
        for login in member.github:
            if github and str(login).lower() not in github:
                yield Finding("note", "roster", f"{member.name}: no GitHub account {login} has been landed; is it spelt right?")


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
