"""What a user is told when GitHub refuses, and that no secret is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.landing.syncing import known
from support_metrics.sources import SOURCES
from support_metrics.sources.github import GitHub, session
from support_metrics_tests.servers.base import Asked, Fault, Reply, html, refused, silence
from support_metrics_tests.servers.github import INSTALLATION, INSTALLATION_TOKEN
from support_metrics_tests.sources.github_world import STREAMS, TOKEN, World, github, populate, served


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.delenv("GITHUB_APP_PRIVATE_KEY", raising=False)
    with github(tmp_path) as world:
        populate(world.tool)
        yield world


def always(world: World, fault: Fault) -> None:
    def before(number: int, asked: Asked) -> None:
        world.api.faults[number] = fault

    world.api.before = before


def message(status: int, text: str, **headers: str) -> Fault:
    return refused(status, {"message": text}, **headers)


REFUSALS: dict[str, tuple[Fault, str, str]] = {
    "401": (message(401, "Bad credentials"), "GitHub refuses the token (Bad credentials)", "expired or revoked: set GITHUB_TOKEN"),
    "403 permission": (
        message(403, "Resource not accessible by personal access token", X_Accepted_GitHub_Permissions="issues=read"),
        "acme/tool issues: the token lacks a permission (Resource not accessible by personal access token)",
        "GitHub wants: issues=read; give it read access to Issues, Pull requests, Contents and Metadata",
    ),
    "403 single sign-on": (message(403, "Resource protected", X_GitHub_SSO="required; url=x"), "single sign-on", "Configure SSO"),
    "403": (message(403, "Forbidden"), "acme/tool issues: the token may not read this (Forbidden)", "docs/github.md"),
    "409": (message(409, "Conflict"), "acme/tool issues: GitHub refuses the question (409 Conflict)", "refresh again"),
    "422": (message(422, "Validation Failed"), "GitHub refuses the question (422 Validation Failed)", "refresh again"),
    "451": (message(451, "Repository access blocked"), "acme/tool issues: blocked for legal reasons", "remove the repository"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_what_is_wrong_and_what_to_do(world: World, name: str) -> None:
    fault, problem, mend = REFUSALS[name]
    always(world, fault)
    with pytest.raises(SourceError) as caught:
        world.sync()
    assert problem in caught.value.problem
    assert mend in caught.value.mend
    assert len(world.api.asked) <= 4, "what will not pass is not tried again"


def test_a_repository_that_is_not_there_names_its_setting(world: World) -> None:
    with pytest.raises(PlaceMissing, match=r"github.repositories: GitHub has no acme/toll, or hides it from this token"):
        world.sync(repositories=["acme/toll"])
    with pytest.raises(PlaceMissing, match=r"github.release_repositories: GitHub has no acme/toll"):
        world.sync(release_repositories=["acme/toll"])


def test_where_everything_is_missing_the_address_may_be_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    always(world, message(404, "Not Found"))
    with pytest.raises(PlaceMissing) as caught:
        world.sync()
    assert caught.value.mend.endswith("; and look whether github.api_url is right")
    monkeypatch.setattr(session, "API_URL", world.api.address)
    with pytest.raises(PlaceMissing) as caught:
        world.sync()
    assert "api_url" not in caught.value.mend


def test_a_renamed_repository_is_named(world: World) -> None:
    world.sync()
    world.api.rename(world.tool, "Acme-Corp/Toolbox")
    with pytest.raises(SourceError, match=r"github\.repositories: acme/tool is now Acme-Corp/Toolbox") as caught:
        world.sync()
    assert 'write "Acme-Corp/Toolbox" in its place' in caught.value.mend
    world.clock.pass_by(minutes=1)
    world.sync(repositories=["Acme-Corp/Toolbox"])
    assert {key for key in served(world.tool) if "reaction" not in key and "release" not in key} <= world.living
    assert all("/toolbox/" in payload.lower() for key, (payload, _) in world.landing.latest().items() if ":issue:" in key)


def test_one_repository_that_may_not_be_read_leaves_the_others_going(world: World) -> None:
    other = world.api.repository("acme/other")
    populate(other)

    def before(number: int, asked: Asked) -> None:
        if "/tool/" in asked.path:
            world.api.faults[number] = message(403, "Forbidden")

    world.api.before = before
    with pytest.raises(SourceError, match="acme/tool issues: the token may not read this"):
        world.sync(repositories=["acme/tool", "acme/other"])
    assert world.living == served(other)


# Limits and outages


def test_a_limit_that_ends_soon_is_waited_for_and_said(world: World) -> None:
    resets_at = int(world.clock.now.timestamp()) + 120
    world.api.faults = {1: message(403, "API rate limit exceeded", X_RateLimit_Remaining="0", X_RateLimit_Reset=str(resets_at))}
    world.sync()
    assert "github: acme/tool reactions to #1: rate limit" in world.told
    assert world.living == served(world.tool)


def test_a_limit_that_outlasts_the_run_says_until_when(world: World) -> None:
    world.api.remaining = 3
    with pytest.raises(SourceUnavailable, match=r"github: acme/tool comments: rate limit until \d\d:\d\d\n"):
        world.sync()
    world.api.remaining = 5_000
    world.sync()
    assert world.living == served(world.tool)


@pytest.mark.parametrize("headers", [{"Retry_After": "9" * 20}, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "9" * 40}])
def test_a_limit_without_end_is_one_clear_error(world: World, headers: dict[str, str]) -> None:
    world.api.faults = {1: message(403, "API rate limit exceeded", **headers)}
    with pytest.raises(SourceUnavailable, match=r"rate limit until \d\d:\d\d"):
        world.sync()
    world.sync()
    assert world.living == served(world.tool)


@pytest.mark.parametrize("url", ["http://[bad/x?page=2", "https://api.github.com/x?page=" + "9" * 5_000], ids=["no host", "no number"])
def test_a_link_that_is_no_address_is_asked_for_again(world: World, url: str) -> None:
    world.api.faults = {0: lambda reply: Reply(reply.body, 200, {**reply.headers, "Link": f'<{url}>; rel="next"'})}
    world.sync()
    assert world.living == served(world.tool)


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_to_no_address_is_one_clear_error(world: World, status: int) -> None:
    always(world, message(status, "Moved", Location="http://[bad/x"))
    with pytest.raises(SourceError, match="answered with an address or a date that is none, 6 times over"):
        world.sync()


def test_a_secondary_limit_without_a_number_pauses_a_minute(world: World) -> None:
    waits: list[float] = []
    world.api.faults = {0: message(403, "You have exceeded a secondary rate limit"), 1: message(429, "Slow down", Retry_After="7")}
    landing = Landing(world.folder / "landing")
    known_so_far = known(landing, "github", wait=lambda seconds, why: waits.append(seconds))
    next(SOURCES["github"].fetch(world.settings(), ["issues"], known_so_far))
    assert waits == [60.0, 7.0]


@pytest.mark.parametrize(("fault", "said"), [(refused(502), "answered 502"), (html, "answered HTML"), (silence, "no answer in time")])
def test_an_outage_ends_in_one_clear_error(world: World, monkeypatch: pytest.MonkeyPatch, fault: Fault, said: str) -> None:
    monkeypatch.setattr(session, "READ_TIMEOUT", 0.02)
    always(world, fault)
    with pytest.raises(SourceUnavailable, match=f"github: acme/tool issues: {said}, 6 times over"):
        world.sync()


def test_nobody_there_ends_in_one_clear_error(world: World) -> None:
    with pytest.raises(SourceUnavailable, match=r"the connection failed \(ConnectionError\)"):
        world.sync(api_url="http://127.0.0.1:9")


# Signing in


def test_without_a_token_or_a_repository_or_an_address_it_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=r"github\.live is on, but github\.repositories names none"):
        world.sync(repositories=[])
    for address in ("github.example", "http://[::1", "http://h:abc", "http://h:99999", "http://h:0", "https://"):
        with pytest.raises(SourceError) as caught:
            world.sync(api_url=address)
        assert caught.value.problem.startswith(f"github.api_url: {address.rstrip('/')!r} is no address")
        with pytest.raises(SourceError, match=r"github\.api_url: .* is no address"):
            list(GitHub().check_live(world.settings(api_url=address)))
    monkeypatch.setenv("GITHUB_TOKEN", "")
    with pytest.raises(SourceError, match="the environment holds no GITHUB_TOKEN"):
        world.sync()
    monkeypatch.setenv("GITHUB_TOKEN", "two\nlines")
    with pytest.raises(SourceError, match="GITHUB_TOKEN holds characters that no token has"):
        world.sync()


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def test_a_github_app_signs_in_once(world: World, monkeypatch: pytest.MonkeyPatch, private_key: str) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", private_key.replace("\n", "\\n"))
    world.sync(app_id=1)
    signing_in = [f"{asked.method} {asked.path}" for asked in world.api.asked[:2]]
    assert signing_in == ["GET /repos/acme/tool/installation", f"POST /app/installations/{INSTALLATION}/access_tokens"]
    assert len(world.api.asked) == 2 + 6
    assert world.living == served(world.tool)
    world.sync(app_id=1, app_installation_id=INSTALLATION)
    assert INSTALLATION_TOKEN not in str(world.landing) + str(world.told)


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "GitHub gives the App no token"), (404, "GitHub gives the App no token"), (500, "answered 500, 6 times over")],
)
def test_an_app_that_gets_no_token_says_so(world: World, monkeypatch: pytest.MonkeyPatch, private_key: str, status: int, said: str) -> None:
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", private_key)
    always(world, refused(status))
    with pytest.raises(SourceError, match=said):
        world.sync(app_id=1, app_installation_id=INSTALLATION)


def test_an_app_that_is_not_installed_or_has_no_key_says_so(world: World, monkeypatch: pytest.MonkeyPatch, private_key: str) -> None:
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----\\nmarked0key0material0marked0key0material\\n")
    with pytest.raises(SourceError, match="holds no private key in PEM format") as caught:
        world.sync(app_id=1)
    assert "marked0key" not in repr(caught.value)
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", private_key)
    always(world, refused(404))
    with pytest.raises(SourceError, match="App 1 is not installed where acme/tool lies"):
        world.sync(app_id=1)


def test_doctor_hears_of_every_repository(world: World) -> None:
    world.api.repository("acme/other").has_issues = False
    settings = world.settings(repositories=["acme/tool", "acme/toll"], release_repositories=["acme/other"])
    found = list(GitHub().check_live(settings))
    assert [(level, says) for level, says, _ in found] == [
        ("ok", "acme/other: releases can be read"),
        ("ok", "acme/tool: issues can be read"),
        ("ok", "acme/tool: releases can be read"),
        ("wrong", "github.repositories: GitHub has no acme/toll, or hides it from this token"),
    ]
    assert list(GitHub().check_live(world.settings(live=False))) == []


def test_doctor_waits_for_nobody(world: World) -> None:
    asked = len(world.api.asked)
    always(world, refused(503))
    with pytest.raises(SourceUnavailable, match="acme/tool issues: answered 503") as caught:
        list(GitHub().check_live(world.settings()))
    assert len(world.api.asked) == asked + 1 and "settings" in caught.value.mend


# Secrets


def test_the_token_is_nowhere(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo: Callable[[Reply], Reply] = lambda reply: Reply({"message": f"token {TOKEN} or {TOKEN[:30]} is odd"}, 403)  # noqa: E731
    landing = Landing(tmp_path / "landing")
    world.api.faults = {4: echo}
    errors: list[str] = []
    for _ in range(2):
        told = known(landing, "github", wait=lambda seconds, why: world.told.append(why), tell=world.told.append)
        try:
            for _ in landing.land("github", SOURCES["github"].fetch(world.settings(), list(STREAMS), told), list(STREAMS)):
                pass
        except SourceError as error:
            errors.append(f"{error} {error!r} {error.__cause__!r} {error.__context__!r}")
    assert len(errors) == 1 and "may not read this" in errors[0]
    kept = [path.read_bytes() for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    rows = [str(row) for place in landing.snapshot() for row in landing.rows(*place)]
    assert kept and rows
    assert TOKEN[:20] not in " ".join([*errors, *world.told, *rows, caplog.text]) and not any(TOKEN[:20].encode() in each for each in kept)
