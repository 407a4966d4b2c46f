"""Landing and building go on side by side, forgetting waits for them and they for it; whoever is stopped leaves the old state or the new."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support_metrics import forgetting, pipeline, warehouse
from support_metrics.errors import BuildError
from support_metrics.landing import Landing, locking
from support_metrics.landing.manifest import Manifest
from support_metrics.settings import load_settings
from support_metrics.sources.base import Record, Unit
from support_metrics_tests.forgetting.conftest import run
from support_metrics_tests.forgetting.team import PERSON, found_in, make_team

pytestmark = pytest.mark.long

HOLDING = "import sys; from pathlib import Path; from support_metrics.landing import locking\nwith locking.{how}(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


@contextmanager
def held_elsewhere(root: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the landing zone until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING.format(how=how), str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        yield process


@pytest.mark.parametrize(
    ("elsewhere", "here", "waits"), [("shared", "shared", False), ("shared", "alone", True), ("alone", "shared", True)]
)
def test_processes_wait_for_each_other(tmp_path: Path, elsewhere: str, here: str, waits: bool) -> None:
    took = threading.Event()

    def take() -> None:
        with getattr(locking, here)(tmp_path):
            took.set()

    with held_elsewhere(tmp_path, elsewhere) as process:
        thread = threading.Thread(target=take)
        thread.start()
        assert took.wait(0.3 if waits else 10) is not waits
        assert process.stdin
        process.stdin.close()
        thread.join(10)
    assert took.is_set()


def test_threads_wait_and_one_may_take_it_again(tmp_path: Path) -> None:
    took = threading.Event()

    def take() -> None:
        with locking.shared(tmp_path):
            took.set()

    with locking.alone(tmp_path), locking.shared(tmp_path), locking.alone(tmp_path):
        thread = threading.Thread(target=take)
        thread.start()
        assert not took.wait(0.2)
    thread.join(10)
    assert took.is_set()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path, "alone") as process:
        process.kill()
        process.wait()
        with locking.alone(tmp_path):
            pass


def test_a_folder_that_is_not_there_needs_no_lock(tmp_path: Path) -> None:
    with locking.shared(tmp_path / "none"), locking.shared(tmp_path / "none"):
        assert not (tmp_path / "none").exists()


def test_what_lands_while_it_is_prepared_is_without_them_too(team: Path) -> None:
    settings = load_settings(team / "support_metrics.toml")
    late = Record(
        "messages",
        "slack:T1:C1:1773050000.000100",
        {"ts": "1773050000.000100", "user": "UGRACE77", "text": "How do I frobnicator of my walrus?"},
    )
    with forgetting.planned(settings, PERSON) as plan:
        list(Landing(settings.landing_path).land("slack", [Unit("late", [late])], ["messages"]))
        assert not plan.is_current
        told: list[str] = []
        proof = forgetting.carried_out(plan, told.append)
    assert "something has landed since; preparing it anew" in told
    assert proof.traces == []
    assert found_in(team) == {}


def test_a_build_begun_before_is_not_published_after(team: Path) -> None:
    settings = load_settings(team / "support_metrics.toml")
    begun = warehouse.build(settings, as_of=pipeline.as_of_now(settings))
    kept = settings.landing_path.parent / "begun"
    shutil.copy(begun.path, kept)
    with forgetting.planned(settings, PERSON) as plan:
        forgetting.carried_out(plan)
    shutil.move(kept, begun.path)
    with pytest.raises(BuildError, match="somebody was forgotten while this was built"):
        warehouse.publish(settings, begun)
    assert not begun.path.exists()
    assert found_in(team) == {}


def test_what_is_only_prepared_leaves_no_trace(team: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(team.rglob("*")) if path.is_file()}
    result = run(team, "forget", PERSON)
    assert result.exit_code == 2
    assert "give --yes" in result.stderr
    assert "records of slack messages are theirs or speak of them" in result.stdout
    assert {path: path.stat().st_mtime_ns for path in sorted(team.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("given", ["nobody@nowhere.example", "ada", "help@tilt.example"])
def test_whom_it_refuses(team: Path, given: str) -> None:
    result = run(team, "forget", given, "--yes")
    assert result.exit_code == 1
    assert "error: " in result.stderr


def test_nothing_landed_nobody_to_forget(tmp_path: Path) -> None:
    make_team(tmp_path)
    assert "nothing has been landed" in run(tmp_path, "forget", PERSON, "--yes").stderr


@pytest.mark.parametrize("stopped_at", ["warehouse.publish", "commit", "Manifest.settled", "Edit.write"])
def test_stopped_on_the_way_it_goes_on_to_the_end(team: Path, stopped_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(team / "support_metrics.toml")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    places = {
        "warehouse.publish": "support_metrics.warehouse.publish",
        "commit": "support_metrics.forgetting.commit",
        "Manifest.settled": "support_metrics.landing.manifest.Manifest.settled",
        "Edit.write": "support_metrics.forgetting.team_files.Edit.write",
    }
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt), forgetting.planned(settings, PERSON) as plan:
        patch.setattr(places[stopped_at], stop)
        forgetting.carried_out(plan)
    result = run(team, "forget", PERSON, "--yes")
    assert result.exit_code == 0, result.output
    assert found_in(team) == {}
    assert Manifest.read(settings.landing_path).replaced == ()
