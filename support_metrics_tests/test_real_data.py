"""The main job on real data nobody made for this project: facts that can be checked by hand, and recounts in plain Python.

The data lie outside the repository, in the folder that REALDATA names (by default ../shared/realdata); its README states the counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from benchmarks import classifier
from support_metrics.cli import main
from support_metrics.settings import load_settings
from support_metrics.warehouse import models, open_published

REPOSITORY = Path(__file__).parents[1]
GIVEN = os.environ.get("REALDATA")
REALDATA = Path(GIVEN).absolute() if GIVEN else REPOSITORY.parent / "shared/realdata"
VDAF, SD_JWT, ANTS = "cfrg/draft-irtf-cfrg-vdaf", "oauth-wg/oauth-selective-disclosure-jwt", "panjf2000/ants"
STAFF = ("OWNER", "MEMBER", "COLLABORATOR")
ZONE = ZoneInfo("America/New_York")
# A Monday at 08:00 in New York, so the warehouse published is the one the last week's report is made from.
AS_OF = datetime(2026, 4, 20, 12, tzinfo=UTC)
SETTINGS = """
[team]
name = "Real"
time_zone = "America/New_York"
as_of = 2026-04-20T12:00:00Z
[[calendars]]
time_zone = "America/New_York"
[slack]
files = ["exports/houstondatavis"]
channels = ["*"]
domain = "houstondatavis"
[github]
files = ["exports/github"]
repositories = ["cfrg/draft-irtf-cfrg-vdaf", "oauth-wg/oauth-selective-disclosure-jwt", "panjf2000/ants"]
release_repositories = ["electron/electron"]
[shortcut]
files = ["exports/shortcut_stories.json"]
label = "Goons"
"""
MANIFEST = {"observed_at": "2026-04-20T11:00:00Z", "covered_from": "2013-08-01T00:00:00Z"}
SMALL_SETTINGS = """
[team]
time_zone = "America/New_York"
as_of = 2016-04-04T12:00:00Z
[slack]
files = ["export*"]
channels = ["*"]
"""

Row = dict[str, Any]


@dataclass
class World:
    """The published warehouse of the main job, what the jobs printed, and every mart after each run."""

    warehouse: duckdb.DuckDBPyConnection
    printed: list[str]
    marts: dict[str, dict[str, str]]
    staff: set[str]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.warehouse.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[Row]:
        answer = self.warehouse.execute(sql)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterable[World]:
    """The main job on everything, twice; and on the small export as the zip it is and as a folder whose day files are misnamed."""
    if not REALDATA.is_dir():
        if GIVEN:
            pytest.fail(f"REALDATA={GIVEN}: there is no such folder")
        pytest.skip(f"no real data: {REALDATA} is not there; say where they are: make real REALDATA=folder")
    folder = tmp_path_factory.mktemp("real")
    staff = _lay_out(folder)
    printed, marts = [], {}
    for run in ("first", "again"):
        printed.append(_refresh(folder / "support_metrics.toml"))
        marts[run] = _marts(folder / "support_metrics.toml")
    for name, export in (("zip", _linked_zip), ("misnamed", _misnamed_folder)):
        small = tmp_path_factory.mktemp(name)
        export(small)
        (small / "support_metrics.toml").write_text(SMALL_SETTINGS, "utf-8")
        printed.append(_refresh(small / "support_metrics.toml"))
        marts[name] = _marts(small / "support_metrics.toml")
    with closing(open_published(load_settings(folder / "support_metrics.toml"))) as warehouse:
        yield World(warehouse, printed, marts, staff)


def _lay_out(folder: Path) -> set[str]:
    """The settings, and links to the files as they are; returns the logins of the staff, who are the team here."""
    exports = folder / "exports"
    for repository in (VDAF, SD_JWT, ANTS):
        place = exports / "github" / repository
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(REALDATA / "github" / repository)
    (exports / "github/electron/electron").mkdir(parents=True)
    (exports / "github/electron/electron/releases.json").symlink_to(REALDATA / "github/electron_releases.json")
    (exports / "houstondatavis").symlink_to(REALDATA / "slack/houstondatavis")
    (exports / "shortcut_stories.json").write_text(json.dumps(_recorded_stories()), "utf-8")
    (exports / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    staff = {
        _login(each)
        for repository in (VDAF, SD_JWT, ANTS)
        for each in (*_lines(repository, "issues"), *_lines(repository, "comments"))
        if each["author_association"] in STAFF
    }
    (folder / "support_metrics.toml").write_text(SETTINGS, "utf-8")
    members = [f'[[member]]\nname = "{login}"\ngithub = ["{login}"]\n' for login in sorted(staff)]
    members += [f'[[member]]\nname = "{user}"\nslack = ["{user}"]\n' for user in sorted(_organizers())]
    (folder / "roster.toml").write_text("\n".join(members), "utf-8")
    return staff


def _refresh(settings: Path) -> str:
    result = CliRunner().invoke(main, ["--settings", str(settings), "refresh"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _marts(settings: Path) -> dict[str, str]:
    """A digest of every mart's rows as CSV; `sources` alone tells of syncing and may differ."""
    with closing(open_published(load_settings(settings))) as connection:
        digests = {}
        for model in models():
            if model.layer == "marts" and model.name != "sources":
                rows = connection.execute(f"from {model.table}").fetchall()
                digests[model.name] = f"{len(rows)} rows, {hashlib.sha256(repr(rows).encode()).hexdigest()}"
        return digests


def _linked_zip(folder: Path) -> None:
    (folder / "export.zip").symlink_to(REALDATA / "slack/small_export.zip")


def _misnamed_folder(folder: Path) -> None:
    """The same export unpacked, its day files named by days on which nothing was said, in another order."""
    export = folder / "export"
    with zipfile.ZipFile(REALDATA / "slack/small_export.zip") as archive:
        for number, name in enumerate(sorted(archive.namelist(), reverse=True)):
            if not name.endswith("/"):
                channel, slash, _ = name.rpartition("/")
                path = export / (f"{channel}/{date(2001, 1, 1) + timedelta(days=number)}.json" if slash else name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))


# The raw files, read in plain Python


def _lines(repository: str, stream: str) -> list[Row]:
    with open(REALDATA / "github" / repository / f"{stream}.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _login(value: Row) -> str:
    return str(value["user"]["login"]) if value["user"] else ""


def _issues() -> dict[int, Row]:
    """Every issue that is no pull request, by id, with its comments in order of time."""
    found: dict[int, Row] = {}
    for repository in (VDAF, SD_JWT, ANTS):
        comments: dict[int, dict[int, Row]] = defaultdict(dict)
        for comment in _lines(repository, "comments"):
            comments[int(comment["issue_url"].rsplit("/", 1)[1])][comment["id"]] = comment
        for issue in _lines(repository, "issues"):
            if "pull_request" not in issue:
                said = sorted(comments[issue["number"]].values(), key=lambda each: (each["created_at"], each["id"]))
                found[issue["id"]] = issue | {"said": said, "repository": repository}
    return found


def _asked(staff: set[str]) -> dict[str, Row]:
    """The issues opened by an outside human, by request id."""
    return {
        f"github:issue:{number}": issue
        for number, issue in _issues().items()
        if _login(issue) not in staff and (issue["user"] or {}).get("type") != "Bot"
    }


def _answers(issue: Row) -> list[Row]:
    """Comments by another human at or after the opening."""
    return [
        each
        for each in issue["said"]
        if each["created_at"] >= issue["created_at"] and _login(each) != _login(issue) and (each["user"] or {}).get("type") != "Bot"
    ]


def _houston() -> list[tuple[str, str, Row]]:
    """Channel name, day in the file's name, message."""
    folder = REALDATA / "slack/houstondatavis"
    return [
        (path.parent.name, path.stem, message)
        for path in sorted(folder.glob("*/*.json"))
        for message in json.loads(path.read_text("utf-8"))
    ]


def _organizers() -> set[str]:
    users = json.loads((REALDATA / "slack/houstondatavis/users.json").read_text("utf-8"))
    return {user["id"] for user in users if user.get("is_admin")}


def _recorded_stories() -> list[Row]:
    """Every story in the recorded answers of the Shortcut API, once per answer it stands in."""
    stories: list[Row] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("entity_type") == "story":
                stories.append(value)
            else:
                collect(list(value.values()))
        elif isinstance(value, list):
            for each in value:
                collect(each)

    for path in sorted((REALDATA / "shortcut").glob("*.yml")):
        for exchange in yaml.safe_load(path.read_text("utf-8"))["http_interactions"]:
            if exchange["response"]["status"]["code"] < 300 and exchange["response"]["body"]["string"]:
                collect(json.loads(exchange["response"]["body"]["string"]))
    return stories


def _electron() -> list[Row]:
    releases: list[Row] = json.loads((REALDATA / "github/electron_releases.json").read_text("utf-8"))
    return releases


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _sent(ts: str) -> datetime:
    seconds, micros = ts.split(".")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds), microseconds=int(micros))


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _business_seconds(since: datetime, until: datetime) -> int:
    """Seconds on Mondays to Fridays from 09:00 to 17:00 in New York, day by day."""
    total = timedelta()
    day = _day(since)
    while day <= _day(until):
        if day.weekday() < 5:
            opens, closes = (datetime.combine(day, time(hour), ZONE).astimezone(UTC) for hour in (9, 17))
            total += max(timedelta(), min(until, closes) - max(since, opens))
        day += timedelta(days=1)
    return total // timedelta(seconds=1)


def _people_per(requests: Iterable[tuple[Any, Any]]) -> dict[Any, int]:
    people: dict[Any, set[Any]] = defaultdict(set)
    for place, person in requests:
        people[place].add(person)
    return {place: len(each) for place, each in people.items()}


# What the folder's README counts


def test_slack_exports_are_landed_whole(real: World) -> None:
    assert real.one("select count(*) from staging.slack_channels") == 16
    assert real.one("select count(*) from staging.slack_users") == 71
    assert real.one("select count(*) from staging.slack_messages") == len(_houston()) == 1382
    assert real.one("select count(*) from staging.slack_messages where subtype = 'channel_join'") == 320
    assert real.one("select count(*) from staging.slack_messages where account_id is null and bot_id is null") == 6
    repeated = "select count(*) from (select ts from staging.slack_messages group by ts having count(distinct channel_id) > 1)"
    assert real.one(repeated) == 24
    assert "1 unit, 1,469 records, 1,469 new, 0 set aside" in real.printed[0], "16 channels, 71 users, 1,382 messages"
    for printed in real.printed[2:]:
        assert "1 unit, 164 records, 164 new, 0 set aside" in printed, "2 channels, 4 users, 158 messages"


def test_github_files_are_landed_whole(real: World) -> None:
    issues = "select repository, count(*) from staging.github_issues where not is_pull_request group by repository"
    assert dict(real.rows(issues)) == {
        VDAF: 205,
        SD_JWT: 297,
        ANTS: len({each["id"] for each in _lines(ANTS, "issues") if "pull_request" not in each}),
    }
    assert (len(_lines(ANTS, "issues")), sum("pull_request" in each for each in _lines(ANTS, "issues"))) == (42, 16)
    assert real.one(f"select count(*) from staging.github_issues where repository = '{ANTS}'") == len(
        {each["id"] for each in _lines(ANTS, "issues")}
    )
    assert (len(_lines(ANTS, "comments")), sum(each["user"]["type"] == "Bot" for each in _lines(ANTS, "comments"))) == (95, 9)
    assert real.one(f"select count(*) from staging.github_comments where repository = '{ANTS}'") == len(
        {each["id"] for each in _lines(ANTS, "comments")}
    )
    assert len(_lines(ANTS, "events")) == 50
    assert real.one("select count(*) from staging.github_events") == 49
    landed = dict(real.rows("select stream, objects from marts.sources where source = 'github'"))
    assert (landed["events"], landed["releases"]) == (49, 1750)


def test_releases_keep_the_promise_in_355_of_479_weeks(real: World) -> None:
    releases = [each for each in _electron() if not each["prerelease"]]
    weeks = _people_per((_monday(_day(_at(each["published_at"]))), each["node_id"]) for each in releases)
    assert (len(_electron()), len(releases), len(weeks)) == (1750, 731, 355)
    held = real.dicts(f"from marts.weekly_releases where week between '{min(weeks)}' and '{max(weeks)}'")
    assert len(held) == 479
    assert {row["week"] for row in held if row["is_compliant"]} == set(weeks)
    assert {row["week"]: row["releases"] for row in held if row["releases"]} == weeks
    assert sum(len(row["tags"]) for row in held) == 731
    assert len({week.year for week in weeks if week.isocalendar().week == 53}) == 1, "a year with a week 53"
    assert not any(row["is_holiday_week"] for row in held)


def test_shortcut_stories_are_distinct(real: World) -> None:
    stories = _recorded_stories()
    assert len({story["id"] for story in stories}) == 6 < len(stories)
    assert real.one("select objects from marts.sources where source = 'shortcut' and stream = 'stories'") == 6
    newest = {story["id"]: max(each["updated_at"] for each in stories if each["id"] == story["id"]) for story in stories}
    versions = real.rows("select story_id, max(changed_at) from staging.shortcut_story_versions group by story_id")
    assert dict(versions) == {f"shortcut:story:{number}": _at(updated) for number, updated in newest.items()}
    labelled = [
        story for story in {each["id"]: each for each in stories}.values() if any(label["name"] == "Goons" for label in story["labels"])
    ]
    weeks = Counter(_monday(_day(_at(story["created_at"]))) for story in labelled)
    assert sum(weeks.values()) == 2
    assert dict(real.rows("select week, tickets from marts.weekly_tickets where tickets > 0")) == weeks


# Recounted from the raw files


def test_requests_are_the_issues_of_outside_humans(real: World) -> None:
    asked = _asked(real.staff)
    held = {row["request_id"]: row for row in real.dicts("from marts.requests where channel = 'github'")}
    assert held.keys() == asked.keys()
    assert len(asked) > 100
    for request_id, issue in asked.items():
        row = held[request_id]
        assert (row["url"], row["title"], row["opened_at"]) == (issue["html_url"], issue["title"], _at(issue["created_at"]))
        assert (row["opened_on"], row["week"]) == (_day(row["opened_at"]), _monday(_day(row["opened_at"])))


def test_users_are_distinct_openers_by_local_day_and_week(real: World) -> None:
    openers = [(_day(_at(issue["created_at"])), _login(issue)) for issue in _asked(real.staff).values()]
    assert any(_day(_at(issue["created_at"])) != _at(issue["created_at"]).date() for issue in _asked(real.staff).values())
    days = dict(real.rows("select day, users from marts.daily_users where channel = 'github'"))
    assert {day: users for day, users in days.items() if users} == _people_per(openers)
    assert None not in days.values() and len(days) == (max(days) - min(days)).days + 1, "every day has its row, most of them zero"
    weeks = dict(real.rows("select week, users from marts.weekly_users where channel = 'github'"))
    assert {week: users for week, users in weeks.items() if users} == _people_per((_monday(day), person) for day, person in openers)
    assert real.one("select count(*) from marts.new_users where list_contains(channels, 'github')") == len(
        {person for _, person in openers}
    )


def test_first_answers_are_the_first_comments_by_another_person(real: World) -> None:
    held = {row["request_id"]: row for row in real.dicts("from marts.requests where channel = 'github'")}
    for request_id, issue in _asked(real.staff).items():
        answers = _answers(issue)
        by_staff = [each for each in answers if _login(each) in real.staff]
        row = held[request_id]
        assert row["first_human_at"] == (_at(answers[0]["created_at"]) if answers else None), issue["html_url"]
        assert row["first_response_at"] == (_at(by_staff[0]["created_at"]) if by_staff else None), issue["html_url"]
        assert row["responder_name"] == (_login(by_staff[0]) if by_staff else None), issue["html_url"]


def test_first_answers_agree_with_the_vectors_for_every_issue(real: World) -> None:
    vectors = json.loads((REALDATA / "vectors/ietf_first_response.json").read_text("utf-8"))
    answers = "select repository, number, first_human_at from core.issue_states join core.responses on conversation_id = issue_id"
    held = {(repository, number): moment for repository, number, moment in real.rows(answers)}
    expected = {
        (each["repo"], issue["number"]): issue["first_any_response_at"] and _at(issue["first_any_response_at"])
        for each in vectors.values()
        for issue in each["issues"]
    }
    assert len(expected) == 502
    assert {place: held[place] for place in expected} == expected


def test_business_time_and_states_as_counted_day_by_day(real: World) -> None:
    judged = Counter[str]()
    for row in real.dicts("from marts.requests where channel = 'github'"):
        until = row["first_response_at"] or AS_OF - timedelta(hours=1)
        assert row["business_seconds"] == _business_seconds(row["opened_at"], until), row["url"]
        in_time = row["business_seconds"] <= 3 * 3600
        if row["first_response_at"]:
            assert row["state"] == ("met" if in_time else "late"), row["url"]
        else:
            assert row["state"] in ("overdue", "closed_silently", "withdrawn"), row["url"]
        judged[row["state"]] += 1
    totals = "select {}::bigint from marts.weekly_sla where channel = 'github'"
    for state in ("met", "late", "overdue", "pending", "closed_silently", "withdrawn"):
        assert real.one(totals.format(f"sum({state})")) == judged[state]
    assert judged["met"] and judged["late"] and judged["overdue"]
    assert real.one("select count(*) from marts.weekly_sla where compliance is not null and judged = 0") == 0


def test_votes_are_outside_people_who_commented(real: World) -> None:
    held = {row["request_id"]: row for row in real.dicts("from marts.issue_votes")}
    issues = _issues()
    assert held.keys() == {f"github:issue:{number}" for number in issues}
    for number, issue in issues.items():
        outside = [each for each in issue["said"] if _login(each) not in real.staff and (each["user"] or {}).get("type") != "Bot"]
        row = held[f"github:issue:{number}"]
        assert (row["comments"], row["voters"]) == (len(outside), len({_login(each) or each["id"] for each in outside})), issue["html_url"]
        assert (row["reactions"], row["state"]) == (0, issue["state"]), "there are no reactions in these files"


# Slack


def test_times_come_from_messages_and_never_from_file_names(real: World) -> None:
    ids = {channel["name"]: channel["id"] for channel in json.loads((REALDATA / "slack/houstondatavis/channels.json").read_text("utf-8"))}
    sent = {(channel, ts): moment for channel, ts, moment in real.rows("select channel_id, ts, sent_at from staging.slack_messages")}
    assert sent == {(ids[channel], message["ts"]): _sent(message["ts"]) for channel, _, message in _houston()}
    elsewhere = sum(_sent(message["ts"]).date().isoformat() != day for _, day, message in _houston())
    assert elsewhere > len(_houston()) / 4, "file names are Pacific days, so many a message lies in the file of another UTC day"
    assert real.marts["misnamed"] == real.marts["zip"], "day files of any name, in a folder or a zip, give the same marts"


def test_slack_requests_are_top_level_messages_of_outside_humans(real: World) -> None:
    ids = {channel["name"]: channel["id"] for channel in json.loads((REALDATA / "slack/houstondatavis/channels.json").read_text("utf-8"))}
    said = {(ids[channel], message["ts"]): message for channel, _, message in _houston()}
    requests = real.dicts("from marts.requests where channel = 'slack'")
    assert 20 < len(requests) < 400
    for row in requests:
        _, _, channel, ts = row["request_id"].split(":")
        message = said[channel, ts]
        assert message.get("subtype") in (None, "file_share", "me_message") and "bot_id" not in message
        assert message["user"] not in _organizers()
        assert row["opened_at"] == _sent(ts) and row["opened_on"] == _day(_sent(ts))
        assert row["url"] == f"https://houstondatavis.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        assert row["verdict"], "the classifier says why"
    users = _people_per((row["opened_on"], row["person_id"]) for row in requests)
    days = dict(real.rows("select day, users from marts.daily_users where channel = 'slack'"))
    assert {day: count for day, count in days.items() if count} == users


def test_slack_classifier_is_as_good_as_the_docs_say(real: World) -> None:
    with classifier.trial(REALDATA / "chat/labelled.jsonl") as tried:
        assert len(tried.said) == 2126
        found, precision, recall = tried.score(tried.judge(classifier.weights_in_use())[1])
        assert found >= 0.88 and precision >= 0.92 and recall >= 0.84, (
            "docs/definitions.md says how many are found, and how many truly began"
        )
        for folds in (tried.by_time(), classifier.communities(tried.said)):
            starts, opens = tried.judge_folds(folds)
            assert tried.score(starts)[0] >= 0.86 and tried.score(opens)[0] >= 0.87, "judged by weights that the other parts give"
        fitted = tried.fit(np.arange(len(tried.said)))
        assert fitted.items() <= classifier.weights_in_use().items(), (
            "the weights are those that python -m benchmarks.classifier fit writes"
        )


# Honesty


def test_no_request_is_by_the_team_or_a_bot(real: World) -> None:
    kinds = real.rows("select kind, count(*) from marts.requests join marts.accounts using (person_id) group by kind")
    assert {kind for kind, _ in kinds} <= {"external", "deleted"}
    assert real.one("select count(*) from marts.requests join marts.people using (person_id) where is_team or was_team") == 0
    assert real.one("select count(*) from marts.requests where responder_id = person_id") == 0
    bots = {_login(each) for each in _lines(ANTS, "comments") if each["user"]["type"] == "Bot"}
    assert {handle for (handle,) in real.rows("select handle from marts.accounts where kind = 'bot' and source = 'github'")} == bots
    responders = "select distinct kind from marts.requests join marts.accounts on accounts.person_id = requests.responder_id"
    assert real.rows(responders) == [("team",)]


def test_running_twice_changes_nothing(real: World) -> None:
    assert real.marts["again"] == real.marts["first"]
    assert real.printed[1].count("landed before") == 3, "each source says that its files are known"
    landed = [line for line in real.printed[1].splitlines() if "set aside" in line]
    assert len(landed) == 3 and all(" 0 new, 0 set aside" in line for line in landed)
