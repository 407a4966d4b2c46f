"""The commands `exterminator sync` and `exterminator status`: GitHub issues as Shortcut stories."""

from __future__ import annotations

import difflib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from support_metrics.cli.options import example, load, settings_option
from support_metrics.cli.show import printable

if TYPE_CHECKING:
    from support_metrics.errors import IssueRefused
    from support_metrics.exterminator.github import Issue
    from support_metrics.exterminator.issue_urls import IssueUrl
    from support_metrics.exterminator.sync import Importer
    from support_metrics.exterminator.writes import Step, Write
    from support_metrics.settings import Settings

_MOST_LABELS = 20

yes_option = click.option("--yes", is_flag=True, help="Do not ask before writing.")


def _say(text: str) -> None:
    """What is quoted from outside must not steer the terminal."""
    for line in text.split("\n"):
        click.echo(printable(line))


def _tell(text: str) -> None:
    click.echo(printable(text), err=True)


def _wait(seconds: float, why: str) -> None:
    _tell(f"waiting {seconds:.0f} s: {why}")
    time.sleep(seconds)


def _importer(settings: Settings) -> Importer:
    from support_metrics.exterminator.github import Issues
    from support_metrics.exterminator.journal import Journal
    from support_metrics.exterminator.shortcut import Stories
    from support_metrics.exterminator.sync import Importer
    from support_metrics.sources.base import Known

    known = Known(wait=_wait, tell=_tell)
    journal = Journal(settings.resolve(settings.exterminator.log))
    return Importer(settings, Issues(settings, known), Stories(settings, known), journal, _say)


def _not_empty(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """An empty label or question would mean every open issue, which nobody says by a variable that is not set."""
    if value is not None and not value.strip():
        raise click.BadParameter("is empty", context, parameter)
    return value


@click.command(
    short_help="Make Shortcut stories of GitHub issues.",
    epilog=example(
        "support-metrics exterminator sync --issue https://github.com/my-org/my-project/issues/123 --dry-run",
        "support-metrics exterminator sync --label needs-triage",
        'support-metrics exterminator sync --query "crash in:title" --yes',
    ),
)
@click.option("--issue", "urls", multiple=True, metavar="URL", help="The address of an issue; may be repeated.")
@click.option("--label", metavar="NAME", callback=_not_empty, help="All open issues with this label.")
@click.option("--query", metavar="WORDS", callback=_not_empty, help="What GitHub's search finds, open ones unless the words say otherwise.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--text", "with_text", is_flag=True, help="Show the whole text of every new story, too.")
@yes_option
@settings_option
def sync(urls: tuple[str, ...], label: str | None, query: str | None, dry_run: bool, with_text: bool, yes: bool) -> None:
    """Make a Shortcut story of each issue, or add the label to the story it has.

    Every write is shown before it is done and logged in exterminator.log. What --label and --query find is written only after asking. Running
    it again, or two people at once, leaves one story for each issue.
    """
    if not urls and label is None and query is None:
        raise click.UsageError("name an issue by --issue URL, or many by --label NAME or --query WORDS")
    settings = load()
    refused: list[IssueRefused] = []
    addresses = _addresses(settings, urls, refused)
    if not addresses and label is None and query is None:
        _tell_refused(refused)
        raise click.exceptions.Exit(1)
    importer = _importer(settings)
    wanted = list(_given(importer, addresses, refused))
    wanted += _found(importer, label, query, refused)
    steps = importer.plan(wanted)
    for step in steps:
        for line in step.lines():
            _say(line)
        if with_text:
            _show_text(step)
    is_bulk = label is not None or query is not None
    count = sum(len(step.writes) for step in steps)
    _say(_summary(steps, count))
    _tell_refused(refused)
    if dry_run:
        _say("Nothing was written (--dry-run).")
    elif count and (not is_bulk or _agreed(f"Write this to {_targets(steps)}?", yes)):
        importer.do(steps)
        _say(f"Done; logged in {importer.journal.path}.")
    if refused:
        raise click.exceptions.Exit(1)


def _addresses(settings: Settings, urls: Sequence[str], refused: list[IssueRefused]) -> list[IssueUrl]:
    """What can be an issue's address; the others are put aside with the reason, for which no token is needed."""
    from support_metrics.errors import IssueRefused
    from support_metrics.exterminator.issue_urls import parse, site_of

    found = []
    for url in urls:
        try:
            found.append(parse(url, site_of(settings)))
        except IssueRefused as error:
            refused.append(error)
    return found


def _given(importer: Importer, addresses: Sequence[IssueUrl], refused: list[IssueRefused]) -> Iterator[Issue]:
    """The issues at the addresses; those that may not become stories are put aside with the reason."""
    from support_metrics.errors import IssueRefused

    for address in addresses:
        try:
            yield importer.issues.issue(address)
        except IssueRefused as error:
            refused.append(error)


def _tell_refused(refused: Sequence[IssueRefused]) -> None:
    for error in refused:
        _tell(f"refused: {error.problem}\nwhat to do: {error.mend}".replace("\n", "; "))


def _found(importer: Importer, label: str | None, query: str | None, refused: list[IssueRefused]) -> list[Issue]:
    """The issues with the label and those that the words find; a label that no repository has is put aside with the reason."""
    found: list[Issue] = []
    if label is not None:
        found += importer.issues.open_ones(label)
        if not found:
            _tell_no_issue(importer, label, refused)
    if query is not None:
        found += importer.issues.matching(query)
    return found


def _tell_no_issue(importer: Importer, label: str, refused: list[IssueRefused]) -> None:
    from support_metrics.errors import IssueRefused

    names = importer.issues.label_names()
    if label.casefold() in map(str.casefold, names):
        _tell(f"no open issue has the label {label!r}")
        return
    near = difflib.get_close_matches(label.casefold(), names, n=_MOST_LABELS, cutoff=0) if names else []
    more = f", and {len(names) - len(near)} more" if len(names) > len(near) else ""
    mend = f"write one of: {', '.join(near)}{more}" if near else "correct --label"
    refused.append(IssueRefused(f"--label: no open issue has the label {label!r}, and no configured repository has such a label", mend))


def _show_text(step: Step) -> None:
    from support_metrics.exterminator.writes import CreateStory

    for write in step.writes:
        if isinstance(write, CreateStory):
            for line in write.body["description"].splitlines():
                _say(f"    | {line}")


def _summary(steps: Sequence[Step], count: int) -> str:
    new = sum(write.kind == "create story" for step in steps for write in step.writes)
    tracked = sum(step.stands != "not tracked" for step in steps)
    issues = f"{len(steps)} {'issue' if len(steps) == 1 else 'issues'}"
    return f"{issues}: {new} to be created, {tracked} tracked already; {count} {'write' if count == 1 else 'writes'} in all"


def _targets(steps: Sequence[Step]) -> str:
    is_github = any(write.kind in ("comment", "close issue") for step in steps for write in step.writes)
    return "Shortcut and GitHub" if is_github else "Shortcut"


def _agreed(question: str, yes: bool) -> bool:
    """Whether the person wants it. Raises where nobody can be asked."""
    if yes:
        return True
    _ask_a_person()
    if click.confirm(question, default=False):
        return True
    _say("Nothing was written.")
    return False


def _ask_a_person() -> None:
    from support_metrics.errors import PostingError

    if not sys.stdin.isatty():
        raise PostingError(
            "nobody can be asked here whether this may be written: there is no terminal", "look at the lines above, then run it with --yes"
        )


@click.command(
    short_help="Say which issues are tracked in Shortcut and what drifted.",
    epilog=example("support-metrics exterminator status", "support-metrics exterminator status --fix"),
)
@click.option("--fix", is_flag=True, help="Mend what drifted, asking for each.")
@yes_option
@settings_option
def status(fix: bool, yes: bool) -> None:
    """Compare the open issues of all configured repositories with Shortcut's stories, as both are now.

    --fix asks for each write; an issue is closed on GitHub only if a person says so for that very issue, so --yes leaves it out.
    """
    from support_metrics.exterminator.drift import Watch

    settings = load()
    importer = _importer(settings)
    found = Watch(importer).status()
    for line in found.lines():
        _say(line)
    if not fix:
        return
    if not yes and any(step.writes for step in found.drifted):
        _ask_a_person()
    count = _mend(importer, found.drifted, yes)
    _say(f"{count} {'write' if count == 1 else 'writes'} done" + (f"; logged in {importer.journal.path}." if count else "."))


def _mend(importer: Importer, steps: Sequence[Step], all_of_them: bool) -> int:
    """Ask for each write, and do it; `a` agrees to all that follow but to closing issues. Returns how many were done."""
    count, may_ask = 0, not all_of_them
    for step in steps:
        for write in step.writes:
            is_closing = write.kind == "close issue"
            if is_closing and not may_ask:
                continue
            answer = "y" if all_of_them and not is_closing else _answer(step, write)
            if answer == "q":
                return count
            all_of_them = all_of_them or answer == "a"
            if answer in ("y", "a"):
                importer.perform(write)
                count += 1
    return count


def _answer(step: Step, write: Write) -> str:
    _say(f"\n{step.about}  {step.stands}\n  {write.line()}")
    choices = ["y", "n", "q"] if write.kind == "close issue" else ["y", "n", "a", "q"]
    answer: str = click.prompt("Do it? (y)es, (n)o, (a)ll that follow, (q)uit", type=click.Choice(choices), default="n", show_choices=False)
    return answer
