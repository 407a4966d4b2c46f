"""The team's process of the demo counted again in plain Python, straight from the rows of landing: stories, handoffs, duty, weeks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support_metrics_tests.integrity.recount import Recount, hours_of

WEEK = timedelta(days=7)
DAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass
class Story:
    key: str
    newest: dict[str, Any]
    labelled_at: datetime | None
    issues: list[str]
    labelled_by: str | None = None
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return int(self.key.split(":")[2])

    @property
    def is_done(self) -> bool:
        return bool(self.state["type"] == "done")

    @property
    def is_archived(self) -> bool:
        return bool(self.newest["archived"])


@dataclass
class Handoff:
    submitted_at: datetime
    answers: dict[str, str]
    week: date

    def users(self, weekday: int) -> int | None:
        """The one number typed for a weekday; none where there is none, or more than one."""
        typed = re.findall(r"\d+", self.answers[DAYS[weekday]]) if weekday < len(DAYS) else []
        return int(typed[0]) if len(typed) == 1 else None


class Process:
    def __init__(self, recount: Recount) -> None:
        self.recount = recount
        self.stories = list(self._stories())
        self.handoffs = self._handoffs()

    def _stories(self) -> Iterator[Story]:
        label = self.recount.settings.shortcut.label
        put_on = self._label_put_on(label)
        states = {each["id"]: each for flow in self.recount.newest("shortcut", "workflows").values() for each in flow["states"]}
        for key, rows in self.recount.versions("shortcut", "stories").items():
            carrying = [row for row in rows if any(each["name"] == label for each in row["labels"])]
            oldest = min(rows, key=lambda row: row["updated_at"])
            moment, known_by = None, None
            if oldest in carrying:
                moment, known_by = datetime.fromisoformat(oldest["created_at"]), "created"
            elif key in put_on:
                moment, known_by = put_on[key], "history"
            elif carrying:
                moment, known_by = min(datetime.fromisoformat(row["updated_at"]) for row in carrying), "seen"
            if moment and moment > self.recount.as_of:
                moment, known_by = None, None
            issues = sorted({issue_of(link) for link in rows[0]["external_links"] if "/issues/" in link})
            yield Story(key, rows[0], moment, issues, known_by, states[rows[0]["workflow_state_id"]])

    def _label_put_on(self, label: str) -> dict[str, datetime]:
        """By story: when its history first has the label put on."""
        (number,) = (each["id"] for each in self.recount.newest("shortcut", "labels").values() if each["name"] == label)
        found: dict[str, datetime] = {}
        for change in self.recount.newest("shortcut", "history").values():
            key, moment = f"shortcut:story:{change['story_id']}", datetime.fromisoformat(change["changed_at"])
            for action in change["actions"]:
                if number in [*action.get("label_ids", []), *action.get("changes", {}).get("label_ids", {}).get("adds", [])]:
                    found[key] = min(found.get(key, moment), moment)
        return found

    def tickets(self) -> dict[str, list[Story]]:
        """The labelled stories of each issue, or each alone; whichever stands for them first."""
        found: dict[str, list[Story]] = defaultdict(list)
        for story in self.stories:
            for ticket in (story.labelled_at and (story.issues or [story.key])) or []:
                found[ticket].append(story)
        for stories in found.values():
            stories.sort(key=lambda story: (story.is_archived, story.labelled_at, story.number))
        return found

    def _handoffs(self) -> dict[date, list[Handoff]]:
        """Every submission by the week it is for, in order; a form without a week is last week's before Tuesday noon."""
        headings = self.recount.settings.handoff.columns
        found: dict[date, list[Handoff]] = defaultdict(list)
        for key, answers in self.recount.newest("handoff", "responses").items():
            submitted_at = datetime.fromisoformat(key.split(":", 1)[1].rsplit(":", 1)[0].replace("Z", "+00:00"))
            fields: dict[str, str] = {field: answers.get(heading, "").strip() for field, heading in headings.items()}
            local = submitted_at.astimezone(self.recount.zone)
            week = self.recount.week(submitted_at)
            if fields["week"]:
                month, day, year = map(int, fields["week"].split("/"))
                week = date(year, month, day) - timedelta(days=date(year, month, day).weekday())
            elif (local.weekday(), local.hour) < (1, 12):
                week -= WEEK
            found[week].append(Handoff(submitted_at, fields, week))
        for submissions in found.values():
            submissions.sort(key=lambda each: each.submitted_at)
        return found

    def on_duty(self, week: date) -> str | None:
        rota = {duty.week: duty.exterminator for duty in self.recount.settings.rota}
        swaps = {swap.week: swap.exterminator for swap in self.recount.settings.rotation.swap}
        if week in swaps or week in rota:
            return swaps.get(week) or rota[week]
        for turns in sorted(self.recount.settings.rotation.order, key=lambda each: each.from_, reverse=True):
            if turns.from_ <= week:
                return turns.people[(week - turns.from_).days // 7 % len(turns.people)]
        if week in self.handoffs:
            return self.handoffs[week][-1].answers["exterminator"]
        before = self.handoffs.get(week - WEEK)
        return before[-1].answers["next_exterminator"] if before else None

    def business_days(self, week: date) -> list[date]:
        (calendar,) = self.recount.settings.calendars
        return [day for day in (week + timedelta(days=number) for number in range(7)) if hours_of(calendar, day)]

    def is_holiday_week(self, week: date) -> bool:
        (calendar,) = self.recount.settings.calendars
        closed = [week + timedelta(days=number) for number in range(5) if not hours_of(calendar, week + timedelta(days=number))]
        return week in self.recount.settings.team.holiday_weeks or len(closed) >= self.recount.settings.team.holiday_week_days

    def handed_over_by(self, week: date) -> datetime | None:
        """The end of the week's last business day."""
        days = self.business_days(week)
        zone = ZoneInfo(self.recount.settings.calendars[0].time_zone)
        return datetime.combine(days[-1] + timedelta(days=1), datetime.min.time(), zone) if days else None


def issue_of(link: str) -> str:
    """`owner/name#number` of the address of an issue, however it is written."""
    owner, name, _, number = re.split("[/?#]", link.lower().split("://")[1])[1:5]
    return f"{owner}/{name}#{number}"
