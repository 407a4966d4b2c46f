"""What is going on: on a terminal a moving line that goes away, everywhere only the lines that stay."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from support_metrics.cli.show import printable

if TYPE_CHECKING:
    from support_metrics.errors import SupportMetricsError
    from support_metrics.landing import Landed
    from support_metrics.model import Model
    from support_metrics.sources.base import Source, Unit

DAMAGED_SHOWN = 10


class Progress:
    """Tells a person how landing and building go. `err` sends it all to stderr, where a command's output is its result."""

    def __init__(self, err: bool = False) -> None:
        self._err = err
        self._status: Any = None
        self._layers: dict[str, tuple[int, int, float]] = {}
        self._began = time.perf_counter()
        self._interrupted = False
        self._has_set_aside = False
        self._handler: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handler = signal.signal(signal.SIGINT, self._interrupt)
        stream = sys.stderr if self._err else sys.stdout
        if stream.isatty():
            from rich.console import Console

            self._status = Console(file=stream).status("")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is not None:
            self._status.stop()
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def _heed(self) -> None:
        """Python drops an interrupt that meets it in a finalizer or a weak reference's callback (`sys.unraisablehook`); here it still counts."""
        if self._interrupted:
            raise KeyboardInterrupt

    def doing(self, text: str) -> None:
        """Change the moving line."""
        self._heed()
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(printable(text)))
            self._status.start()

    def say(self, line: str, err: bool | None = None) -> None:
        """Print a line that stays."""
        if self._status is not None:
            self._status.stop()
        click.echo(printable(line), err=self._err if err is None else err)

    # Landing

    def source_begins(self, source: Source) -> None:
        self._began = time.perf_counter()
        self.doing(f"landing {source.name} …")

    def unit_landed(self, source: Source, unit: Unit, landed: Landed) -> None:
        self.doing(f"landing {source.name}: {unit.name}")

    def told(self, text: str) -> None:
        """What a long sync says of itself; a wait stays to be read, where no line moves."""
        if self._status is None and "going on at" in text:
            self.say(f"    {text}")
        self.doing(text)

    def source_ends(self, source: Source, outcome: Landed | SupportMetricsError) -> None:
        from support_metrics.errors import SupportMetricsError

        if isinstance(outcome, SupportMetricsError):
            self.say(f"  {source.name:<10} FAILED")
            self.say(f"error: {outcome.problem}", err=True)
            self.say(f"what to do: {outcome.mend}", err=True)
            return
        received, new = sum(outcome.received.values()), sum(outcome.written.values())
        known = f" ({outcome.units_known:,} of them landed before)" if outcome.units_known else ""
        self.say(
            f"  {source.name:<10} {_counted(outcome.units, 'unit'):>13}{known}, {_counted(received, 'record')}, {new:,} new, "
            f"{len(outcome.damaged):,} set aside  ({time.perf_counter() - self._began:.1f} s)"
        )
        self._has_set_aside |= bool(outcome.damaged)
        for damaged in outcome.damaged[:DAMAGED_SHOWN]:
            self.say(f"    set aside: {damaged.place}: {damaged.reason}")
        if len(outcome.damaged) > DAMAGED_SHOWN:
            self.say(f"    … and {len(outcome.damaged) - DAMAGED_SHOWN:,} more")

    def landing_ends(self) -> None:
        from support_metrics.sources.base import SET_ASIDE_MEND

        if self._has_set_aside:
            self.say(f"  what to do with records set aside: {SET_ASIDE_MEND}; all others have landed")

    # Building

    def build_begins(self) -> None:
        self._layers = {}
        self.doing("building …")

    def table_built(self, model: Model, rows: int, seconds: float) -> None:
        tables, all_rows, all_seconds = self._layers.get(model.layer, (0, 0, 0.0))
        self._layers[model.layer] = (tables + 1, all_rows + rows, all_seconds + seconds)
        self.doing(f"building {model.table}: {rows:,} rows")

    def build_ends(self) -> None:
        for layer, (tables, rows, seconds) in self._layers.items():
            self.say(f"  {layer:<10} {_counted(tables, 'table'):>13}, {_counted(rows, 'row')}  ({seconds:.1f} s)")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
