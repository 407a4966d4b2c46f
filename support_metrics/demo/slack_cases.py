"""Slack messages put in on purpose: what is a request, and whose."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from support_metrics.demo.days import at, local_day
from support_metrics.demo.history import Message
from support_metrics.demo.slack_room import GENERAL, HELP, INTEGRATIONS, escaped, mention
from support_metrics.demo.slack_talk import SlackTalk

MICROSECOND = timedelta(microseconds=1)


class SlackCases:
    """Every method is one case, called in the order written here. Around each, everyday life keeps quiet."""

    def __init__(self, talk: SlackTalk) -> None:
        self.talk, self.cast, self.history, self.plant = talk, talk.cast, talk.history, talk.history.plant

    def run(self) -> None:
        for name, case in list(vars(type(self)).items()):
            if not name.startswith("_") and name != "run":
                case(self)

    def _at(self, day: str, clock: str, fold: int = 0) -> datetime:
        return at(date.fromisoformat(day), clock, fold)

    def _ask(self, day: str, clock: str, author: str, text: str, channel: str = HELP, kind: str = "question", **more: Any) -> Message:
        moment = self._at(day, clock)
        self.talk.keep_quiet(channel, moment - timedelta(minutes=80), moment + timedelta(minutes=100))
        return self.talk.post(channel, moment + 100 * MICROSECOND, self.cast[author], text, kind, **more)

    def _reply(self, parent: Message, clock: str, author: str, text: str, kind: str = "answer", day: str = "", **more: Any) -> Message:
        moment = self._at(day or local_day(parent.sent_at).isoformat(), clock)
        return self.talk.reply(parent, moment + 200 * MICROSECOND, self.cast[author], text, kind, **more)

    # Whose request it is

    def one_person_in_two_channels(self) -> None:
        message = self._ask("2025-10-16", "14:00:00", "imre", "Is there a flag to follow symlinks in `mill sync`?")
        self._reply(message, "14:30:00", "mara", "Not yet, it comes with the fix of your issue.")
        self.plant(
            "one_person_in_two_channels.slack",
            "Imre again, whose Slack profile names his GitHub login: one user that day.",
            message=message,
        )

    def equal_address_in_slack_and_mail(self) -> None:
        message = self._ask("2025-11-20", "10:00:00", "odalys", "Can we set a spending limit per team in the dashboard?")
        self._reply(message, "10:20:00", "oskar", "Only per namespace for now.")
        self.plant("equal_address_in_slack_and_mail.slack", "Odalys has the same address in Slack and in her e-mail.", message=message)

    def merged_later_by_profile(self) -> None:
        message = self._ask("2026-03-04", "15:00:00", "wren", "How do I turn off the metrics plug-in for one gear?", INTEGRATIONS)
        self._reply(message, "15:40:00", "jun", "Set `metrics = False` on the gear.")
        person = self.cast["wren"]
        assert person.slack and person.github
        edited_at, told_from = self._at("2026-03-06", "18:00"), self._at("2026-03-10", "12:00")
        person.slack.profile_edits.append((edited_at, "https://github.com/wrencast", told_from))
        self.plant(
            "merged_later_by_profile.slack",
            "Wren named her login on Friday 2026-03-06; the list of users exported on Monday was older than that.",
            message=message,
            person=person,
        )

    def merged_by_override(self) -> None:
        message = self._ask("2025-12-11", "14:00:00", "calla", "Does anybody group gears by team already?")
        self._reply(message, "14:40:00", "ines", "We do, I'll send you our Millfile.")
        self.plant("merged_by_override.slack", "Joined with cdunwoode-work by an override.", message=message, person=self.cast["calla"])

    def merged_by_noreply_address(self) -> None:
        message = self._ask("2025-11-19", "15:00:00", "perrin", "Can the watcher poll every ten seconds on a network drive?")
        self._reply(message, "15:20:00", "oskar", "Yes, `watch_path(poll=10)`.")
        self.plant("merged_by_noreply_address.slack", "The profile's address is <id>+quietfern@users.noreply.github.com.", message=message)

    def equal_handles(self) -> None:
        message = self._ask("2025-12-17", "15:00:00", "otter_slack", "Which terminal do you use to get colours in the log pane?")
        self._reply(message, "15:25:00", "jun", "Any with 256 colours should do.")
        self.plant(
            "equal_handles.slack", "dapperotter here and on GitHub: a suggestion only.", message=message, person=self.cast["otter_slack"]
        )

    def equal_names(self) -> None:
        message = self._ask("2026-02-12", "10:00:00", "alex_slack", "How can I see which gear pulled a given image?")
        self._reply(message, "10:30:00", "lena", "`mill args --trace` shows it.")
        self.plant(
            "equal_names.slack",
            "Alex Moreau-Finch also writes e-mail from another company: not the same.",
            message=message,
            person=self.cast["alex_slack"],
        )

    def user_who_joins_the_team(self) -> None:
        before = self._ask("2025-11-18", "11:00:00", "lena", "Is there a way to nest gear groups?")
        self._reply(before, "11:30:00", "oskar", "Two levels deep, yes.")
        after = self._ask("2026-01-15", "10:00:00", "rtl", "How do I mirror the dashboard layout for right-to-left?")
        self._reply(after, "10:20:00", "lena", "There is a setting for it since last week.")
        asks = self._ask("2026-01-20", "10:00:00", "lena", "Does anyone know how to record a gear graph?", kind="staff_question")
        self.plant("user_who_joins_the_team.slack_before", "Lena asks in November: a request.", message=before)
        self.plant("user_who_joins_the_team.slack_after", "Lena answers in January: a response.", message=after)
        self.plant("user_who_joins_the_team.asks_as_staff", "Lena, now of the team, asks: no request.", message=asks)

    def member_who_leaves(self) -> None:
        message = self._ask("2026-02-05", "10:00:00", "oskar", "How do I move my old snapshots to a new cluster?")
        self._reply(message, "10:40:00", "priya", "`mill snapshot export`, as you wrote it yourself :smile:")
        self.plant("member_who_leaves.slack", "Oskar, gone since November, asks: a request.", message=message)

    def form_names_the_asker(self) -> None:
        moment = self._at("2025-12-03", "10:00:00")
        self.talk.keep_quiet(HELP, moment - timedelta(hours=1), moment + timedelta(hours=2))
        message = self.talk.form(moment + 100 * MICROSECOND, self.cast["quotes"], "How do we keep two registries apart?")
        self._reply(message, "11:00:00", "teo", "With `registry_host` per gear group.")
        self.plant("form_names_the_asker", "A workflow bot posts for Shiv: her request.", message=message, person=self.cast["quotes"])

    def asked_for_a_colleague(self) -> None:
        message = self._ask(
            "2025-12-10",
            "10:00:00",
            "emoji",
            f"Posting for {mention(self.cast['slashes'])}, who is offline: how do we reset the grist cache?",
        )
        self._reply(message, "10:30:00", "ines", "`mill build --no-cache` once.")
        self.plant("asked_for_a_colleague", "Reattributed to Ana by an override.", message=message, person=self.cast["slashes"])

    def deleted_slack_account(self) -> None:
        message = self._ask("2025-12-05", "10:00:00", "gone", "Why does my port forward stop when the laptop sleeps?")
        self._reply(message, "10:50:00", "teo", "Set `keep_alive` to true.")
        self.plant("deleted_slack_account", "The asker's account was deactivated on 2025-12-09.", message=message, person=self.cast["gone"])

    def names_and_texts_that_bite(self) -> None:
        script = escaped('Is `<script>alert("x")</script>` in a gear name escaped & quoted? \'; drop table gears; --')
        first = self._ask("2025-10-22", "10:00:00", "script", script)
        self._reply(first, "10:20:00", "teo", "It is now :see_no_evil:")
        second = self._ask("2025-10-23", "10:00:00", "arabic", "مرحبا، كيف أستطيع إعادة تشغيل الخدمة بدون إعادة البناء؟ 🙏🏽")
        self._reply(second, "10:30:00", "teo", "`mill trigger --no-build` is what you need 👍")
        third = self._ask(
            "2025-10-28", "10:00:00", "slashes", 'How do I escape \\ and % and "quotes" in a port_map? Mine prints `C:\\mill\\100%`'
        )
        self._reply(third, "10:30:00", "ines", "Use a raw string.")
        self.plant("names_and_texts_that_bite.slack", "Markup, Arabic, emoji, backslashes and quotes.", messages=[first, second, third])

    # What is one request, and what is none

    def several_messages_one_request(self) -> None:
        day = "2025-09-09"
        first = self._ask(day, "10:00:00", "quotes", "Our gears restart whenever the registry rotates its token. How can we stop that?")
        rest = [
            self._ask(day, clock, "quotes", text, kind="follow_up")
            for clock, text in (
                ("10:06:00", "(it is the private registry, by the way)"),
                ("10:15:00", "and only the gears with `live_sync()`"),
            )
        ]
        self._reply(rest[1], "10:40:00", "teo", "Pin the token for the session, see the docs.")
        self.plant(
            "several_messages_one_request",
            "10:00, 10:06 and 10:15 are one request, answered in the thread of the last.",
            messages=[first, *rest],
        )

    def eleven_minutes_later(self) -> None:
        first = self._ask("2025-09-11", "10:00:00", "emoji", "How do I rename a gear without losing its history?")
        second = self._ask("2025-09-11", "10:10:01", "emoji", "Another thing: can I hide a gear from the dashboard?")
        self._reply(first, "10:30:00", "teo", "`mill rename` keeps it.")
        self._reply(second, "10:35:00", "teo", "Yes, `hidden=True`.")
        self.plant("eleven_minutes_later", "10 minutes and a second apart: two requests.", messages=[first, second])

    def answered_in_between(self) -> None:
        first = self._ask("2025-09-12", "10:00:00", "rtl", "Which port does the dashboard use?")
        self._reply(first, "10:03:00", "teo", "10350 by default.")
        second = self._ask("2025-09-12", "10:06:00", "rtl", "And how do I change the bind address?")
        self._reply(second, "10:20:00", "teo", "`--host`.")
        self.plant(
            "answered_in_between",
            "The team answered after 3 minutes, so the next message is a request of its own.",
            messages=[first, second],
        )

    def small_talk_and_thanks(self) -> None:
        day, found = "2025-11-25", []
        for clock, author, text, kind in (
            ("11:00:00", "script", "good morning all :coffee:", "greeting"),
            ("11:02:00", "quotes", "Thanks again for yesterday, all green now :pray:", "thanks"),
            ("11:04:00", "emoji", "this release is so cool", "small_talk"),
            ("11:06:00", "rtl", "never mind, found it in the docs", "small_talk"),
            ("11:08:00", "helper_a", "FYI the mirror at registry.example.org is back", "news"),
            ("11:10:00", "helper_b", f"{mention(self.cast['rtl'])} we had that last month, restarting the proxy fixed it", "fellow_answer"),
        ):
            found.append(self._ask(day, clock, author, text, kind=kind))
        self.plant(
            "small_talk_and_thanks", "Greeting, thanks, praise, never mind, news, an answer to a fellow user: no requests.", messages=found
        )

    def overridden_by_hand(self) -> None:
        terse = self._ask("2026-01-13", "10:00:00", "rtl", "Dashboard. Grey. Since lunch.")
        self._reply(terse, "10:40:00", "ines", "Looks like your agent is asleep, restart it.")
        rhetorical = self._ask(
            "2026-01-14", "15:00:00", "helper_a", "Which talks should I see at the tooling meetup next week?", kind="small_talk"
        )
        self.plant("overridden_by_hand.include", "Asks for help without the usual signs: included by an override.", message=terse)
        self.plant("overridden_by_hand.exclude", "A question that asks for no help: excluded by an override.", message=rhetorical)

    def system_messages(self) -> None:
        day = "2025-10-02"
        person = self.cast["emoji"]
        joined = self._ask(
            day, "08:00:00", "emoji", f"{mention(person)} has joined the channel", INTEGRATIONS, "join", subtype="channel_join"
        )
        topic = "Plug-ins: how do I ...? Ask here!"
        extra = {"topic": topic}
        changed = self._ask(
            day,
            "08:05:00",
            "nick",
            f"{mention(self.cast['nick'])} set the channel topic: {topic}",
            INTEGRATIONS,
            "topic",
            subtype="channel_topic",
            extra=extra,
        )
        feed = self._ask(
            day,
            "08:10:00",
            "ghfeed",
            "[tilter-example/millwright] Build failed. How to fix: read the log?",
            INTEGRATIONS,
            "feed",
            subtype="bot_message",
        )
        nobody = self.talk.post(
            HELP,
            self._at(day, "08:15:00") + 100 * MICROSECOND,
            None,
            "commented on a file: is this the right diagram?",
            "system",
            subtype="file_comment",
        )
        self.plant(
            "system_messages",
            "A join, a topic, a feed and a message without a user: no requests.",
            messages=[joined, changed, feed, nobody],
        )

    def same_instant_in_two_channels(self) -> None:
        one = self._ask("2025-09-15", "10:00:00", "quotes", "How do I list the gears of another namespace?")
        two = self._ask("2025-09-15", "10:00:00", "rtl", "How do I update the registry plug-in?", INTEGRATIONS)
        self._reply(one, "10:30:00", "ines", "`mill args -n other`.")
        self._reply(two, "10:35:00", "ines", "`mill plugin update registry`.")
        self.plant("same_instant_in_two_channels", "Two messages with equal ts in two channels.", messages=[one, two])

    def team_member_asks(self) -> None:
        message = self._ask(
            "2025-10-30",
            "10:00:00",
            "jun",
            "Which version are you all on? Trying to find out whom a change would hurt",
            kind="staff_question",
        )
        self.plant("team_member_asks", "A question by the team: no request.", message=message)

    def channel_not_configured(self) -> None:
        message = self._ask("2025-10-31", "10:00:00", "mara", "How does everybody like the new coffee machine?", GENERAL, "staff")
        self.plant("channel_not_configured", "In #general, which the settings do not name: never landed.", message=message)
