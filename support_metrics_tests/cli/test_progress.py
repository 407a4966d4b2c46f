"""Being interrupted while something is going on."""

from __future__ import annotations

import signal

import pytest

from support_metrics.cli.progress import Progress


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


def test_afterwards_interrupts_are_whose_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Progress():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
