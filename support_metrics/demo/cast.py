"""The people: the team, its bots, the users that some case needs, and the crowd."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_metrics.demo import days
from support_metrics.demo.dice import Dice
from support_metrics.demo.history import BEGINNING, GitHubAccount, Person, SlackAccount
from support_metrics.demo.names import COMPANIES, FIRST_NAMES, LAST_NAMES, domain

TEAM_ID = "T05MILLWRIT"
TEAM_DOMAIN = "tilter.example.com"
BRAND_X = ("1540000000000000777", "tilter_example", "Millwright by Tilter")
BRAND_YOUTUBE = ("UCtilterexample000000000", "Millwright by Tilter")
SUPPORT_MAILBOX = ("Millwright support", f"support@{TEAM_DOMAIN}")
CROWD_SIZE = 170

# key, name, handle, GitHub login, first and last day on the team
STAFF = (
    ("mara", "Mara Quillon", "mara", "maraquillon", date(2023, 4, 3), None),
    ("teo", "Teo Brandvik", "teo", "teo-brandvik", date(2023, 4, 3), None),
    ("ines", "Ines Calloway-Sato", "ines", "inescs", date(2023, 9, 18), None),
    ("jun", "Jun Harrowgate", "jun.h", "junharrow", date(2024, 2, 5), None),
    ("priya", "Priya Vennamoor", "priya", "pvennamoor", date(2024, 6, 10), None),
    ("nick", "Nick Tolliver-Bray", "nick", "nicktb", date(2023, 4, 3), None),
    ("sol", "Sol Abernathy-Roux", "sol", "solaroux", date(2024, 11, 4), None),
    ("oskar", "Oskar Dunmoore", "oskar", "odunmoore", date(2023, 4, 3), date(2025, 11, 28)),
    ("lena", "Lena Farrowmere", "lena", "lenafarrow", date(2026, 1, 5), None),
)
# Who is on duty, week by week. Oskar leaves in November, Lena takes her first turn in February, Mara stands in at Christmas.
DUTY = (
    "mara", "teo", "ines", "jun", "priya", "oskar", "mara", "teo", "ines", "jun", "priya", "oskar", "mara", "teo",
    "ines", "jun", "mara", "priya", "teo", "ines", "jun", "mara", "priya", "lena", "teo", "ines", "jun", "mara", "priya",
)  # fmt: skip


class Cast:
    """Everyone, by key; and the crowd of users in order of appearance."""

    def __init__(self, seed: int) -> None:
        self._dice = Dice(seed, "cast")
        self._ids: set[str] = set()
        self.people: dict[str, Person] = {}
        self.crowd: list[Person] = []
        self._hire()
        self._make_bots()
        self._invite_special_users()
        self._gather_crowd()

    def __getitem__(self, key: str) -> Person:
        return self.people[key]

    def staff(self, moment: datetime) -> list[Person]:
        return [person for person in self.people.values() if person.is_staff(moment)]

    def exterminator(self, week: date) -> Person:
        """Who is on duty in the week of this Monday."""
        return self[DUTY[(week - days.FIRST_DAY).days // 7]]

    # Accounts

    def slack_account(self, handle: str, real_name: str, joined_at: datetime, email: str | None) -> SlackAccount:
        return SlackAccount(self._slack_id("U05"), handle, real_name, joined_at, email)

    def github_account(self, login: str, kind: str = "User") -> GitHubAccount:
        return GitHubAccount(self._dice.between(1_100_000, 198_000_000), [(BEGINNING, login)], kind)

    def add(self, person: Person) -> Person:
        self.people[person.key] = person
        return person

    def _is_free(self, name: str) -> bool:
        logins = {login for person in self.people.values() if person.github for _, login in person.github.logins}
        return name not in logins | {person.slack.handle for person in self.people.values() if person.slack}

    def _slack_id(self, prefix: str) -> str:
        while True:
            found = prefix + "".join(self._dice.pick("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(8))
            if found not in self._ids:
                self._ids.add(found)
                return found

    def _uuid(self) -> str:
        digits = "".join(self._dice.pick("0123456789abcdef") for _ in range(32))
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def _hire(self) -> None:
        for key, name, handle, login, first, last in STAFF:
            joined_at = days.at(min(first, date(2025, 7, 1)), "10:00")
            email = f"{key}@{TEAM_DOMAIN}" if key != "lena" else "lena.farrowmere@moss-circuit.example.org"
            self.add(
                Person(
                    key,
                    name,
                    email,
                    company="Tilter" if key != "lena" else "Moss Circuit",
                    slack=self.slack_account(handle, name, joined_at, email),
                    github=self.github_account(login),
                    shortcut=self._uuid(),
                    employed=(first, last),
                )
            )

    def _make_bots(self) -> None:
        def slack_bot(key: str, name: str) -> None:
            account = self.slack_account(key, name, BEGINNING, None)
            account.bot_id = self._slack_id("B05")
            self.add(Person(key, name, slack=account, is_bot=True))

        slack_bot("millbot", "Millbot")
        slack_bot("askform", "Ask Millwright")
        slack_bot("ghfeed", "Repository feed")
        for key, login in (("greeter", "tilter-greeter[bot]"), ("stale", "tilter-stale[bot]"), ("bumper", "tilter-bumper[bot]")):
            self.add(Person(key, login, github=self.github_account(login, "Bot"), is_bot=True))
        # Posts by machine, but GitHub calls it a user: only the settings know.
        self.add(Person("ci", "tilter-ci", github=self.github_account("tilter-ci"), is_bot=True))

    def _user(
        self,
        key: str,
        name: str,
        handle: str = "",
        login: str = "",
        company: str = "",
        since: date | None = None,
        activity: float = 0.0,
        is_helper: bool = False,
    ) -> Person:
        """A user with a Slack account if there is a handle, a GitHub account if there is a login; quiet without activity."""
        since_at = days.at(since, "08:10") if since else days.at(date(2025, 6, 2), "12:00")
        email = f"{key.replace('_', '.')}@{domain(company)}" if company else None
        person = Person(key, name, email, company or None, activity, since_at, is_helper)
        if handle:
            person.slack = self.slack_account(handle, name, since_at, person.email)
        if login:
            person.github = self.github_account(login)
        return self.add(person)

    def _invite_special_users(self) -> None:
        linked = self._user("imre", "Imre Szalkavar", "imre", "imre-szalkavar", "Harbor Loom")
        _link(linked)
        self._user("odalys", "Odalys Brennerth", "odalys", company="Fable Insurance")
        self._user("wren", "Wren Castellane", "wren", "wrencast", "Kite String Labs")
        self._user("calla", "Calla Dunwoode", "calla", "cdunwoode-work", "Amber Quay")
        noreply = self._user("perrin", "Perrin Ashgrave", "perrin", "quietfern", "Cedar Signal")
        assert noreply.slack and noreply.github
        noreply.slack.email = f"{noreply.github.id}+quietfern@users.noreply.github.com"
        self._user("otter_slack", "Dana Ottershaw", "dapperotter", company="Marrow Games")
        self._user("otter_github", "D. O.", login="dapperotter")
        self._user("alex_slack", "Alex Moreau-Finch", "alexmf", company="Quartz Kettle")
        self._user("alex_mail", "Alex Moreau-Finch", company="Seventh Ferry")
        self._user("script", "Bobbie <script>alert(1)</script>", "bobbie", "bobbie-tables", "Pickled Bits", activity=1.0)
        self._user("quotes", 'Siobhán "Shiv" O\'Marrow', "shiv", "shiv-omarrow", "Thistle Bank", activity=1.0)
        self._user("emoji", "Juniper 🦊 Valecroft", "juniper", "junivale", "Paper Lantern Robotics", activity=1.0)
        self._user("rtl", "ליאור בן־חרוב", "lior.bh", "liorbenharuv", "Nimbus Orchard", activity=1.0)
        self._user("arabic", "سلمى الكروان", "salma", "salma-k", "Umber Travel", activity=1.0)
        self._user("slashes", "Ana\\Bela Ruy; -- 100%", "anabela", "anabela-ruy", "Oblong Energy", activity=1.0)
        for key, login, shown in (("vanished", "mothlight", "null"), ("departed", "saltlamp", "ghost")):
            person = self._user(key, login, login=login)
            assert person.github
            person.github.shown_when_deleted = shown
        gone = self._user("gone", "Tibor Vanisch", "tibor", company="Willow Relay")
        assert gone.slack
        gone.slack.deleted_at = days.at(date(2025, 12, 9), "11:00")
        renamed = self._user("renamed", "Bettany Tinsmith", login="tinbadger")
        assert renamed.github
        renamed.github.logins.append((days.at(date(2025, 12, 3), "09:00"), "tin-badger-labs"))
        first = self._user("kestrel_first", "Hopkin Kestrell", login="kestrelhop")
        second = self._user("kestrel_second", "Sibyl Hopewell", login="kestrelhop")
        assert first.github and second.github
        first.github.logins.append((days.at(date(2025, 12, 15), "09:00"), "hopkin-k"))
        for key, name, handle in (
            ("helper_a", "Thora Lindqvall", "thora"),
            ("helper_b", "Basil Okonjo-Vale", "basil"),
            ("helper_c", "Mirembe Stonehewer", "mirembe"),
            ("helper_d", "Anselm Fairholm", "anselm"),
        ):
            self._user(key, name, handle, company="Copper Fern", activity=0.6, is_helper=True)

    def _gather_crowd(self) -> None:
        dice, seen = self._dice, {person.name for person in self.people.values()}
        while len(self.crowd) < CROWD_SIZE:
            first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
            if f"{first} {last}" not in seen:
                seen.add(f"{first} {last}")
                self.crowd.append(self._crowd_user(len(self.crowd), first, last))

    def _crowd_user(self, number: int, first: str, last: str) -> Person:
        dice = self._dice
        reach = dice.weighted(("slack", "github", "both"), (0.56, 0.22, 0.22))
        since = None if number < CROWD_SIZE * 0.55 else days.FIRST_DAY + timedelta(days=dice.between(3, 190))
        plain = last.lower().replace("-", "")
        login = dice.pick(
            (f"{first.lower()}{plain}", f"{first[0].lower()}{plain}", f"{first.lower()}-{plain[:5]}", f"{plain[:6]}{dice.between(2, 99)}")
        )
        handle = dice.pick((first.lower(), f"{first.lower()}.{plain}", f"{first[0].lower()}{plain}"))
        # A login and a handle are borne by one account at a time.
        login = login if self._is_free(login) else f"{login}{number}"
        handle = handle if self._is_free(handle) else f"{first.lower()}.{last.lower()}"
        person = self._user(
            f"{first.lower()}.{plain}",
            f"{first} {last}",
            handle if reach != "github" else "",
            login if reach != "slack" else "",
            dice.pick(COMPANIES),
            since,
            activity=dice.along(((0, 0.15), (0.6, 0.8), (0.9, 3.0), (1.0, 9.0))),
        )
        if reach == "both" and dice.chance(0.6):
            _link(person)
        if person.slack:
            person.slack.time_zone = dice.weighted(
                ("America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo"), (5, 3, 3, 1, 1)
            )
        return person


def _link(person: Person) -> None:
    """Put the person's GitHub address into their Slack profile."""
    assert person.slack and person.github
    person.slack.github_url = f"https://github.com/{person.github.logins[0][1]}"
