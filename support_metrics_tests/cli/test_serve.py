"""The command serve, alone and beside another command."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import Result

from support_metrics.settings import REPORTS_VARIABLE
from support_metrics_tests.cli.conftest import Run, write

ROOT = Path(__file__).parents[2]
ASK = f"import os, urllib.request; print(urllib.request.urlopen(os.environ[{REPORTS_VARIABLE!r}] + '/2026-03-02.html').read().decode())"
UNTIL_TOLD = f"""
import signal
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    print("begun", flush=True)
    signal.pause()
except KeyboardInterrupt:
    {ASK}
"""


def start(team: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command in a process group of its own, as a terminal would start it."""
    command = [sys.executable, "-m", "support_metrics.cli", "--settings", str(team / "support_metrics.toml"), "serve", "--port", "0"]
    return subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=team
    )


def address(said: str) -> str:
    found = re.match(r"Reports: (http://127\.0\.0\.1:\d+) serves /", said)
    assert found, said
    return found[1]


def test_it_serves_the_reports_until_it_is_interrupted(refreshed: tuple[Path, Result]) -> None:
    with start(refreshed[0]) as process:
        assert process.stdout and process.stderr
        with urllib.request.urlopen(address(process.stdout.readline())) as answer:
            assert 'href="2026-03-02.html"' in answer.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130 and process.stderr.read() == ""


def test_a_command_beside_it_finds_the_address(team: Path) -> None:
    write(team / "kept/reports/2026-03-02.html", "a week")
    with start(team, "--", sys.executable, "-c", f"{ASK}; raise SystemExit(3)") as process:
        said, complaints = process.communicate(timeout=60)
    assert address(said) and said.splitlines()[1:] == ["a week"] and complaints == ""
    assert process.returncode == 3, "as the command ended"


@pytest.mark.parametrize(
    ("to_all", "number"), [(True, signal.SIGINT), (False, signal.SIGTERM)], ids=["Ctrl-C in a terminal", "told to end"]
)
def test_it_lets_the_command_end_first(team: Path, to_all: bool, number: signal.Signals) -> None:
    """The page can still be had while the command puts things away; nothing of either is left."""
    write(team / "kept/reports/2026-03-02.html", "a week")
    until = write(team / "until.py", UNTIL_TOLD)
    with start(team, "--", sys.executable, str(until)) as process:
        assert process.stdout
        served = address(process.stdout.readline())
        assert process.stdout.readline() == "begun\n"
        (os.killpg if to_all else os.kill)(process.pid, number)
        said, complaints = process.communicate(timeout=60)
    assert (said, complaints, process.returncode) == ("a week\n", "", 0)
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", int(served.rsplit(":", 1)[1]))) != 0


def test_whoever_interrupts_it_alone_again_ends_the_command(team: Path) -> None:
    write(team / "kept/reports/2026-03-02.html", "a week")
    until = write(team / "until.py", UNTIL_TOLD)
    with start(team, "--", sys.executable, str(until)) as process:
        assert process.stdout
        process.stdout.readline()
        assert process.stdout.readline() == "begun\n"
        for _ in range(60):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
                break
        else:
            process.kill()
            pytest.fail("it went on for a minute")
        assert process.stdout.read() == "a week\n" and process.returncode == 0


def test_a_command_that_was_killed_is_told_as_a_shell_does(team: Path) -> None:
    with start(team, "--", sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)") as process:
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGKILL


def test_what_cannot_be_served_starts_nothing(team: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), "--", "touch", str(team / "started"))
    assert result.exit_code == 1
    assert f"error: cannot serve the reports on port {port}" in result.stderr and "what to do: " in result.stderr
    assert not (team / "started").exists()


def test_a_command_that_is_not_there_is_named(run: Run) -> None:
    result = run("serve", "--port", "0", "--", "no-such-command")
    assert result.exit_code == 1 and "error: No such file or directory: no-such-command" in result.stderr


def test_make_dev_serves_the_reports_beside_dagster() -> None:
    said = subprocess.run(["make", "-n", "-o", ".venv/.ready", "dev"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(
        r"SUPPORT_METRICS_SETTINGS=\S+ \S+/support-metrics serve --port 3001 -- \S+/dagster dev -w workspace.yaml$", said, re.MULTILINE
    )
