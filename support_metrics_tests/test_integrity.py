"""The demo's marts against a recount from landing, and the promise that equal inputs give equal rows.

One landing serves most tests: first what had been observed by an early moment, kept aside, then everything else.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from support_metrics import pipeline
from support_metrics.landing import OWN, Landing
from support_metrics.report import figures_shown
from support_metrics.settings import Settings, load_settings
from support_metrics.sources.base import Coverage, Known, Record, Unit
from support_metrics_tests.recount import Recount, Request

DEMO = Path(__file__).parents[1] / "data/demo/support_metrics.toml"
CHANNELS = ("github", "slack", "email", "x", "youtube")
EARLY = datetime(2026, 1, 19, 13, tzinfo=UTC)  # after the demo's second snapshot was taken
REPORTED = datetime(2026, 3, 9, 13, tzinfo=UTC)  # after the third, on the Monday on which the week before was reported
FRIDAY = datetime(2026, 1, 16, 22, tzinfo=UTC)
NOT_THE_INPUTS = {"sources"}  # speaks of syncing


class Demo(NamedTuple):
    settings: Settings
    as_of: datetime
    early: Settings  # the same with what had been observed by EARLY only
    known_at: datetime  # when that was landed and nothing else
    reported_at: datetime  # when what had been observed by REPORTED was


def _at(folder: Path) -> Settings:
    settings = load_settings(DEMO)
    paths = settings.paths.model_copy(update={"landing": folder / "landing", "warehouse": folder / "warehouse"})
    return settings.model_copy(update={"paths": paths})


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    settings, early = _at(folder / "all"), _at(folder / "early")
    outcome = pipeline.land(settings, observed_until=EARLY)
    shutil.copytree(settings.landing_path, early.landing_path)
    known_at = datetime.now(UTC)
    outcome |= pipeline.land(settings, observed_until=REPORTED)
    reported_at = datetime.now(UTC)
    outcome |= pipeline.land(settings)
    assert not [each for each in outcome.values() if isinstance(each, Exception)], outcome
    assert settings.team.as_of
    return Demo(settings, settings.team.as_of, early, known_at, reported_at)


@contextlib.contextmanager
def _built(settings: Settings, as_of: datetime, known_at: datetime | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    with pipeline.built(settings, as_of, known_at) as connection:
        yield connection


@pytest.fixture(scope="module")
def built(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    with _built(demo.settings, demo.as_of) as connection:
        yield connection


def _exported(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, bytes]:
    """Every mart as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    names = connection.execute("select table_name from information_schema.tables where table_schema = 'marts' order by 1").fetchall()
    found = {}
    for (name,) in names:
        if name not in NOT_THE_INPUTS:
            connection.execute(f"copy (from marts.{name}) to '{folder / name}.csv' (header)")
            found[name] = (folder / f"{name}.csv").read_bytes()
    return found


def _differing(some: dict[str, bytes], others: dict[str, bytes]) -> list[str]:
    return sorted(name for name in some.keys() | others.keys() if some.get(name) != others.get(name))


# Recounted


@pytest.fixture(scope="module")
def recount(demo: Demo, built: duckdb.DuckDBPyConnection) -> Recount:
    persons = dict(built.execute("select account_id, person_id from core.persons").fetchall())
    return Recount(demo.settings, demo.as_of, persons)


@pytest.fixture(scope="module")
def requests(recount: Recount, built: duckdb.DuckDBPyConnection) -> list[Request]:
    """All requests, those of Slack as core has them."""
    slack = [
        Request(key, "slack", person, opened_at, answered_at, is_excluded)
        for key, person, opened_at, answered_at, is_excluded in built.execute(
            """
            select request_id, person_id, opened_at, first_response_at, excluded_why is not null
            from core.requests where channel = 'slack'
            """
        ).fetchall()
    ]
    withdrawn = built.execute("select request_id, withdrawn_at, account_id from core.requests where channel = 'slack'").fetchall()
    deletions = {key: (moment, account) for key, moment, account in withdrawn if moment}
    for each in slack:
        each.closings = [deletions[each.key]] if each.key in deletions else []
    return recount.requests(slack)


def test_every_request_with_its_answer_and_state(recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    held = built.execute("select request_id, channel, person_id, opened_at, first_response_at, state from marts.requests").fetchall()
    counted = [(each.key, each.channel, each.person, each.opened_at, each.answered_at, recount.state(each)) for each in requests]
    assert set(held) ^ set(counted) == set()
    assert len(held) == len(counted)
    assert {row[1] for row in held} == set(CHANNELS)
    assert {row[5] for row in held} == {"met", "late", "overdue", "pending", "closed_silently", "withdrawn", "excluded"}


@pytest.mark.parametrize("time", ["day", "week"])
def test_users_and_requests(time: str, recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    people: dict[tuple[date, str], set[str]] = defaultdict(set)
    number: Counter[tuple[date, str]] = Counter()
    new: Counter[tuple[date, str]] = Counter()
    seen: set[str] = set()
    cut = recount.day if time == "day" else recount.week
    for each in sorted(requests, key=lambda request: (request.opened_at, request.key)):
        if not each.is_excluded:
            for channel in (each.channel, "all"):
                people[cut(each.opened_at), channel].add(each.person)
                number[cut(each.opened_at), channel] += 1
                new[cut(each.opened_at), channel] += each.person not in seen
            seen.add(each.person)
    table = "daily_users" if time == "day" else "weekly_users"
    held = built.execute(f"select {time}, channel, users, new_users, requests from marts.{table}").fetchall()
    begun, last = date(2025, 9, 1), recount.day(recount.as_of)
    days = [begun + timedelta(days=count) for count in range((last - begun).days + 1)]
    times = days if time == "day" else [each for each in days if each.weekday() == 0]
    warm = begun + timedelta(days=recount.settings.team.new_user_warmup_days)
    assert {row[:2] for row in held} == {(moment, channel) for moment in times for channel in (*CHANNELS, "all")}
    for moment, channel, *figures in held:
        key = moment, channel
        assert figures == [len(people[key]), new[key] if moment >= warm else None, number[key]], key


def test_service_levels(recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    states: Counter[tuple[date, str, str]] = Counter()
    for each in requests:
        state = recount.state(each)
        for channel in (each.channel, "all"):
            states[recount.week(each.opened_at), channel, state] += 1
    rows = built.execute(
        """
        select week, channel, met, late, overdue, pending, closed_silently, withdrawn, requests, judged, compliance, compliance_lenient
        from marts.weekly_sla
        """
    ).fetchall()
    assert len(rows) == 29 * 6
    for week, channel, *figures in rows:
        met, late, overdue, pending, silent, withdrawn = (
            states[week, channel, state] for state in ("met", "late", "overdue", "pending", "closed_silently", "withdrawn")
        )
        judged = met + late + overdue + silent
        assert figures == [
            met, late, overdue, pending, silent, withdrawn, judged + pending + withdrawn, judged,
            met / judged if judged else None, (met + silent) / judged if judged else None,
        ]  # fmt: skip
    assert {total for key, total in states.items() if key[1] == "all" and key[2] == "excluded"}, "the demo excludes something"


def test_tickets(recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    """Stories labelled when first seen, one per GitHub issue; in the week they were created, or the label appeared."""
    first_labelled: dict[str, datetime] = {}
    label = recount.settings.shortcut.label
    for key, rows in recount.versions("shortcut", "stories").items():
        carrying = [row for row in rows if any(each["name"] == label for each in row["labels"])]
        oldest = min(rows, key=lambda row: row["updated_at"])
        if carrying:
            is_from_the_start = oldest in carrying
            appeared = min(row["updated_at"] for row in carrying)
            moment = datetime.fromisoformat(oldest["created_at"] if is_from_the_start else appeared)
            linked = [each for each in rows[0]["external_links"] if "/issues/" in each]
            ticket = linked[0].lower() if linked else key
            first_labelled[ticket] = min(moment, first_labelled.get(ticket, moment))
    counted = Counter(recount.week(moment) for moment in first_labelled.values() if moment <= recount.as_of)
    held = dict(built.execute("select week, tickets from marts.weekly_tickets where week >= date '2025-09-01'").fetchall())
    assert held == {week: counted[week] for week in held}
    assert sum(counted.values()) == sum(held.values())


def test_releases(recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    repositories = {each.lower() for each in recount.settings.github.release_repositories}
    tags: dict[date, list[str]] = defaultdict(list)
    for key, release in recount.newest("github", "releases").items():
        published_at = release["published_at"] and datetime.fromisoformat(release["published_at"])
        is_full = not release["draft"] and not release["prerelease"]
        if key.split(":")[2] in repositories and is_full and published_at and published_at <= recount.as_of:
            tags[recount.week(published_at)].append(release["tag_name"])
    held = {
        week: (releases, sorted(names))
        for week, releases, names in built.execute("select week, releases, tags from marts.weekly_releases").fetchall()
    }
    assert held == {week: (len(tags[week]), sorted(tags[week])) for week in held}
    assert sum(releases for releases, _ in held.values()) == sum(map(len, tags.values()))


def test_handoff_counts_are_people_of_github_and_slack_together(
    recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection
) -> None:
    people: dict[date, set[str]] = defaultdict(set)
    for each in requests:
        if each.channel in ("github", "slack") and not each.is_excluded:
            people[recount.day(each.opened_at)].add(each.person)
    rows = built.execute("select day, reported_users, measured_users, difference from marts.daily_handoff_counts").fetchall()
    assert rows
    for day, reported, measured, difference in rows:
        assert measured is None or measured == len(people[day]), day
        assert difference == (None if reported is None or measured is None else reported - measured)


# The same again


def test_building_twice_gives_the_same_bytes(demo: Demo, built: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with _built(demo.settings, demo.as_of) as again:
        assert _differing(_exported(built, tmp_path / "one"), _exported(again, tmp_path / "other")) == []


def test_known_at_repeats_what_was_said_then(demo: Demo, tmp_path: Path) -> None:
    """As if nothing had been landed since."""
    for as_of in (FRIDAY, demo.as_of):
        with _built(demo.settings, as_of, demo.known_at) as then, _built(demo.early, as_of) as early:
            differing = _differing(_exported(then, tmp_path / "then"), _exported(early, tmp_path / "early"))
        assert differing == ["build"]  # which states known_at


def test_an_earlier_friday_is_that_friday_though_all_was_landed_today(demo: Demo) -> None:
    """Imported later or not, what had happened by then is the same. How people and texts are called is as known today."""
    tables = {"daily_users": "", "weekly_users": "", "weekly_sla": "", "requests": " exclude (person_name, responder_name, title, why)"}
    with _built(demo.settings, FRIDAY) as now, _built(demo.early, FRIDAY) as then:
        for table, but in tables.items():
            one, other = (
                {repr(row) for row in connection.execute(f"select *{but} from marts.{table}").fetchall()} for connection in (now, then)
            )
            assert one ^ other == set(), table
        latest = now.execute("select max(opened_at), max(first_response_at), max(closed_at) from marts.requests").fetchall()[0]
        assert all(moment <= FRIDAY for moment in latest)
        assert now.execute("select max(day) from marts.daily_users").fetchall() == [(date(2026, 1, 16),)]
        # What is answered since was not then.
        assert now.execute("select count(*) from marts.requests where state = 'pending'").fetchall()[0][0] > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_batching_and_repetition_gives_the_same_bytes(
    seed: int, demo: Demo, built: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The demo's records shuffled, split, repeated and interleaved; what was observed together stays observed then."""
    dice = random.Random(seed)
    settings = _at(tmp_path)
    landing = Landing(settings.landing_path)
    for source in dice.sample(pipeline.configured_sources(settings), k=len(pipeline.configured_sources(settings))):
        streams = list(source.streams)
        observed: dict[datetime | None, list[Any]] = defaultdict(list)
        for unit in source.fetch(settings, streams, Known()):
            observed[unit.observed_at] += [each for each in unit.items if isinstance(each, Record | Coverage)]
        batches = []
        for moment, items in observed.items():
            dice.shuffle(items)
            cut = dice.randrange(len(items) + 1)
            repeated = dice.sample(items, k=len(items) // 3)
            batches += [(moment, items[:cut]), (moment, items[cut:] + repeated)]
        dice.shuffle(batches)
        units = [Unit(f"batch {number}", items, None, moment) for number, (moment, items) in enumerate(batches)]
        for _ in landing.land(source.name, units, streams):
            pass
    with _built(settings, demo.as_of) as shuffled:
        assert _differing(_exported(built, tmp_path / "one"), _exported(shuffled, tmp_path / "other")) == []


def test_restatements_are_exactly_what_a_build_at_the_reports_moment_gives_differently(demo: Demo, tmp_path: Path) -> None:
    """Two reports are delivered as they stood; records land late. Each figure that differs at the same moment is named, no other."""
    settings = _at(tmp_path)
    shutil.copytree(demo.settings.landing_path, settings.landing_path)
    shown, now = {}, {}
    for week, known_at in ((date(2026, 1, 5), demo.known_at), (date(2026, 3, 2), demo.reported_at)):
        moment = settings.report_as_of(week)
        with _built(settings, moment, known_at) as then, _built(settings, moment) as anew:
            shown[week], now[week] = figures_shown(then, week), figures_shown(anew, week)
        payload = {**shown[week], "delivered_at": moment.isoformat()}
        Landing(settings.landing_path).append(OWN, "reports", [Record("reports", f"report:{week}:{shown[week]['as_of']}", payload)])
    expected = {
        (was["table"], was["key"], was["column"], was["value"] and float(was["value"]), is_now["value"] and float(is_now["value"]))
        for week in shown
        for was, is_now in zip(shown[week]["figures"], now[week]["figures"], strict=True)
        if was["value"] != is_now["value"]
    }
    with _built(settings, demo.as_of) as connection:
        rows = connection.execute("select table_name, key, column_name, was, now, why from marts.restatements").fetchall()
    assert {row[:5] for row in rows} == expected
    assert expected, "the demo's late records change what was reported"
    causes = " ".join(why for *_, why in rows)
    assert "a request that was not known then" in causes and " belongs to " in causes
    assert "another version" not in causes
