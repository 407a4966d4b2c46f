"""Each source's page in docs/, followed as a new user would: `init`, the page's own settings, `doctor`, `refresh`; over loopback servers.

Only what a new user has to fill in is filled in: addresses, ids, names of channels and headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from support_metrics.cli import main
from support_metrics.settings import load_settings
from support_metrics_tests.demo.live import SETTINGS, TOKENS, Servers, snapshots
from support_metrics_tests.servers import imap
from support_metrics_tests.servers.slack import SCOPES
from support_metrics_tests.servers.x import TOKEN as APP_TOKEN

DOCS = Path(__file__).parents[1] / "docs"
OURS = {
    "slack": 'channels = ["help"]\ndomain = "tilter-example"',
    "github": 'repositories = ["tilter-example/millwright", "tilter-example/millwright-integrations"]',
    "youtube": 'channel_id = "UCtilterexample000000000"',
}
ADDRESSES = ("api_url", "urls", "imap_host", "imap_port", "imap_user", "imap_tls", "requests_per_minute")
# The variable that a page has one set, and what is refused where it is wrong.
SECRETS = {
    "slack": ("SLACK_BOT_TOKEN", "the token is refused"),
    "github": ("GITHUB_TOKEN", "GitHub refuses the token"),
    "shortcut": ("SHORTCUT_API_TOKEN", "refused with 401"),
    "email": ("IMAP_PASSWORD", "refuses to let"),
    "x": ("X_BEARER_TOKEN", "refused with 401"),
    "youtube": ("YOUTUBE_API_KEY", "the API key is not valid"),
}


class Newcomer:
    """Somebody in an empty folder, with a page open."""

    def __init__(self, source: str, folder: Path, servers: Servers, live: Mapping[str, Mapping[str, str]]) -> None:
        self.source, self.folder, self.servers = source, folder, servers
        self.addresses = "\n".join(f"{name} = {value}" for name, value in live[source].items() if name in ADDRESSES)
        assert self.run("init", str(folder)).exit_code == 0
        self.set("team", 'as_of = 2025-11-17T12:30:00Z\ntime_zone = "America/New_York"')
        (folder / "roster.toml").write_text('[[member]]\nname = "Mara"\nslack = ["U05HZ6GGC33"]\ngithub = ["maraquillon"]\n')

    def follow(self, *blocks: str) -> None:
        """Put the page's lines into the sections that `init` has written, then our own addresses and ids."""
        for block in blocks:
            section, _, lines = block.partition("]\n")
            self.set(section.strip("[ \n"), lines)
        self.set(self.source, f"{self.addresses}\n{OURS.get(self.source, '')}")
        if self.source == "handoff":
            self.set(
                "handoff.columns", "\n".join(f'{field} = "{heading}"' for field, heading in load_settings(SETTINGS).handoff.columns.items())
            )

    def set(self, section: str, lines: str) -> None:
        """Write lines where the section has such a setting, as a comment or not; else below its heading."""
        path = self.folder / "support_metrics.toml"
        before, heading, after = path.read_text("utf-8").partition(f"\n[{section}]")
        assert heading, f"init writes no section [{section}]"
        rest, end, others = after.partition("\n[")
        for line in re.findall(r"(?m)^ *(\w+ = .*)$", lines):
            name = line.partition(" ")[0]
            rest, found = re.subn(rf"(?m)^(?:# )?{name} = .*$", lambda _, line=line: line, rest, count=1)  # type: ignore[misc]
            rest = rest if found else f"\n{line}{rest}"
        if not rest.startswith("\n"):
            rest = "\n" + rest.partition("\n")[2]
        path.write_text(f"{before}{heading}{rest}{end}{others}", "utf-8")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    def doctor(self) -> str:
        result = self.run("doctor", "--settings", str(self.folder / "support_metrics.toml"))
        assert (result.exit_code == 0) == result.output.endswith("\nNothing is wrong.\n"), result.output
        return result.output

    def refresh(self) -> Result:
        return self.run("refresh", "--settings", str(self.folder / "support_metrics.toml"), "--only", self.source)

    def is_through(self) -> None:
        """Nothing is wrong, and a first sync gives a report."""
        assert "Nothing is wrong." in (said := self.doctor()), said
        result = self.refresh()
        assert result.exit_code == 0 and "Report: " in result.output and "0 set aside" in result.output, result.output


def blocks(source: str) -> list[str]:
    """The settings of a page, in their order, that go into the source's own sections."""
    text = (DOCS / f"{source}.md").read_text("utf-8")
    found = (re.sub(r"(?m)^ {3}", "", block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    return [block for block in found if re.match(rf"\s*\[{source}\b", block)]


@pytest.fixture
def newcomer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newcomer]:
    for variable in TOKENS:
        monkeypatch.delenv(variable, raising=False)
    servers = Servers(load_settings(SETTINGS))
    servers.show(snapshots()[0])
    servers.mail.folders["[Gmail]/Sent Mail"] = imap.Folder()
    with servers.running() as live:
        yield Newcomer(request.param, tmp_path, servers, live)


@pytest.mark.long
@pytest.mark.parametrize("newcomer", ["slack", "github", "shortcut", "handoff", "email", "x", "youtube"], indirect=True)
def test_the_page_leads_to_a_first_sync(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    page = blocks(newcomer.source)
    newcomer.follow(*([page[0]] if newcomer.source == "x" else page))
    if newcomer.source in SECRETS:
        variable, refusal = SECRETS[newcomer.source]
        text = (DOCS / f"{newcomer.source}.md").read_text("utf-8")
        assert f"export {variable}=" in text and f"the environment holds no {variable}" in text
        said, failed = newcomer.doctor(), newcomer.refresh()
        assert f"the environment holds no {variable}" in said and f"set {variable}" in said and failed.exit_code == 1
        monkeypatch.setenv(variable, "a-mistyped-token")
        said, failed = newcomer.doctor(), newcomer.refresh()
        assert refusal in said and refusal in failed.output and failed.exit_code == 1
        assert "a-mistyped-token" not in said + failed.output
        monkeypatch.setenv(variable, TOKENS[variable])
    newcomer.is_through()


@pytest.mark.long
@pytest.mark.parametrize("newcomer", ["slack"], indirect=True)
def test_a_scope_that_slack_was_not_given_is_named(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer.follow(*blocks("slack"))
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKENS["SLACK_BOT_TOKEN"])
    for scope in ("channels:history", "groups:read", "users:read"):
        newcomer.servers.slack.scopes = ",".join(each for each in SCOPES.split(",") if each != scope)
        assert f"the token lacks the scope {scope}, needed to" in newcomer.doctor()
        result = newcomer.refresh()
        assert result.exit_code == 1 and f"needs the scope {scope}" in result.output
    newcomer.servers.slack.scopes = SCOPES
    newcomer.is_through()


@pytest.mark.long
@pytest.mark.parametrize("newcomer", ["x"], indirect=True)
def test_direct_messages_on_x_take_a_token_of_their_own(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer.follow(*blocks("x"))
    monkeypatch.setenv("X_BEARER_TOKEN", TOKENS["X_BEARER_TOKEN"])
    asked = {"Authorization": f"Bearer {APP_TOKEN}"}  # as the page has it done with curl
    found = requests.get(f"{newcomer.servers.x.address}/2/users/by/username/tilter", headers=asked, timeout=10).json()
    assert f'account_id = "{found["data"]["id"]}"' in "".join(blocks("x"))
    assert "x.direct_messages is on, but the environment holds no X_USER_TOKEN" in newcomer.doctor()
    monkeypatch.setenv("X_USER_TOKEN", APP_TOKEN)
    result = newcomer.refresh()
    assert "direct messages are refused to an app's token" in newcomer.doctor()
    assert result.exit_code == 1 and "Report: " in result.output, "posts are built with all the same"
    monkeypatch.setenv("X_USER_TOKEN", TOKENS["X_USER_TOKEN"])
    newcomer.is_through()
