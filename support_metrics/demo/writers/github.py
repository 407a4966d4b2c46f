"""GitHub's REST objects as JSON lines: issues with pull requests among them, comments, events, reactions, releases."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from support_metrics.demo.github_talk import REPOSITORIES
from support_metrics.demo.history import Comment, Event, Issue, Person, Reaction, Release
from support_metrics.demo.writers import View, lines, seconds

API = "https://api.github.com"
COLORS = {"bug": "d73a4a", "enhancement": "a2eeef", "question": "d876e3", "spam": "000000"}
CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def files(view: View) -> dict[str, bytes]:
    """Name to content; every object that changed since `view.since`."""
    found: dict[str, bytes] = {}
    for repository in REPOSITORIES:
        issues = [each for each in view.history.issues if each.repository == repository and _is_here(view, each)]
        comments = [
            (issue, each) for issue in issues for each in issue.comments if view.sees(each.created_at) and not view.sees(each.deleted_at)
        ]
        events = [(issue, each) for issue in issues for each in issue.events if view.since <= each.created_at <= view.until]
        reactions = [(issue, each) for issue in issues for each in issue.reactions if view.since <= each.created_at <= view.until]
        changed = [comment for comment in comments if _comment_changed_at(view, comment[1]) >= view.since]
        releases = [each for each in view.history.releases if each.repository == repository and view.sees(each.created_at)]
        found |= {
            f"{repository}/issues.jsonl": lines(_issue(view, each) for each in sorted(issues, key=_number) if _is_news(view, each)),
            f"{repository}/comments.jsonl": lines(_comment(view, *each) for each in sorted(changed, key=_second_id)),
            f"{repository}/events.jsonl": lines(_event(view, *each) for each in sorted(events, key=_second_id)),
            f"{repository}/reactions.jsonl": lines(_reaction(view, *each) for each in sorted(reactions, key=_second_id)),
            f"{repository}/releases.jsonl": lines(_release(view, each) for each in releases if _is_recent(view, each)),
        }
    return found


def _number(issue: Issue) -> int:
    return issue.number


def _second_id(pair: tuple[Issue, Any]) -> int:
    return int(pair[1].id)


def _is_here(view: View, issue: Issue) -> bool:
    return view.sees(issue.arrived_at or issue.created_at) and not view.sees(issue.left_at)


def _is_news(view: View, issue: Issue) -> bool:
    voted = any(view.since <= each.created_at <= view.until for each in issue.reactions)
    return voted or _changed_at(view, issue) >= view.since


def _is_recent(view: View, release: Release) -> bool:
    return max(release.created_at, release.published_at or release.created_at) >= view.since


def _changed_at(view: View, issue: Issue) -> datetime:
    moments = [issue.created_at, issue.arrived_at or issue.created_at, *(each.created_at for each in issue.events)]
    moments += [moment for each in issue.comments for moment in (each.created_at, *(edit[0] for edit in each.edits))]
    return max(moment for moment in moments if view.sees(moment))


def _comment_changed_at(view: View, comment: Comment) -> datetime:
    return max([comment.created_at, *(edit[0] for edit in comment.edits if view.sees(edit[0]))])


def _node(kind: str, number: int) -> str:
    return f"{kind}_kwDO" + base64.urlsafe_b64encode(number.to_bytes(6, "big")).decode()


def _user(view: View, person: Person | None) -> dict[str, Any] | None:
    """An account as it is called at that moment; a deleted one is null or the account ghost."""
    if person is None or person.github is None:
        return None
    login, number, kind = person.github.login(view.until), person.github.id, person.github.type
    if view.sees(person.github.deleted_at):
        if person.github.shown_when_deleted == "null":
            return None
        login, number = "ghost", 10137
    path = f"apps/{login.removesuffix('[bot]')}" if kind == "Bot" else login
    return {
        "login": login,
        "id": number,
        "html_url": f"https://github.com/{path}",
        "type": kind,
    }


def _association(person: Person, moment: datetime) -> str:
    return "MEMBER" if person.is_staff(moment) else "CONTRIBUTOR" if person.is_bot else "NONE"


def _label(name: str) -> dict[str, Any]:
    return {"name": name, "color": COLORS.get(name, "ededed")}


def _state(view: View, issue: Issue) -> dict[str, Any]:
    """Title, labels, assignees and state, by replaying what happened until then."""
    labels: list[str] = []
    assignees: list[Person] = []
    state: dict[str, Any] = {"title": issue.title, "state": "open", "state_reason": None, "closed_at": None}
    for event in issue.events:
        if not view.sees(event.created_at):
            break
        if event.kind == "labeled" and event.detail not in labels:
            labels.append(event.detail)
        elif event.kind == "assigned" and event.detail not in assignees:
            assignees.append(event.detail)
        elif event.kind == "closed":
            state |= {"state": "closed", "state_reason": None if issue.is_pull else event.detail, "closed_at": seconds(event.created_at)}
        elif event.kind == "reopened":
            state |= {"state": "open", "state_reason": "reopened", "closed_at": None}
        elif event.kind == "renamed":
            state["title"] = event.detail[1]
    people = [_user(view, each) for each in assignees]
    return state | {"labels": [_label(each) for each in labels], "assignee": people[0] if people else None, "assignees": people}


def _issue(view: View, issue: Issue) -> dict[str, Any]:
    url = f"{API}/repos/{issue.repository}/issues/{issue.number}"
    seen = [each for each in issue.comments if view.sees(each.created_at) and not view.sees(each.deleted_at)]
    votes = [each for each in issue.reactions if view.sees(each.created_at)]
    state = _state(view, issue)
    pull = {"url": f"{API}/repos/{issue.repository}/pulls/{issue.number}", "html_url": issue.url, "merged_at": state["closed_at"]}
    return {
        "url": url,
        "repository_url": f"{API}/repos/{issue.repository}",
        "html_url": issue.url,
        "id": issue.id,
        "node_id": _node("PR" if issue.is_pull else "I", issue.id),
        "number": issue.number,
        "title": state.pop("title"),
        "user": _user(view, issue.author),
        "labels": state.pop("labels"),
        "locked": False,
        "milestone": None,
        "comments": len(seen),
        "created_at": seconds(issue.created_at),
        "updated_at": seconds(_changed_at(view, issue)),
        **state,
        "author_association": _association(issue.author, issue.created_at),
        **({"draft": False, "pull_request": pull} if issue.is_pull else {}),
        "body": issue.body or None,
        "reactions": {
            "url": f"{url}/reactions",
            "total_count": len(votes),
            **{content: sum(each.content == content for each in votes) for content in CONTENTS},
        },
    }


def _comment(view: View, issue: Issue, comment: Comment) -> dict[str, Any]:
    edits = [edit for edit in comment.edits if view.sees(edit[0])]
    return {
        "url": f"{API}/repos/{issue.repository}/issues/comments/{comment.id}",
        "html_url": f"{issue.url}#issuecomment-{comment.id}",
        "issue_url": f"{API}/repos/{issue.repository}/issues/{issue.number}",
        "id": comment.id,
        "node_id": _node("IC", comment.id),
        "user": _user(view, comment.author),
        "created_at": seconds(comment.created_at),
        "updated_at": seconds(_comment_changed_at(view, comment)),
        "author_association": _association(comment.author, comment.created_at),
        "body": edits[-1][1] if edits else comment.body,
    }


def _event(view: View, issue: Issue, event: Event) -> dict[str, Any]:
    url = f"{API}/repos/{issue.repository}"
    rendered: dict[str, Any] = {
        "id": event.id,
        "node_id": _node("E", event.id),
        "url": f"{url}/issues/events/{event.id}",
        "actor": _user(view, event.actor),
        "event": event.kind,
        "commit_id": f"{event.id:040x}" if event.kind == "merged" else None,
        "commit_url": None,
        "created_at": seconds(event.created_at),
        "issue": {"url": f"{url}/issues/{issue.number}", "id": issue.id, "number": issue.number},
    }
    if event.kind == "labeled":
        rendered["label"] = _label(event.detail)
    elif event.kind == "assigned":
        rendered |= {"assignee": _user(view, event.detail), "assigner": _user(view, event.actor)}
    elif event.kind == "renamed":
        rendered["rename"] = {"from": event.detail[0], "to": event.detail[1]}
    elif event.kind == "closed" and not issue.is_pull:
        rendered["state_reason"] = event.detail
    return rendered


def _reaction(view: View, issue: Issue, reaction: Reaction) -> dict[str, Any]:
    return {
        "id": reaction.id,
        "node_id": _node("REA", reaction.id),
        "user": _user(view, reaction.person),
        "content": reaction.content,
        "created_at": seconds(reaction.created_at),
        "issue_url": f"{API}/repos/{issue.repository}/issues/{issue.number}",
    }


def _release(view: View, release: Release) -> dict[str, Any]:
    url = f"{API}/repos/{release.repository}/releases"
    published = release.published_at if view.sees(release.published_at) else None
    return {
        "url": f"{url}/{release.id}",
        "html_url": f"https://github.com/{release.repository}/releases/tag/{release.tag}",
        "id": release.id,
        "node_id": _node("RE", release.id),
        "tag_name": release.tag,
        "target_commitish": "main",
        "name": release.name,
        "draft": published is None,
        "prerelease": release.is_prerelease,
        "created_at": seconds(release.created_at),
        "published_at": seconds(published) if published else None,
        "author": _user(view, release.author),
        "assets": [],
        "body": release.body,
    }
