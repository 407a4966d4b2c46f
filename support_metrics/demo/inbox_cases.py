"""Messages put in on purpose into e-mail, X and the comments below videos."""

from __future__ import annotations

from datetime import date

from support_metrics.demo.cast import BRAND_X, BRAND_YOUTUBE, SUPPORT_MAILBOX
from support_metrics.demo.days import at
from support_metrics.demo.history import Post, VideoComment
from support_metrics.demo.inbox_talk import VIDEOS, InboxTalk


def plant_inbox_cases(talk: InboxTalk) -> None:
    """Every case of the slower inboxes."""
    equal_addresses_and_names(talk)
    deadlines(talk)
    names_and_texts_that_bite(talk)
    fellow_viewer_answers_first(talk)


def equal_addresses_and_names(talk: InboxTalk) -> None:
    plant, person = talk.history.plant, talk.cast["odalys"]
    sender, day = (person.name, str(person.email)), date(2025, 11, 20)
    mail = talk.write(at(day, "15:00"), sender, SUPPORT_MAILBOX, "Spending limits", "Hello,\n\ncan we get a quote?\n\nOdalys")
    talk.write(at(day, "16:00"), SUPPORT_MAILBOX, sender, "Re: Spending limits", "Sure, on its way.", mail)
    plant("equal_address_in_slack_and_mail.email", "Odalys writes from the address in her Slack profile: one user that day.", email=mail)
    person = talk.cast["alex_mail"]
    sender = (person.name, str(person.email))
    mail = talk.write(at(date(2026, 2, 12), "15:00"), sender, SUPPORT_MAILBOX, "Student licence", "Is there one?\n\nAlex")
    plant("equal_names.email", "The other Alex Moreau-Finch; an override says not the same.", email=mail, person=person)


def deadlines(talk: InboxTalk) -> None:
    plant, person = talk.history.plant, talk.cast["odalys"]
    sender = (person.name, str(person.email))
    mail = talk.write(at(date(2025, 11, 26), "16:00"), sender, SUPPORT_MAILBOX, "Seats", "How do I add two seats?\n\nOdalys")
    talk.write(at(date(2025, 12, 1), "15:30"), SUPPORT_MAILBOX, sender, "Re: Seats", "Done for you.", mail)
    plant("mail_across_thanksgiving", "7 h 30 of business time: met within a day.", email=mail)
    mail = talk.write(at(date(2026, 3, 13), "16:00"), sender, SUPPORT_MAILBOX, "Invoice of February", "Could you resend it?\n\nOdalys")
    plant("mail_on_the_last_friday", "Friday 16:00, due Monday 16:00: pending.", email=mail)


def names_and_texts_that_bite(talk: InboxTalk) -> None:
    day = date(2025, 12, 15)
    sender = ('Zoë "<script>alert(1)</script>" Ångström-Пример', "zoe@paper-lantern-robotics.example.org")
    text = "שלום,\n\nFrom here on it fails: <script>alert(1)</script>\nFrom the log: 100 % CPU 🔥\n\nZoë"
    mail = talk.write(at(day, "10:00"), sender, SUPPORT_MAILBOX, 'Prüfung 🔥 בעיה with "quotes"', text)
    mail.html = "<p>שלום</p><script>alert(1)</script><p>100&nbsp;% CPU</p>"
    talk.write(at(day, "11:00"), SUPPORT_MAILBOX, sender, f"Re: {mail.subject}", "Hi Zoë, please send us the log.", mail)
    talk.history.plant("names_and_texts_that_bite.email", "Encoded headers, two parts, lines that begin with From.", email=mail)
    author = ("1200000000000000042", "rtl_reader", "قارئة 📚 <script>alert(1)</script>")
    text = "@tilter_example هل يعمل mill على لينكس؟ <script>alert(1)</script> & more 🧡"
    post = Post(at(date(2026, 1, 6), "10:00"), author, text)
    talk.history.posts += [post, Post(at(date(2026, 1, 6), "11:00"), BRAND_X, "@rtl_reader Yes, it does.", post)]
    talk.history.plant("names_and_texts_that_bite.x", "Right-to-left text, markup and emoji in a post and its author's name.", post=post)


def fellow_viewer_answers_first(talk: InboxTalk) -> None:
    day, video = date(2026, 1, 8), VIDEOS[0]
    author, fellow = ("UCoutofthebox00000000001", 'Fenna\'s "box"'), ("UCfellow0000000000000002", "Fellow Viewer")
    comment = VideoComment(at(day, "10:00"), author, "Where do I find the <b>link</b>?", video)
    comment.replies.append(VideoComment(at(day, "10:30"), fellow, "In the description", video))
    comment.replies.append(VideoComment(at(day, "14:00"), BRAND_YOUTUBE, "In the description, yes.", video))
    comment.edits.append((at(date(2026, 2, 2), "10:00"), "Where do I find the <b>link</b>? (found it)"))
    talk.history.videos.append(comment)
    talk.history.plant(
        "fellow_viewer_answers_first",
        "first_human_at 10:30 by a fellow viewer, first response 14:00; edited later.",
        video=comment,
    )
