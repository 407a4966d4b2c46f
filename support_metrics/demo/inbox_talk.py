"""The slower inboxes: e-mail, X and the comments below the videos."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_metrics.demo import days
from support_metrics.demo.cast import BRAND_X, BRAND_YOUTUBE, SUPPORT_MAILBOX, TEAM_DOMAIN, Cast
from support_metrics.demo.dice import Dice
from support_metrics.demo.github_talk import HOURS, first_name
from support_metrics.demo.history import Email, History, Person, Post, VideoComment
from support_metrics.demo.names import FIRST_NAMES, LAST_NAMES
from support_metrics.demo.phrases import say

# Business seconds to an answer; the promise is one business day, 28,800 s.
WITHIN_A_DAY = ((0.0, 900.0), (0.6, 12_000.0), (0.85, 27_000.0), (1.0, 90_000.0))
VIDEOS = ("m1llWr1ght0", "gr1stCache7", "l1veSyncdm0")
NAMES_THAT_BITE = ('Ro<b>bin</b> "Rob" & Co', "نور الدين", "🦡 Badger", "D'Arcy; O'Neil")


class InboxTalk:
    def __init__(self, seed: int, cast: Cast, history: History) -> None:
        self.dice, self.cast, self.history = Dice(seed, "inboxes"), cast, history
        self.versions = ["0.31.2"]
        self.writers = [person for person in cast.crowd if person.email]
        self.strangers = [self._stranger(number) for number in range(45)]

    def words(self, name: str, /, **given: str) -> str:
        return say(self.dice, name, version=self.dice.pick(self.versions), **given)

    def run(self) -> None:
        for week in days.weeks():
            self.versions = self.history.versions(days.at(week, "00:00"))
            for _ in range(self.dice.between(2, 4)):
                self.mail(self._moment(week))
            if self.dice.chance(0.6):
                self.machine_mail(self._moment(week))
            for _ in range(self.dice.between(2, 5)):
                self.mention(self._moment(week))
            if self.dice.chance(0.45):
                self.direct_message(self._moment(week))
            for _ in range(self.dice.between(1, 2)):
                self.video_comment(self._moment(week))

    def _moment(self, week: date) -> datetime:
        weekday = self.dice.weighted(range(7), (1.2, 1.1, 1, 1, 0.9, 0.4, 0.4))
        return days.at_second(week + timedelta(days=weekday), int(self.dice.along(HOURS)))

    def _stranger(self, number: int) -> tuple[str, str, str]:
        """Somebody known by an account on X or YouTube only: (id, handle, name)."""
        dice = self.dice
        first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
        name = NAMES_THAT_BITE[number] if number < len(NAMES_THAT_BITE) else f"{first} {last}"
        return (
            str(1_200_000_000_000_000_000 + number * 7_919_000_017 + dice.between(1, 9999)),
            f"{first.lower()}_{last.lower()[:6]}{number}",
            name,
        )

    def on_duty(self, moment: datetime) -> Person:
        return self.cast["sol"] if self.dice.chance(0.6) else self.cast.exterminator(days.monday(days.local_day(moment)))

    # E-mail

    def write(
        self, moment: datetime, sender: tuple[str, str], to: tuple[str, str], subject: str, text: str, reply_to: Email | None = None
    ) -> Email:
        host = sender[1].split("@")[1]
        message_id = f"{moment:%Y%m%d%H%M%S}.{self.dice.between(10_000, 99_999)}@{host}"
        email = Email(moment, sender, to, subject, text, message_id, reply_to)
        self.history.emails.append(email)
        return email

    def mail(self, moment: datetime, person: Person | None = None) -> Email:
        person = person or self.dice.pick(self.writers)
        assert person.email
        sender = (person.name, person.email)
        given = {"name": person.name, "company": person.company or "", "first": first_name(person)}
        asked = self.write(moment, sender, SUPPORT_MAILBOX, self.words("mail_subject").replace("`", ""), self.words("mail_body", **given))
        if self.dice.chance(0.97):
            moment = days.after_business(moment, self.dice.along(WITHIN_A_DAY))
            staff = self.on_duty(moment)
            given["staff"] = first_name(staff)
            box = SUPPORT_MAILBOX if self.dice.chance(0.8) else (staff.name, f"{staff.key}@{TEAM_DOMAIN}")
            answer = self.write(moment, box, sender, f"Re: {asked.subject}", self.words("mail_answer", **given), asked)
            if self.dice.chance(0.4):
                moment += timedelta(seconds=self.dice.between(600, 90_000))
                self.write(moment, sender, SUPPORT_MAILBOX, f"Re: {asked.subject}", self.words("mail_again", **given), answer)
        return asked

    def machine_mail(self, moment: datetime) -> None:
        """Sent by machines: out of office, newsletters, bounces."""
        kind = self.dice.pick(("away", "newsletter", "bounce"))
        if kind == "away":
            person = self.dice.pick(self.writers)
            email = self.write(
                moment,
                (person.name, str(person.email)),
                SUPPORT_MAILBOX,
                "Automatic reply: Millwright",
                "I am out of the office until Monday.",
            )
            email.headers.append(("Auto-Submitted", "auto-replied"))
        elif kind == "newsletter":
            sender = ("Tooling Weekly", "news@tooling-weekly.example.org")
            email = self.write(
                moment, sender, SUPPORT_MAILBOX, "Issue 118: how fast is your build?", "How fast is your build? Read more inside."
            )
            email.headers += [("Precedence", "bulk"), ("List-Id", "<news.tooling-weekly.example.org>")]
        else:
            sender = ("Mail Delivery System", f"mailer-daemon@{TEAM_DOMAIN}")
            self.write(
                moment,
                sender,
                SUPPORT_MAILBOX,
                "Undelivered Mail Returned to Sender",
                "This message could not be delivered. Is the address right?",
            )

    # X

    def mention(self, moment: datetime) -> None:
        author, praise = self.dice.pick(self.strangers[:30]), self.dice.chance(0.3)
        post = Post(moment, author, self.words("praise_post" if praise else "post").replace("`", ""))
        self.history.posts.append(post)
        if self.dice.chance(0.85 if praise else 0.92):
            moment = days.after_business(moment, self.dice.along(WITHIN_A_DAY))
            self.history.posts.append(Post(moment, BRAND_X, self.words("post_answer", handle=author[1]), post))

    def direct_message(self, moment: datetime) -> None:
        author = self.dice.pick(self.strangers[:30])
        self.history.posts.append(Post(moment, author, self.words("direct").replace("`", ""), direct_with=author))
        if self.dice.chance(0.85):
            moment = days.after_business(moment, self.dice.along(WITHIN_A_DAY))
            self.history.posts.append(Post(moment, BRAND_X, self.words("direct_answer"), direct_with=author))

    # YouTube

    def video_comment(self, moment: datetime) -> None:
        stranger, praise = self.dice.pick(self.strangers[28:]), self.dice.chance(0.35)
        author = (f"UC{stranger[0][-10:]}{stranger[1][:10]:x<12}", stranger[2])
        text = self.words("video_praise" if praise else "video_comment").replace("`", "")
        comment = VideoComment(moment, author, text, self.dice.pick(VIDEOS))
        self.history.videos.append(comment)
        if self.dice.chance(0.8 if praise else 0.9):
            moment = days.after_business(moment, self.dice.along(WITHIN_A_DAY))
            comment.replies.append(VideoComment(moment, BRAND_YOUTUBE, self.words("video_answer"), comment.video))

    def number(self) -> None:
        """X ids are snowflakes, made of the time; YouTube's are opaque."""
        self.history.emails.sort(key=lambda email: (email.sent_at, email.message_id))
        self.history.posts.sort(key=lambda post: (post.created_at, post.text))
        self.history.videos.sort(key=lambda comment: (comment.published_at, comment.text))
        for number, post in enumerate(self.history.posts):
            post.id = str(((int(post.created_at.timestamp()) * 1000 - 1_288_834_974_657) << 22) + number)
        for number, comment in enumerate(self.history.videos):
            comment.id = f"Ugz{number:04}" + "".join(self.dice.pick("abcdefghijkmnpqrstuvwxyzABCDEFGH") for _ in range(15)) + "4AaABAg"
            for part, reply in enumerate(comment.replies):
                reply.id = f"{comment.id}.9reply{part}"
