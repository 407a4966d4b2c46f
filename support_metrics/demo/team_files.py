"""The team's own files of the demo: settings, roster, overrides. The first settings file a newcomer reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from support_metrics.demo import days
from support_metrics.demo.cast import BRAND_X, BRAND_YOUTUBE, STAFF, SUPPORT_MAILBOX, TEAM_ID, Cast
from support_metrics.demo.github_talk import HIGH, INTEGRATIONS, LOW, MILLWRIGHT, SPAM
from support_metrics.demo.handoffs import MISSED_HANDOFF
from support_metrics.demo.history import History
from support_metrics.demo.planted import accounts
from support_metrics.demo.slack_room import BUGS, HELP, TRIAGE
from support_metrics.demo.slack_room import INTEGRATIONS as INTEGRATIONS_HELP
from support_metrics.demo.writers.handoff import HEADINGS
from support_metrics.demo.writers.slack import message_key

FIELDS = ("submitted_at", "exterminator", "next_exterminator", "week", "mon", "tue", "wed", "thu", "fri", "notes")


def files(cast: Cast, history: History) -> Iterator[tuple[str, bytes]]:
    yield "support_metrics.toml", _settings(cast).encode()
    yield "roster.toml", _roster(cast).encode()
    yield "overrides.toml", _overrides(cast, history).encode()
    yield "rotation.toml", _rotation(cast).encode()


def _text(value: Any) -> str:
    """A TOML string or list of strings; JSON's are the same."""
    return json.dumps(value, ensure_ascii=False)


def _settings(cast: Cast) -> str:
    askform, machine = cast["askform"].slack, cast["ci"].github
    assert askform and machine
    columns = "\n".join(f"{field} = {_text(heading)}" for field, heading in zip(FIELDS, HEADINGS, strict=True))
    weeks = [MISSED_HANDOFF, days.CHRISTMAS_WEEK, days.CHRISTMAS_WEEK + timedelta(days=7), days.monday(days.LAST_DAY)]
    rota = "\n".join(f"[[rota]]\nweek = {week}\nexterminator = {_text(cast.exterminator(week).name)}\n" for week in weeks)
    return f"""\
# The settings of an invented team, Tilter, which makes a developer tool called Millwright.
#
# Everything here is read from files in the dated folders beside this one. To use your own, write a file like this with
# `support-metrics init` and name in it your own exports. Paths are relative to the folder of this file. No secret ever
# belongs here. `support-metrics doctor` checks it all.

[team]
name = "Tilter"
# Whose day and week it is: a question at 23:30 counts for that local day, weeks begin on Monday.
time_zone = "America/New_York"
# Pins "now", so that the demo says the same on any day. A real team leaves this line out.
as_of = {days.AS_OF:%Y-%m-%dT%H:%M:%SZ}
# A week's report is made on the Monday after it, at this local time.
report_at = "08:00"
# Nobody can be called new in the first days of the history we have.
new_user_warmup_days = 28
# Weeks in which nobody expects a release, named by their Mondays (Thanksgiving, Christmas).
holiday_weeks = [{", ".join(str(week) for week in days.HOLIDAY_WEEKS)}]

[paths]
# All three are produced and may be deleted; only `landing` cannot be made again without the files it was read from.
landing = "../demo_output/landing"
warehouse = "../demo_output/warehouse"
reports = "../demo_output/reports"
# Who is on the team and since when; decisions made by hand.
roster = "roster.toml"
overrides = "overrides.toml"
# Who is on duty in the weeks to come.
rotation = "rotation.toml"

# When the team works. Another entry of the same name with a later `valid_from` changes the hours from that day on.
[[calendars]]
name = "support"
time_zone = "America/New_York"
# Public holidays of the country close the calendar; the team works on Columbus Day and takes the day after Thanksgiving off.
country = "US"
holidays_remove = [2025-10-13]
holidays_add = [{days.TEAM_HOLIDAY}]
# Days with hours of their own.
half_days = {{ {days.HALF_DAY} = [["09:00", "12:00"]] }}

# One interval a day here; several are allowed, and one past midnight ends at, say, "26:00".
[calendars.hours]
mon = [["09:00", "17:00"]]
tue = [["09:00", "17:00"]]
wed = [["09:00", "17:00"]]
thu = [["09:00", "17:00"]]
fri = [["09:00", "17:00"]]

# What was promised. `3h` and `1d` run on the business clock; 1d is one working day.
[[targets]]
policy = "3h in business time"
channels = ["github", "slack"]
within = "3h"
calendar = "support"
# The share to be answered in time: a line in the charts, no more.
goal = 0.9

[[targets]]
policy = "within a day"
channels = ["email", "x", "youtube"]
within = "1d"
calendar = "support"

[slack]
# Exports as Slack makes them, as folders or zip files. A pattern may match many; each must match something.
files = ["*/slack", "*/slack.zip"]
team_id = {_text(TEAM_ID)}
domain = "tilter-example"
# Where users ask.
channels = [{_text(HELP)}, {_text(INTEGRATIONS_HELP)}]
# Where the team talks about customers, and where it reports problems to itself.
triage_channels = [{_text(TRIAGE)}]
internal_channels = [{_text(BUGS)}]
# Messages of one person within this many minutes of each other are one request.
group_minutes = 10
# An answer outside the thread counts when it follows the only request within this many minutes.
inference_minutes = 60
# The workflow bot that posts the form in #{HELP}, naming who asked.
asker_bots = [{_text(askform.bot_id)}]

[github]
# Folders that hold <owner>/<repo>/issues.jsonl, comments.jsonl, events.jsonl, reactions.jsonl and releases.jsonl.
files = ["*/github"]
repositories = [{_text(MILLWRIGHT)}, {_text(INTEGRATIONS)}]
# Only the main repository owes a release every week.
release_repositories = [{_text(MILLWRIGHT)}]
spam_labels = [{_text(SPAM)}]
priority_labels = [{_text(HIGH)}]
low_priority_labels = [{_text(LOW)}]

[shortcut]
files = ["*/shortcut_*.json*"]
# The label that the import script puts on a ticket.
label = "exterminator"

[handoff]
files = ["*/handoff.csv"]
# The zone of the sheet's timestamps, which do not name one.
time_zone = "America/New_York"

# From our field to the heading of the form's question.
[handoff.columns]
{columns}

[email]
files = ["*/support.mbox"]
addresses = [{_text(SUPPORT_MAILBOX[1])}]

[x]
files = ["*/x_*.json"]
account_id = {_text(BRAND_X[0])}

[youtube]
files = ["*/youtube_comment_threads.json"]
channel_id = {_text(BRAND_YOUTUBE[0])}

# Under which headings a release's notes say what.
[releases]
summary_headings = ["summary", "highlights", "what's new"]
breaking_headings = ["breaking changes"]
deprecation_headings = ["deprecations"]

# Accounts that post by machine and do not say so: this one runs our checks, and GitHub calls it a user.
[[bots]]
account = "github:user:{machine.id}"
from = 2025-01-01

# Who is on duty. The handoff form tells for most weeks; named here: the week whose form is missing, the swaps at
# Christmas, and the week that has just ended.
{rota}"""


def _roster(cast: Cast) -> str:
    parts = [
        """\
# Who is on the team, from which day to which (both included). What counts is the day of each event: Lena was a user until
# she joined, Oskar is one again since he left. GitHub logins or numbers, Slack user ids, Shortcut member ids, addresses.
"""
    ]
    for key, name, _, login, first, last in STAFF:
        person = cast[key]
        assert person.slack and person.shortcut
        until = f"to = {last}\n" if last else ""
        parts.append(
            f"[[member]]\nname = {_text(name)}\nfrom = {first}\n{until}github = [{_text(login)}]\nslack = [{_text(person.slack.id)}]\n"
            f"shortcut = [{_text(person.shortcut)}]\nemail = [{_text(f'{key}@tilter.example.com')}]\n"
        )
    parts.append(
        f"""\
# Accounts that several of us use. What they write is an answer by the team.
[[shared]]
name = {_text(SUPPORT_MAILBOX[0])}
email = [{_text(SUPPORT_MAILBOX[1])}]

[[shared]]
name = "Millwright on X and YouTube"
x = [{_text(BRAND_X[0])}]
youtube = [{_text(BRAND_YOUTUBE[0])}]
"""
    )
    return "\n".join(parts)


def _rotation(cast: Cast) -> str:
    first = days.monday(days.LAST_DAY) + timedelta(weeks=1)
    # Whoever takes over begins; then those who were on duty lately, the longest ago first.
    lately = [cast.exterminator(first - timedelta(weeks=back)).name for back in range(1, 9)]
    people = list(dict.fromkeys([cast.exterminator(first).name, *reversed(lately)]))
    return f"""\
# Who is on duty in the weeks to come: these people follow one another, over and over. `support-metrics exterminator rota` shows it.

[[order]]
from = {first}
people = {_text(people)}

# Everybody else keeps their weeks.
[[swap]]
week = {first + timedelta(weeks=2)}
exterminator = {_text(people[0])}
why = "{people[2].split()[0]} is at a conference"
"""


def _overrides(cast: Cast, history: History) -> str:
    def message(case: str, part: str = "message", number: int | None = None) -> str:
        found = history.planted[case][part]
        return _text(message_key(found if number is None else found[number]))

    calla = accounts(cast["calla"])
    alex = [accounts(cast["alex_slack"])[0], accounts(cast["alex_mail"])[0]]
    moved = history.planted["transferred_away"]["issue"]
    return f"""\
# Decisions made by hand. Each says who made it and why; taking an entry out takes its effect back.

# Two accounts of one person that nothing else joins.
[[same]]
accounts = {_text(calla[:2])}
who = "Nick"
why = "Calla told me that cdunwoode-work is her account"

# Two people of one name.
[[not_same]]
accounts = {_text(alex)}
who = "Nick"
why = "one works at Quartz Kettle, the other at Seventh Ferry; met both"

# A plea for help that does not sound like one.
[[include]]
request = {message("overridden_by_hand.include")}
who = "Ines"
why = "three words, but I spent an hour on it"

# A question that asks for no help.
[[exclude]]
request = {message("overridden_by_hand.exclude")}
who = "Ines"
why = "about the meetup, not about Millwright"

# An issue that was moved to a repository we do not read; exports do not tell. Links work as well as keys.
[[exclude]]
request = {_text(moved.url)}
who = "Priya"
why = "transferred to the docs repository on 2025-11-20"

# Posted by one person for another.
[[reattribute]]
request = {message("asked_for_a_colleague")}
account = {_text(accounts(cast["slashes"])[1])}
who = "Ines"
why = "Juniper asked for Ana, who was offline"

# An answer outside the thread that could have been meant for either of two.
[[answer]]
request = {message("ambiguous_answer", "messages", 0)}
message = {message("ambiguous_answer", "answer")}
who = "Ines"
why = "I meant Bobbie's question about the limit"
"""
