"""Whatever goes wrong at whichever request of a sync, the marts in the end are those of a sync without faults: all live sources together.

The tests of each source hold landing against the sound one, fault by fault and request by request. Here the whole demo is synced, every
request of every server fails once before it is answered, or one after the other is refused, and the marts are compared byte for byte.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from support_metrics import pipeline
from support_metrics.errors import SupportMetricsError
from support_metrics.landing import Landing
from support_metrics.settings import Settings, load_settings
from support_metrics.sources import web
from support_metrics.sources.base import Unit
from support_metrics.sources.email import mailbox
from support_metrics.sources.files import Span
from support_metrics.sources.github import session
from support_metrics.sources.shortcut.files import read
from support_metrics.sources.slack import client
from support_metrics_tests.demo.live import SETTINGS, TOKENS, Servers, publish_beforehand, snapshots, write_settings
from support_metrics_tests.exporting import differing, exported
from support_metrics_tests.servers.base import PERMANENT, TRANSIENT, Api
from support_metrics_tests.servers.imap import FAULTS

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
# A broken connection is opened anew, which takes commands of its own: every fourth one is let pass.
OF_MAIL = {"reset": "reset", "truncated": "truncated", "garbled": "garbled", "500": "NO [UNAVAILABLE] later", "503": "BYE"}
LONGEST = 2_000
REFUSALS = 8


@dataclass
class World:
    servers: Servers
    settings: Settings
    folder: Path

    @property
    def apis(self) -> list[Api]:
        each = self.servers
        return [each.slack, each.github, each.shortcut, each.handoff, each.x, each.youtube]

    def sync(self) -> list[SupportMetricsError]:
        """Land every source; returns what failed."""
        for api in self.apis:
            api.asked.clear()
        self.servers.mail.asked.clear()
        return [each for each in pipeline.land(self.settings).values() if isinstance(each, SupportMetricsError)]

    def marts(self) -> dict[str, bytes]:
        assert self.settings.team.as_of
        with pipeline.built(self.settings, self.settings.team.as_of) as connection:
            return exported(connection, self.folder / "exported")


@contextmanager
def world(folder: Path) -> Iterator[World]:
    servers = Servers(load_settings(SETTINGS))
    servers.show(snapshots()[-1])
    with servers.running() as live:
        settings = load_settings(write_settings(folder / "team", live))
        _land_before_the_label(servers, settings)
        publish_beforehand(settings)
        yield World(servers, settings, folder)


def _land_before_the_label(servers: Servers, settings: Settings) -> None:
    """One story as it was read when it had no label yet, so that its history is asked for, too."""
    story = next(each for each in servers.shortcut.stories.values() if each["label_ids"] and each["updated_at"] > each["created_at"])
    bare = story | {"labels": [], "label_ids": [], "updated_at": story["created_at"]}
    unit = Unit("an earlier reading", [read(bare, "stories", "", Span())], observed_at=datetime.fromisoformat(story["created_at"]))
    assert list(Landing(settings.landing_path).land("shortcut", [unit], ["stories"]))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits, and an answer that does not come is given up soon."""
    monkeypatch.setattr(pipeline, "_waiting", lambda tell: lambda seconds, why: None)
    monkeypatch.setattr(web, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(session, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    monkeypatch.setattr(mailbox, "TIMEOUT", 1.0)
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def asked_at_once(whole: World) -> int:
    """Requests but those for profiles: where an answer to one of these is no JSON, the next sync asks again and not the same."""
    return sum(not each.path.startswith("/user") for api in whole.apis for each in api.asked)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int]:
    """The marts of two syncs without a fault, and how many requests the first of them takes."""
    with pytest.MonkeyPatch.context() as patched, world(tmp_path_factory.mktemp("sound")) as whole:
        for name, value in TOKENS.items():
            patched.setenv(name, value)
        assert whole.sync() == []
        assert any(each.endswith("/history") for each in whole.servers.shortcut.paths())
        assert any(each.endswith("/orgs") for each in whole.servers.github.paths())
        count = asked_at_once(whole)
        assert whole.sync() == []
        return whole.marts(), count


@pytest.mark.parametrize("name", TRANSIENT)
def test_every_request_fails_once(name: str, sound: tuple[dict[str, bytes], int], tmp_path: Path) -> None:
    expected, count = sound
    with world(tmp_path) as faulted:
        for api in faulted.apis:
            # The sheet lies behind a redirect: both requests are made again where the second fails.
            numbers = (0, 2) if api is faulted.servers.handoff else range(0, LONGEST, 2)
            api.faults = dict.fromkeys(numbers, TRANSIENT[name])
        if name == "html":  # the page that a sheet shows to strangers: a refusal, which another test is about
            faulted.servers.handoff.faults = {}
        if name in OF_MAIL:
            assert OF_MAIL[name] in FAULTS
            faulted.servers.mail.faults = dict.fromkeys(range(3, LONGEST, 8), OF_MAIL[name])
        assert faulted.sync() == []
        assert asked_at_once(faulted) >= 2 * count - 2 * len(faulted.apis)
        for api in faulted.apis:
            api.faults = {}
        assert faulted.sync() == []
        assert differing(faulted.marts(), expected) == []


@pytest.mark.parametrize("name", PERMANENT)
def test_requests_are_refused_one_after_the_other(name: str, sound: tuple[dict[str, bytes], int], tmp_path: Path) -> None:
    """Each run ends one source early, with a clear error, and leaves the others going."""
    expected, _ = sound
    dice = random.Random(name)
    with world(tmp_path) as faulted:
        for _ in range(REFUSALS):
            chosen = dice.choice(faulted.apis)
            chosen.faults = {dice.randrange(8): PERMANENT[name]}
            failed = faulted.sync()
            assert len(failed) <= 1
            assert all(api.asked for api in faulted.apis) and faulted.servers.mail.asked, "the others go on"
            for error in failed:
                assert error.mend and not [token for token in TOKENS.values() if token in str(error)]
            chosen.faults = {}
        assert faulted.sync() == []
        assert differing(faulted.marts(), expected) == []
