"""The delivered report sent to people: its words, and a picture of the headline, once per place and week."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from support_metrics.errors import AnswerLost, PostingError
from support_metrics.landing import Landing
from support_metrics.posting import mail, slack
from support_metrics.posting.once import LOOK, Outcome, send_once, send_to_each, times_sent
from support_metrics.report.attention import notices
from support_metrics.report.page import environment
from support_metrics.report.picture import NoPicture, describe, picture
from support_metrics.report.story import story
from support_metrics.report.week import Week
from support_metrics.report.wording import week_name

if TYPE_CHECKING:
    from support_metrics.settings import Settings


_BY_MAIL = "report:email:"
_OF_SLACK = {
    Outcome.SENT: "Posted to Slack.",
    Outcome.ALREADY: "Slack has it already; nothing was posted.",
    Outcome.LEFT: "Slack may have it already; nothing was posted.",
}
_OF_MAIL = {
    Outcome.SENT: "Sent by e-mail.",
    Outcome.ALREADY: "It has been sent by e-mail already; nothing was sent.",
    Outcome.LEFT: "It may have been sent by e-mail already; nothing was sent.",
}
# Where it is not the same for all.
_OF_SOME = {
    Outcome.SENT: "Sent by e-mail to {}.",
    Outcome.ALREADY: "It has been sent by e-mail to {} already.",
    Outcome.LEFT: "It may have been sent by e-mail to {} already; it was not sent to them.",
}


@dataclass(frozen=True)
class Words:
    """What is sent: a title, what happened, what deserves attention, each with the address that shows it or none."""

    title: str
    happened: Sequence[tuple[str, str]]
    attention: Sequence[tuple[str, str]]
    url: str


def words(week: Week, report_url: str) -> Words:
    """The words at the top of the page, with links into it where it can be opened by an address."""
    url = f"{report_url.rstrip('/')}/{week.monday}.html" if report_url else ""

    def to(anchor: str) -> str:
        return f"{url}#{anchor}" if url else ""

    return Words(
        f"{week.build['team']}: support in the week of {week_name(week.monday)}",
        [(each.text, to(each.anchor)) for each in story(week)],
        [(each.text, to(each.anchor)) for each in notices(week) if each.tone != "calm"],
        url,
    )


def post_report(settings: Settings, week: Week, tell: Callable[[str], None], again: bool = False) -> None:
    """Send the week's report wherever [posting] says, and tell what was done. One place's refusal does not keep it from the other.

    Raises PostingError when no place is set, or, after all have been tried, when one refused.
    """
    said = words(week, settings.posting.report_url)
    places = list(_places(settings))
    if not places:
        raise PostingError(
            "no place to post to is set",
            "set posting.slack_channel, or posting.smtp_host with email_from and email_to; see docs/posting.md",
        )
    drawn = _picture(week, tell)
    refused = []
    for send in places:
        try:
            send(said, drawn, describe(week), week, tell, again)
        except PostingError as error:
            refused.append(error)
    if refused:
        raise PostingError.together(refused)


Send = Callable[[Words, "bytes | None", str, Week, Callable[[str], None], bool], None]


def _places(settings: Settings) -> Iterator[Send]:
    if settings.posting.slack_channel:
        yield lambda *given: _to_slack(settings, *given)
    if mail.recipients(settings):
        yield lambda *given: _by_mail(settings, *given)


def _picture(week: Week, tell: Callable[[str], None]) -> bytes | None:
    try:
        return picture(week)
    except NoPicture as error:
        tell(f"No picture: {error}. The words are sent without it.")
        return None


def _to_slack(
    settings: Settings, said: Words, drawn: bytes | None, says: str, week: Week, tell: Callable[[str], None], again: bool
) -> None:
    poster, channel = slack.SlackPoster(settings), settings.posting.slack_channel
    key = f"report:slack:{channel}:{week.monday}"

    def send() -> None:
        lines = [f"*{slack.linked(said.title, said.url)}*"]
        lines += [f"• {slack.linked(text, url)}" for text, url in said.happened]
        if said.attention:
            lines += ["*Deserves attention*", *(f"• {slack.linked(text, url)}" for text, url in said.attention)]
        poster.post(channel, f"{said.title}. {said.happened[0][0] if said.happened else ''}".strip(), lines, key)
        if drawn is not None:
            try:
                poster.picture(channel, drawn, f"support-{week.monday}.png", says)
            except AnswerLost as error:
                tell(f"Slack: the words were posted, the picture perhaps not: {error.problem}.")
            except PostingError as error:
                tell(f"Slack: the words were posted, the picture was not: {error.problem}. {error.mend}.")

    def was_sent(at: datetime) -> bool | None:
        return poster.has(channel, key, at)

    outcome = send_once(Landing(settings.landing_path), key, send, was_sent=was_sent, again=again)
    tell(_OF_SLACK[outcome])


def _by_mail(settings: Settings, said: Words, drawn: bytes | None, says: str, week: Week, tell: Callable[[str], None], again: bool) -> None:
    text = "\n".join(
        [
            said.title,
            "",
            *(f"- {text}" for text, _ in said.happened),
            *(["", "Deserves attention:", *(f"- {text}" for text, _ in said.attention)] if said.attention else []),
            *(["", said.url] if said.url else []),
        ]
    )
    html = environment().get_template("mail.html.j2").render({"said": said, "has_picture": drawn is not None, "says": says})
    people = {_mail_key(address, week.monday): to for address, to in mail.by_address(settings.posting.email_to).items()}
    landing = Landing(settings.landing_path)

    def send(keys: Sequence[str]) -> Collection[str]:
        # Sent again it is a mail of its own, unless nobody knows whether it has been sent.
        number = max(times_sent(landing, key, _mail_keys) for key in keys)
        name = f"{_mail_key(','.join(sorted(settings.posting.email_to)), week.monday)}:{number}"
        letter = mail.message(settings, said.title, text, html, drawn, says, name, [people[key] for key in keys])
        return {_mail_key(address.lower(), week.monday) for address in mail.send(settings, letter)}

    _tell_of_mail(
        {people[key]: outcome for key, outcome in send_to_each(landing, list(people), send, stands_for=_mail_keys, again=again).items()},
        tell,
    )


def _mail_key(address: str, monday: date) -> str:
    return f"{_BY_MAIL}{address}:{monday}"


def _mail_keys(noted: str) -> Collection[str]:
    """The key, and those of each address in it: one noted by an earlier version is that of all whom a mail went to."""
    if not noted.startswith(_BY_MAIL):
        return (noted,)
    addresses, _, monday = noted.removeprefix(_BY_MAIL).rpartition(":")
    return {noted, *(f"{_BY_MAIL}{address}:{monday}" for address in mail.by_address([addresses]))}


def _tell_of_mail(outcomes: Mapping[str, Outcome], tell: Callable[[str], None]) -> None:
    """Say what became of it for whom. Raises PostingError for those who were refused, and for those of whom that cannot be told."""
    whom = {outcome: ", ".join(to for to, each in outcomes.items() if each is outcome) for outcome in dict.fromkeys(outcomes.values())}
    for outcome, those in whom.items():
        if outcome in _OF_SOME:
            tell(_OF_MAIL[outcome] if len(whom) == 1 else _OF_SOME[outcome].format(those))
    errors = []
    if Outcome.REFUSED in whom:
        mend = "correct posting.email_to, or try later; the next run sends it to them alone"
        errors.append(PostingError(f"smtp: the mail was sent, but not to {whom[Outcome.REFUSED]}: the server refuses them", mend))
    if Outcome.UNKNOWN in whom:
        problem = f"an earlier run ended while sending the mail to {whom[Outcome.UNKNOWN]}, and nobody can tell whether it arrived"
        errors.append(PostingError(problem, LOOK))
    if errors:
        raise PostingError.together(errors)
