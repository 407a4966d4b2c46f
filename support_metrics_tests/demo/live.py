"""The demo read live: servers on loopback hold what the demo's files tell, snapshot after snapshot, and are synced over HTTP and IMAP.

`make run LIVE=1` runs `python -m support_metrics_tests.demo.live FOLDER`: it does what `make run` does, as of the same moments, then compares
every mart with what the files give.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import click

from support_metrics import pipeline
from support_metrics.cli import main as support_metrics
from support_metrics.cli.progress import Progress
from support_metrics.settings import Settings, load_settings
from support_metrics.warehouse import open_published
from support_metrics_tests.exporting import NOT_THE_INPUTS
from support_metrics_tests.servers import github, handoff, imap, shortcut, slack, x, youtube
from support_metrics_tests.servers.base import serving

DEMO = Path(__file__).parents[2] / "data" / "demo"
SETTINGS = DEMO / "support_metrics.toml"
# As `make run` has it: what was known on this Monday first, with its report, then everything.
FIRST_UNTIL, FIRST_AS_OF = "2026-03-09T13:00:00Z", "2026-03-09T12:00:00Z"
GITHUB_TOKEN = "marked-github-token"
TOKENS = {
    "SLACK_BOT_TOKEN": slack.TOKEN,
    "GITHUB_TOKEN": GITHUB_TOKEN,
    "SHORTCUT_API_TOKEN": shortcut.TOKEN,
    "IMAP_PASSWORD": imap.PASSWORD,
    "X_BEARER_TOKEN": x.TOKEN,
    "X_USER_TOKEN": x.USER_TOKEN,
    "YOUTUBE_API_KEY": youtube.KEY,
}
# Whatever stands between us and the world does not stand between us and ourselves.
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
# When a report was delivered is a moment of the run and not of its inputs.
OF_THE_RUN = {("restatements", "first_published_at")}


class Servers:
    """What each API would have answered when a snapshot was taken.

    An object that a later snapshot lacks stays: files do not tell what was deleted, so the servers do not know it either.
    """

    def __init__(self, settings: Settings) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)
        self.folders: list[Path] = []
        self.account, self.channel = settings.x.account_id, settings.youtube.channel_id
        self.slack = slack.SlackApi(slack.Workspace(settings.slack.team_id, settings.slack.domain), self.date)
        self.github = github.GitHubApi(self.date, GITHUB_TOKEN)
        self.shortcut = shortcut.ShortcutApi(date=self.date)
        self.handoff = handoff.HandoffApi({}, self.date)
        self.mail = imap.Imap({"INBOX": imap.Folder()})
        self.x = x.XApi(date=self.date, account=self.account)
        self.youtube = youtube.YouTubeApi(date=self.date, channel=self.channel)

    def date(self) -> datetime:
        return self.now

    def show(self, folder: Path) -> None:
        """Move on to a snapshot: its moment, and what it holds beside all before it."""
        self.now = observed_at(folder)
        self.folders.append(folder)
        self.slack.workspace.load(next(folder.glob("slack*")))
        self.github.load(folder / "github")
        self.shortcut.show(shortcut.demo(self.folders, self.date))
        self.handoff.sheets = handoff.demo(self.folders, self.date).sheets
        inbox = self.mail.folders["INBOX"]
        held = set(inbox.messages.values())
        for message in imap.demo(self.folders).folders["INBOX"].messages.values():
            if message not in held:
                inbox.add(message)
        brand = x.demo(self.folders, self.account, self.date)
        self.x.posts, self.x.messages, self.x.users = brand.posts, brand.messages, brand.users
        self.youtube.threads = youtube.demo(self.folders, self.channel, self.date).threads

    @contextmanager
    def running(self) -> Iterator[dict[str, dict[str, str]]]:
        """Serve them all; yields by section the settings, as TOML has them, that take the place of `files`."""
        with ExitStack() as stack:
            slack_at, github_at, shortcut_at, _, x_at, youtube_at = (
                stack.enter_context(serving(each)) for each in (self.slack, self.github, self.shortcut, self.handoff, self.x, self.youtube)
            )
            port = stack.enter_context(imap.serving_imap(self.mail))
            # The manifests say since when the files are complete; of an API only whoever knows its past can say so.
            complete = {"covered_from": "2025-09-01"}
            yield {
                # Our own server asks for no patience.
                "slack": {"live": "true", "api_url": f'"{slack_at}/api/"', "since": "2025-09-01", "requests_per_minute": "100000"},
                # A vote does not move the clock of its issue: only when everything is listed again is it sure to be seen.
                # The files have the profiles of all who are new, so as many are read.
                "github": {"live": "true", "api_url": f'"{github_at}"', "sweep_days": "1", "profiles_per_sync": "100", **complete},
                "shortcut": {"live": "true", "api_url": f'"{shortcut_at}/api/v3"', **complete},
                "handoff": {"urls": f'["{self.handoff.url()}"]', **complete},
                "email": {
                    "imap_host": '"127.0.0.1"', "imap_port": str(port), "imap_user": f'"{imap.USER}"', "imap_tls": "false", **complete
                },
                "x": {"live": "true", "direct_messages": "true", "api_url": f'"{x_at}/2"', **complete},
                "youtube": {"live": "true", "api_url": f'"{youtube_at}/youtube/v3"', **complete},
            }  # fmt: skip


def snapshots() -> list[Path]:
    """The demo's dated folders, oldest first."""
    return sorted((path.parent for path in DEMO.glob("*/manifest.json")), key=observed_at)


def observed_at(folder: Path) -> datetime:
    return datetime.fromisoformat(json.loads((folder / "manifest.json").read_text("utf-8"))["observed_at"])


def write_settings(folder: Path, live: Mapping[str, Mapping[str, str]]) -> Path:
    """The demo's settings with all that is produced in `folder`; where `live` names a section, its settings take the place of `files`."""
    folder.mkdir(parents=True)
    section, lines = "", list[str]()
    for line in SETTINGS.read_text("utf-8").splitlines():
        section = line.strip("[]") if line.startswith("[") else section
        if line.startswith("files = "):
            files = [re.sub('"([^"]+)"', rf'"{os.path.relpath(DEMO, folder)}/\1"', line)]
            lines += [f"{name} = {value}" for name, value in live[section].items()] if section in live else files
        else:
            line = re.sub('"((?:roster|overrides|rotation|leads).toml)"', rf'"{os.path.relpath(DEMO, folder)}/\1"', line)
            lines.append(line.replace("../demo_output/", ""))
    path = folder / "support_metrics.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def run_live(folder: Path) -> Path:
    """Sync snapshot after snapshot into `folder`, made anew, and build and report as `make run` does; returns the settings' file.

    Raises SystemExit where a source fails.
    """
    shutil.rmtree(folder, ignore_errors=True)
    servers = Servers(load_settings(SETTINGS))
    with servers.running() as live, _environment():
        file = write_settings(folder, live)
        first = [each for each in snapshots() if observed_at(each) <= datetime.fromisoformat(FIRST_UNTIL)][-1]
        for snapshot in snapshots():
            servers.show(snapshot)
            click.echo(f"\nThe servers' clocks say {servers.now:%A, %-d %B %Y}:")
            # Only what was published says who is new, and whose profile to ask for.
            _sync(load_settings(file), servers.now)
            if snapshot == first:
                _refresh(file, "--as-of", FIRST_AS_OF)
            elif snapshot == snapshots()[-1]:
                _refresh(file)
            else:
                _sync(load_settings(file), servers.now)
    return file


def run_files(folder: Path) -> Path:
    """The same from the files, and without a word."""
    file = write_settings(folder, {})
    with redirect_stdout(StringIO()):
        _refresh(file, "--observed-until", FIRST_UNTIL, "--as-of", FIRST_AS_OF)
        _refresh(file)
    return file


@cache
def _published() -> Path:
    """A folder with the warehouse that the demo's files give, made once in a process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = load_settings(write_settings(folder / "team", {}))
    pipeline.land(settings)
    pipeline.build_and_publish(settings)
    return settings.warehouse_path


def publish_beforehand(settings: Settings) -> None:
    """Show a warehouse that was made of the files: sources that go by it have something to go by in their first sync."""
    shutil.copytree(_published(), settings.warehouse_path, symlinks=True)


def _sync(settings: Settings, moment: datetime) -> None:
    """Land and publish; no report is due."""
    with Progress() as progress:
        outcome = pipeline.land(
            settings, on_begin=progress.source_begins, on_unit=progress.unit_landed, tell=progress.told, on_end=progress.source_ends
        )
    if any(isinstance(each, Exception) for each in outcome.values()):
        raise SystemExit(1)
    pipeline.build_and_publish(settings, moment)


def _refresh(settings_file: Path, *arguments: str) -> None:
    code = support_metrics(["--settings", str(settings_file), "refresh", *arguments], standalone_mode=False)
    if code:
        raise SystemExit(code)


@contextmanager
def _environment() -> Iterator[None]:
    """The tokens that the servers accept, and no proxy."""
    before = {name: os.environ.get(name) for name in (*TOKENS, *PROXIES)}
    os.environ.update(TOKENS)
    for name in PROXIES:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


class Comparison(NamedTuple):
    """How many rows of how many marts were compared, and each row that only one of the two has."""

    marts: int
    rows: int
    differences: list[str]


def compare(live: Path, files: Path) -> Comparison:
    """Every mart but `sources`, which speaks of syncing; of every row all columns but those that tell when the run was."""
    ours, theirs = _marts(live), _marts(files)
    differences = []
    for name in sorted(ours.keys() | theirs.keys()):
        for whose, some, others in (("live", ours, theirs), ("the files", theirs, ours)):
            lacking = set(others.get(name, ()))
            differences += [f"{name}: only {whose}: {row}" for row in some.get(name, ()) if row not in lacking]
        if len(ours.get(name, ())) != len(theirs.get(name, ())):
            differences.append(f"{name}: {len(ours.get(name, ())):,} rows live, {len(theirs.get(name, ())):,} from the files")
    return Comparison(len(ours), sum(map(len, ours.values())), differences)


def _marts(settings_file: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with closing(open_published(load_settings(settings_file))) as connection:
        names = connection.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
        for (name,) in names:
            if name not in NOT_THE_INPUTS:
                cursor = connection.execute(f"from marts.{name}")
                columns = [column for column, *_ in cursor.description or ()]
                kept = [number for number, column in enumerate(columns) if (name, column) not in OF_THE_RUN]
                found[name] = [", ".join(f"{columns[each]}={row[each]}" for each in kept) for row in cursor.fetchall()]
    return found


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0])
    live = run_live(folder)
    click.echo("\nComparing every mart with what the files give …")
    with tempfile.TemporaryDirectory() as apart:
        compared = compare(live, run_files(Path(apart) / "files"))
    if compared.differences:
        click.echo("\n".join(["", *compared.differences[:40]]), err=True)
        raise SystemExit(f"error: {len(compared.differences):,} differences between what was synced and what the files give")
    click.echo(f"Read live and from files, the same: {compared.rows:,} rows of {compared.marts} marts, all but `sources`.")


if __name__ == "__main__":
    main(sys.argv[1:])
