"""The rules of core in words: why something is no request, and which part a message plays in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from support_metrics.explain import tables
from support_metrics.explain.parts import Message
from support_metrics.explain.tables import Row
from support_metrics.explain.wording import from_to, listed, unescaped

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BROADCASTS = ("thread_broadcast", "reply_broadcast")
BY_RULE = {
    "thread": "in the thread",
    "mention": "outside the thread, naming the asker",
    "only_request": "outside the thread: inferred, since no other request stood open there",
    "by_hand": "as an override says",
}


class Standing:
    """How authors stand to the team, and which accounts are listed as bots, at any moment."""

    def __init__(self, connection: DuckDBPyConnection, time_zone: str, messages: Sequence[Row]) -> None:
        self.zone = ZoneInfo(time_zone)
        people = {row["person_id"] for row in messages if row["person_id"]}
        accounts = {row["account_id"] for row in messages if row["account_id"]}
        self.roster = tables.roster(connection, sorted(people))
        self.bots = tables.listed_bots(connection, sorted(accounts))

    def team_span(self, person_id: str | None, account_id: str | None, moment: datetime) -> Row | None:
        """The line of the roster by which a person is of the team then; that of the account they used, if it has one."""
        day = moment.astimezone(self.zone).date()
        spans = [row for row in self.roster if row["person_id"] == person_id and _holds(row, day)]
        return next((row for row in spans if row["account_id"] == account_id), spans[0] if spans else None)

    def team_words(self, person_id: str | None, account_id: str | None, moment: datetime) -> str:
        span = self.team_span(person_id, account_id, moment)
        if span is None:
            return "of the team that day"
        kind = "a shared account of the team" if span["is_shared"] else f"{span['name']} of the team"
        return f"{kind}, in the roster {from_to(span['from_on'], span['to_on'])} ({span['account_id']})"

    def bot_words(self, message: Row) -> str:
        day = message["sent_at"].astimezone(self.zone).date()
        for row in self.bots:
            if row["account_id"] == message["account_id"] and _holds(row, day):
                return f"listed as a bot in the settings {from_to(row['from_on'], row['to_on'])}"
        if message["is_automatic"]:
            return "sent by a machine, as its headers or sender say"
        if message["bot_id"]:
            return f"posted by the bot or app {message['bot_id']}"
        return "its source calls the account a bot" if message["is_bot_account"] else "posted by a bot or app"


def _holds(span: Row, day: date) -> bool:
    return bool(span["from_on"] <= day and (span["to_on"] is None or day <= span["to_on"]))


def kind_of(message: Row) -> str:
    """What keeps a message from being a request, in one word: place, notice, reply, pull_request, bot, team, nobody, not_asking, part or unknown."""
    if message["place_roles"] is not None and "support" not in message["place_roles"]:
        return "place"
    if message["channel"] == "github" and not message["is_reply"] and message["subtype"] == "pull_request":
        return "pull_request"
    if message["is_reply"] or message["subtype"] in BROADCASTS:
        return "reply"
    if message["is_bot"]:
        return "bot"
    if not message["is_judged"]:
        return "notice"
    if message["is_team"]:
        return "team"
    if message["person_id"] is None:
        return "nobody"
    if message["asks"] is False:
        return "part" if message["request_id"] else "not_asking"
    return "part" if message["request_id"] else "unknown"


def why_no_request(message: Row, standing: Standing) -> str:
    """The rule by which a message is no request of its own."""
    kind = kind_of(message)
    if kind == "place":
        roles = f", which the settings name for {listed(sorted(message['place_roles']))}" if message["place_roles"] else ""
        return f"it stands in {place_of(message)}{roles}; only channels and repositories for support have requests"
    if kind == "reply":
        return {
            "slack": "it is a thread reply; only a message at top level opens a request",
            "github": "it is a comment; only an issue is a request",
        }.get(message["channel"], "it continues a conversation; only the message that begins one is a request")
    if kind == "bot":
        return f"it is by a bot: {standing.bot_words(message)}"
    if kind == "team":
        return f"it is by {standing.team_words(message['person_id'], message['account_id'], message['sent_at'])}; only people outside the team make requests"
    if kind == "not_asking":
        return f"it was judged not to ask for help: {message['reason']}"
    if message["subtype"] == "tombstone":
        return "it was deleted before it was first read, so neither its author nor its text is known"
    return {
        "notice": f"it is a notice of Slack itself ({message['subtype'] or 'no text of a person'})",
        "pull_request": "it is a pull request, and only issues are requests",
        "nobody": "nobody is named as its author",
        "part": f"it is part of the request {message['request_id']}",
        "unknown": "no rule explains it; please report this with its key",
    }[kind]


def place_of(message: Row) -> str:
    return f"#{message['place_name']}" if message["channel"] == "slack" else str(message["place_name"])


def shown(message: Row, roles: Sequence[str], says: str) -> Message:
    text = message["text"]
    return Message(
        message["message_id"],
        message["sent_at"],
        message["author"] or message["bot_id"] or "nobody named",
        message["account_id"],
        unescaped(text) if text and message["channel"] in ("slack", "x") else text,
        message["url"],
        list(roles),
        says,
    )


def part_played(message: Row, request: Row, standing: Standing) -> Message:
    """The message with what it is to the request."""
    roles, words = _part_played(message, request, standing)
    return shown(message, roles, "; ".join(words))


def _part_played(message: Row, request: Row, standing: Standing) -> tuple[list[str], list[str]]:
    sent_at, key = message["sent_at"], message["message_id"]
    if key == request["request_id"]:
        form = "posted by a form, which names the asker; " if message["is_form"] else ""
        instead = [f"counted for {request['person_name']}, as an override says"] if message["person_id"] != request["person_id"] else []
        return ["opens"], [f"{form}opens the request: {request['verdict']}", *instead]
    if message["request_id"] == request["request_id"]:
        when = "written just before" if sent_at < request["opened_at"] else "written soon after"
        return ["part"], [f"belongs to it, {when}" + (f": {message['reason']}" if message["reason"] else "")]
    if key == request["response_message_id"]:
        return _response(message, request, standing)
    if key in request["possible_answer_ids"]:
        team = standing.team_words(message["person_id"], message["account_id"], sent_at)
        return ["possible_answer"], [f"could answer this or another request, so it counts for none; by {team}"]
    if message["is_bot"]:
        return ["bot"], [f"skipped, a bot: {standing.bot_words(message)}"]
    if not message["is_judged"]:
        return ["notice"], ["skipped, a notice of Slack itself"]
    if sent_at < request["opened_at"]:
        return ["before"], ["written before the request was opened"]
    if message["person_id"] in request["asker_ids"]:
        return ["asker"], ["by the asker: no answer"]
    if message["account_id"] is None:
        return ["nobody"], ["by nobody who is named: no answer"]
    roles, words = (["first_human"], ["first human answer"]) if sent_at == request["first_human_at"] else ([], [])
    if message["is_team"]:
        late = sent_at > request["judged_at"]
        says = (
            "known after the end of coverage, so not counted yet"
            if late
            else f"by {standing.team_words(message['person_id'], message['account_id'], sent_at)}"
        )
        return [*roles, "team"], [*words, says]
    return [*roles, "fellow_user"], [*words, "by a fellow user, so it does not keep the promise"]


def _response(message: Row, request: Row, standing: Standing) -> tuple[list[str], list[str]]:
    """The first answer by the team, unless it came after the place was covered."""
    team = standing.team_words(message["person_id"], message["account_id"], message["sent_at"])
    if request["first_response_at"] is None:
        return ["after_coverage"], ["answers it, but after the end of coverage, so it is not counted yet"]
    first = message["sent_at"] == request["first_human_at"]
    how = f", {BY_RULE[request['response_rule']]}" if request["response_rule"] in BY_RULE else ""
    roles = ["first_human", "first_response"] if first else ["first_response"]
    return roles, [f"first {'human answer and first ' if first else ''}response{how}", f"by {team}"]
