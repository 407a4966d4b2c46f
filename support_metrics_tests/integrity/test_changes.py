"""What a release could tell of, in the demo, against a recount from landing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import duckdb

from support_metrics_tests.integrity.issues import Issues
from support_metrics_tests.integrity.people import People
from support_metrics_tests.integrity.recount import Recount


def test_merged_and_completed_with_the_release_that_came_next(recount: Recount, people: People, built: duckdb.DuckDBPyConnection) -> None:
    repositories = {each.lower() for each in recount.settings.github.release_repositories}
    published = [
        (key.split(":")[2], datetime.fromisoformat(release["published_at"]), release["tag_name"])
        for key, release in recount.newest("github", "releases").items()
        if release["published_at"] and not release["draft"] and not release["prerelease"]
    ]
    reasons: Counter[str] = Counter()
    counted = {}

    def note(key: str, url: str, kind: str, done_at: datetime) -> None:
        repository = "/".join(url.split("/")[-4:-2]).lower()
        if repository in repositories:
            after = [(moment, tag) for name, moment, tag in published if name == repository and done_at <= moment <= recount.as_of]
            counted[key] = (kind, done_at, *min(after, default=(None, None)))

    for issue in Issues(recount, people).issues:
        if issue.closed_at:
            reasons[issue.newest["state_reason"]] += 1
            if issue.newest["state_reason"] == "completed":
                note(issue.key, issue.newest["url"], "issue", issue.closed_at)
    gone = {key for key, _, _, deleted, _, _ in recount.rows("github", "issues") if deleted}
    for key, rows in recount.versions("github", "issues").items():
        merged_at = rows[0].get("pull_request", {}).get("merged_at")
        if merged_at and key not in gone and datetime.fromisoformat(merged_at) <= recount.as_of:
            note(key, rows[0]["url"], "pull_request", datetime.fromisoformat(merged_at))
    rows = built.execute("select change_id, kind, done_at, released_at, tag, is_external from marts.release_changes").fetchall()
    assert {row[0]: row[1:-1] for row in rows} == counted
    outside = {key: _is_outsiders(recount, key) for key in counted}
    assert {row[0]: row[-1] for row in rows} == outside
    assert set(outside.values()) == {True, False}
    assert any(author.endswith("[bot]") for (author,) in built.execute("select author from marts.release_changes").fetchall())
    assert reasons["not_planned"], "some in the demo were closed and nothing was done"
    assert {kind for kind, *_ in counted.values()} == {"issue", "pull_request"}
    assert {bool(tag) for *_, tag in counted.values()} == {True, False}


def _is_outsiders(recount: Recount, key: str) -> bool:
    newest = recount.versions("github", "issues")[key][0]
    account, opened_at = f"github:user:{newest['user']['id']}", datetime.fromisoformat(newest["created_at"])
    return not recount.is_team(account, opened_at) and not recount.is_bot(account, opened_at)
