"""Accounts and persons of the demo counted again in plain Python, straight from the rows of landing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations
from typing import Any

from support_metrics.settings import Member
from support_metrics_tests.integrity.recount import Recount

RULES = ("alias", "roster", "email", "github_no_reply", "slack_profile")
SPOKEN = {"", "bot_message", "file_share", "me_message", "thread_broadcast", "reply_broadcast"}
NO_REPLY = re.compile(r"(?:(\d+)\+)?([^@+]+)@users\.noreply\.github\.com")


@dataclass
class Account:
    key: str
    source: str
    handle: str | None = None
    name: str | None = None
    email: str | None = None
    login: str | None = None
    company: str | None = None
    job_title: str | None = None
    names: set[str] = field(default_factory=set)
    organisations: set[str] = field(default_factory=set)
    stated: str | None = None
    is_bot: bool = False
    is_deleted: bool = False


class People:
    """Every account, and who it belongs to."""

    def __init__(self, recount: Recount) -> None:
        self.recount = recount
        self.accounts: dict[str, Account] = {}
        self._read_github()
        self._read_slack()
        self._read_inboxes()
        self._read_shortcut()
        self.members = {account: member for member in recount.settings.roster.member for account in self._accounts_of(member)}
        self.shared = {account for member in recount.settings.roster.shared for account in self._accounts_of(member)}
        self.persons = self._merged()

    def _account(self, key: str) -> Account:
        return self.accounts.setdefault(key, Account(key, key.split(":")[0]))

    # Accounts

    def _read_github(self) -> None:
        observed: dict[str, list[tuple[tuple[datetime, datetime], dict[str, Any]]]] = defaultdict(list)
        for stream, name in (("issues", "user"), ("comments", "user"), ("reactions", "user"), ("events", "actor")):
            for _, version, seen_at, _, payload, _ in self.recount.rows("github", stream):
                user = payload.get(name)
                if user and user["id"] != 10137:
                    observed[f"github:user:{user['id']}"].append(((seen_at, version or seen_at), user))
        for key, _, seen_at, _, profile, _ in self.recount.rows("github", "users"):
            if key in observed:
                observed[key].append(((seen_at, seen_at), profile))
        profiles, memberships = self.recount.newest("github", "users"), self.recount.newest("github", "organisations")
        ours = {each.split("/")[0].lower() for each in self.recount.settings.github.repositories}
        for key, sights in observed.items():
            newest = max(sights, key=lambda sight: sight[0])[1]
            account = self._account(key)
            account.handle = account.login = newest["login"]
            account.is_bot = newest.get("type") == "Bot" or newest["login"].endswith("[bot]")
            said = profiles.get(key, newest)
            account.name, account.company = (said.get("name") or "").strip() or newest["login"], (said.get("company") or "").strip() or None
            account.email = said.get("email") and said["email"].lower()
            listed = memberships.get(key.replace("user", "organisations"), {"organizations": []})["organizations"]
            account.organisations = {each["login"] for each in listed if each["login"].lower() not in ours}
            stated = [word[1:].strip(",.") for word in (account.company or "").split() if word.startswith("@")]
            account.stated = next((each for each in stated if each.lower() not in ours), None)
        for stream in ("issues", "comments"):
            for key, rows in self.recount.versions("github", stream).items():
                author = self.recount.author(key, rows) if stream == "issues" else self.commenter(key, rows)
                if author.startswith("github:unknown:") and datetime.fromisoformat(rows[0]["created_at"]) <= self.recount.as_of:
                    self._account(author).is_deleted = True
                    self.accounts[author].name = "deleted account"

    @staticmethod
    def commenter(key: str, rows: list[Any]) -> str:
        named = [row["user"]["id"] for row in rows if row.get("user") and row["user"]["id"] != 10137]
        return f"github:user:{named[0]}" if named else f"github:unknown:comment-{key.split(':')[2]}"

    def _read_slack(self) -> None:
        for key, rows in self.recount.versions("slack", "users").items():
            for user in rows:
                profile = user["profile"]
                self._account(key).names |= {profile.get("display_name"), profile.get("real_name"), user.get("real_name")} - {None}
        for key, user in self.recount.newest("slack", "users").items():
            account, profile = self._account(key), user["profile"]
            account.handle, account.email = user["name"], (profile.get("email") or "").lower() or None
            account.name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user["name"]
            account.is_bot = user.get("is_bot", False) or bool(profile.get("bot_id")) or key.endswith(":USLACKBOT")
            account.is_deleted, account.job_title = user.get("deleted", False), profile.get("title") or None
            found = re.search(r"github\.com/([A-Za-z0-9][A-Za-z0-9-]*)", str(user))
            account.login = found and found[1].lower()
        for _, message, author in self.slack_messages():
            if author and not (message.get("subtype") == "tombstone" and author.endswith(":USLACKBOT")):
                account = self._account(author)
                account.name = account.name or author.split(":")[2]
                account.is_bot |= author.endswith(":USLACKBOT")

    def slack_messages(self) -> Iterator[tuple[str, dict[str, Any], str | None]]:
        """Key, newest living version and author of every message by now; a form's is whom it names."""
        for key, message in self.recount.newest("slack", "messages").items():
            if self.recount.moment(key.split(":")[3]) <= self.recount.as_of:
                team = key.split(":")[1]
                author = f"slack:{team}:{message['user']}" if message.get("user") else None
                named = re.search(r"<@([A-Z0-9]+)", message.get("text", ""))
                is_form = (
                    message.get("bot_id") in self.recount.settings.slack.asker_bots
                    and message.get("thread_ts", message["ts"]) == message["ts"]
                )
                yield key, message, f"slack:{team}:{named[1]}" if is_form and named else author

    def _read_inboxes(self) -> None:
        for mail in sorted(self.recount.newest("email", "messages").values(), key=lambda each: str(each["sent_at"])):
            address = mail["from"]["address"].lower()
            account = self._account(f"email:{address}")
            account.handle = account.email = address
            account.name = mail["from"]["name"] or account.name or address
            account.names.add(account.name)
        users = self.recount.newest("x", "users")
        posts = self.recount.newest("x", "posts").values()
        posters = {
            post["author_id"] for post in posts if not any(each["type"] == "retweeted" for each in post.get("referenced_tweets", []))
        }
        senders = {each["sender_id"] for each in self.recount.newest("x", "direct_messages").values()}
        for key in users.keys() | {f"x:user:{each}" for each in posters | senders}:
            account, user = self._account(key), users.get(key, {})
            account.handle, account.name = user.get("username"), user.get("name") or key
        for key, rows in self.recount.versions("x", "users").items():
            self._account(key).names |= {user["name"] for user in rows}
        for rows in self.recount.versions("youtube", "comment_threads").values():
            for thread in reversed(rows):
                for each in [thread["snippet"]["topLevelComment"], *thread.get("replies", {}).get("comments", [])]:
                    account = self._account(f"youtube:channel:{each['snippet']['authorChannelId']['value']}")
                    account.handle = account.name = each["snippet"]["authorDisplayName"]
                    account.names.add(account.name)

    def _read_shortcut(self) -> None:
        for key, member in self.recount.newest("shortcut", "members").items():
            account, profile = self._account(key), member["profile"]
            account.handle, account.name, account.email = profile["mention_name"], profile["name"], profile["email_address"].lower()
            account.is_deleted = member["disabled"] or profile["deactivated"]

    # Persons

    def _accounts_of(self, member: Member) -> Iterator[str]:
        """By logins as borne now: the demo's roster has no other."""
        bearers = {account.login.lower(): key for key, account in self.accounts.items() if account.source == "github" and account.login}
        for login in member.github:
            yield bearers.get(str(login).lower(), f"github:login:{login}")
        prefixes = {"slack": f"slack:{self.recount.settings.slack.team_id}:", "shortcut": "shortcut:member:", "email": "email:"}
        for source, prefix in (prefixes | {"x": "x:user:", "youtube": "youtube:channel:"}).items():
            for each in getattr(member, source):
                yield prefix + str(each)

    def _links(self) -> Iterator[tuple[str, str, str]]:
        """Two accounts and the rule by which they are one person's."""
        for same in self.recount.settings.overrides.same:
            yield from ((same.accounts[0], other, "alias") for other in same.accounts[1:])
        for member in self.recount.settings.roster.member:
            yield from ((one, other, "roster") for one, other in combinations(self._accounts_of(member), 2))
        everyone = list(self.accounts.values())
        bearers = {account.login.lower(): account.key for account in everyone if account.source == "github" and account.login}
        by_email: dict[str, list[str]] = defaultdict(list)
        for account in everyone:
            found = NO_REPLY.fullmatch(account.email or "")
            if found:
                other = f"github:user:{found[1]}" if found[1] else bearers.get(found[2])
                if other:
                    yield account.key, other, "github_no_reply"
            elif account.email:
                by_email[account.email].append(account.key)
            if account.source == "slack" and account.login in bearers:
                yield account.key, bearers[account.login], "slack_profile"
        for accounts in by_email.values():
            yield from ((one, other, "email") for one, other in combinations(accounts, 2))

    def _merged(self) -> dict[str, str]:
        """The widest groups, by ever weaker rules, in which nobody is with whom they are declared not to be."""
        links = list(self._links())
        apart = [pair for each in self.recount.settings.overrides.not_same for pair in combinations(each.accounts, 2)]
        persons = {key: key for key in [*self.accounts, *self.members, *self.shared, *(key for link in links for key in link[:2])]}
        for count in range(1, len(RULES) + 1):
            for group in _groups([link[:2] for link in links if link[2] in RULES[:count]]):
                if not any(one in group and other in group for one, other in apart):
                    persons |= dict.fromkeys(group, min(group))
        return persons

    # What they are

    def kind(self, account: Account) -> str:
        if account.is_bot or any(each.account == account.key for each in self.recount.settings.bots):
            return "bot"
        inboxes = {f"email:{each.lower()}" for each in self.recount.settings.email.addresses}
        inboxes |= {f"x:user:{self.recount.settings.x.account_id}", f"youtube:channel:{self.recount.settings.youtube.channel_id}"}
        if account.key in self.shared | inboxes:
            return "shared"
        if account.key in self.members:
            return "team"
        return "deleted" if account.is_deleted else "external"

    def employed(self, person: str) -> list[tuple[date, date]]:
        """First and last days."""
        mine = {member.name: member for account, member in self.members.items() if self.persons[account] == person}
        return [(member.from_, member.to or date.max) for member in mine.values()]


def _groups(links: Iterable[tuple[str, str]]) -> list[set[str]]:
    groups: dict[str, set[str]] = {}
    for one, other in links:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups |= dict.fromkeys(joined, joined)
    return list({id(group): group for group in groups.values()}.values())
