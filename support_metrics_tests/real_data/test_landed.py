"""What the folder's README counts is landed; nothing is counted that must not be, and a second run changes nothing."""

from __future__ import annotations

from collections import Counter

from support_metrics_tests.real_data.conftest import World
from support_metrics_tests.real_data.raw import (
    ANTS,
    SD_JWT,
    VDAF,
    day_of,
    electron_releases,
    houston_messages,
    instant_of,
    login_of,
    monday_of,
    people_per,
    read_lines,
    recorded_stories,
)


def test_slack_exports_are_landed_whole(real: World) -> None:
    assert real.one("select count(*) from staging.slack_channels") == 16
    assert real.one("select count(*) from staging.slack_users") == 71
    assert real.one("select count(*) from staging.slack_messages") == len(houston_messages()) == 1382
    assert real.one("select count(*) from staging.slack_messages where subtype = 'channel_join'") == 320
    assert real.one("select count(*) from staging.slack_messages where account_id is null and bot_id is null") == 6
    repeated = "select count(*) from (select split_part(message_id, ':', 4) as ts from staging.slack_messages group by ts having count(distinct channel_id) > 1)"
    assert real.one(repeated) == 24
    assert "1 unit, 1,469 records, 1,469 new, 0 set aside" in real.printed[0], "16 channels, 71 users, 1,382 messages"
    for printed in real.printed[2:]:
        assert "1 unit, 164 records, 164 new, 0 set aside" in printed, "2 channels, 4 users, 158 messages"


def test_github_files_are_landed_whole(real: World) -> None:
    issues = "select repository, count(*) from staging.github_issues where not is_pull_request group by repository"
    assert dict(real.rows(issues)) == {
        VDAF: 205,
        SD_JWT: 297,
        ANTS: len({each["id"] for each in read_lines(ANTS, "issues") if "pull_request" not in each}),
    }
    assert (len(read_lines(ANTS, "issues")), sum("pull_request" in each for each in read_lines(ANTS, "issues"))) == (42, 16)
    assert real.one(f"select count(*) from staging.github_issues where repository = '{ANTS}'") == len(
        {each["id"] for each in read_lines(ANTS, "issues")}
    )
    assert (len(read_lines(ANTS, "comments")), sum(each["user"]["type"] == "Bot" for each in read_lines(ANTS, "comments"))) == (95, 9)
    assert real.one(f"select count(*) from staging.github_comments where repository = '{ANTS}'") == len(
        {each["id"] for each in read_lines(ANTS, "comments")}
    )
    assert len(read_lines(ANTS, "events")) == 50
    assert real.one("select count(*) from staging.github_events") == 49
    landed = dict(real.rows("select stream, objects from marts.sources where source = 'github'"))
    assert (landed["events"], landed["releases"]) == (49, 1750)


def test_releases_keep_the_promise_in_355_of_479_weeks(real: World) -> None:
    releases = [each for each in electron_releases() if not each["prerelease"]]
    weeks = people_per((monday_of(day_of(instant_of(each["published_at"]))), each["node_id"]) for each in releases)
    assert (len(electron_releases()), len(releases), len(weeks)) == (1750, 731, 355)
    held = real.dicts(f"from marts.weekly_releases where week between '{min(weeks)}' and '{max(weeks)}'")
    assert len(held) == 479
    assert {row["week"] for row in held if row["is_compliant"]} == set(weeks)
    assert {row["week"]: row["releases"] for row in held if row["releases"]} == weeks
    assert sum(len(row["tags"]) for row in held) == 731
    assert len({week.year for week in weeks if week.isocalendar().week == 53}) == 1, "a year with a week 53"
    assert not any(row["is_holiday_week"] for row in held)


def test_shortcut_stories_are_distinct(real: World) -> None:
    stories = recorded_stories()
    assert len({story["id"] for story in stories}) == 6 < len(stories)
    assert real.one("select objects from marts.sources where source = 'shortcut' and stream = 'stories'") == 6
    newest = {story["id"]: max(each["updated_at"] for each in stories if each["id"] == story["id"]) for story in stories}
    versions = real.rows("select story_id, max(changed_at) from staging.shortcut_story_versions group by story_id")
    assert dict(versions) == {f"shortcut:story:{number}": instant_of(updated) for number, updated in newest.items()}
    labelled = [
        story for story in {each["id"]: each for each in stories}.values() if any(label["name"] == "Goons" for label in story["labels"])
    ]
    weeks = Counter(monday_of(day_of(instant_of(story["created_at"]))) for story in labelled)
    assert sum(weeks.values()) == 2
    assert dict(real.rows("select week, tickets from marts.weekly_tickets where tickets > 0")) == weeks


def test_no_request_is_by_the_team_or_a_bot(real: World) -> None:
    kinds = real.rows("select kind, count(*) from marts.requests join marts.accounts using (person_id) group by kind")
    assert {kind for kind, _ in kinds} <= {"external", "deleted"}
    assert real.one("select count(*) from marts.requests join marts.people using (person_id) where is_team or was_team") == 0
    assert real.one("select count(*) from marts.requests where responder_id = person_id") == 0
    bots = {login_of(each) for each in read_lines(ANTS, "comments") if each["user"]["type"] == "Bot"}
    assert {handle for (handle,) in real.rows("select handle from marts.accounts where kind = 'bot' and source = 'github'")} == bots
    responders = "select distinct kind from marts.requests join marts.accounts on accounts.person_id = requests.responder_id"
    assert real.rows(responders) == [("team",)]


def test_running_twice_changes_nothing(real: World) -> None:
    assert real.marts["again"] == real.marts["first"]
    assert real.printed[1].count("landed before") == 3, "each source says that its files are known"
    landed = [line for line in real.printed[1].splitlines() if "set aside" in line]
    assert len(landed) == 3 and all(" 0 new, 0 set aside" in line for line in landed)
