"""What is told while something is going on, and being interrupted meanwhile."""

from __future__ import annotations

import signal

import pytest

from support_metrics.cli.progress import Progress
from support_metrics.landing import Landed
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Damaged


class Unlucky:
    """Is interrupted as it is thrown away, where Python drops what is raised."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_still_counts() -> None:
    with pytest.raises(KeyboardInterrupt), Progress() as progress:
        progress.doing("landing …")
        Unlucky()
        progress.doing("building …")
        pytest.fail("it went on")


@pytest.mark.parametrize("count", [0, 1, 30])
def test_what_to_do_with_records_set_aside_is_told_once_after_all_of_them(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        for name in ("slack", "github", "x"):
            damaged = [Damaged("messages", f"day.json:{number}", "has no ts") for number in range(count if name != "x" else 0)]
            progress.source_ends(SOURCES[name], Landed(units=1, damaged=damaged))
        progress.landing_ends()
    said = capsys.readouterr().out.splitlines()
    assert [number for number, line in enumerate(said) if "what to do" in line] == ([len(said) - 1] if count else [])


def test_afterwards_interrupts_are_whose_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Progress():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
