"""What is wrong with the sources: their files, what the APIs say of us, the tokens."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from support_metrics.doctor.findings import Finding, could_not_be_used
from support_metrics.errors import SupportMetricsError
from support_metrics.landing import Landing
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import NOTHING_KNOWN, Damaged, Known, Source, Unit
from support_metrics.sources.files import find


def sources(settings: Settings) -> Iterator[Finding]:
    """Every source: its files, the API it is read from, its tokens."""
    if not any(source.is_configured(settings) for source in SOURCES.values()):
        yield Finding(
            "wrong",
            "sources",
            "no source is configured, so there is nothing to read",
            "name the files of a source, such as `files` under [slack], or read it live: `live = true`, and docs/slack.md",
        )
    for source in SOURCES.values():
        if source.is_configured(settings):
            yield from _files(settings, source)
            yield from _live(settings, source)
            yield from _tokens(settings, source)
        else:
            needed = " or ".join(getattr(source, "tokens", {}))
            yield Finding(
                "note",
                source.name,
                f"not configured: no files under [{source.name}], and not read live"
                + (f", for which the environment would hold {needed}" if needed else "")
                + f" (docs/{source.name}.md)",
            )


def _files(settings: Settings, source: Source) -> Iterator[Finding]:
    """How many files each glob matches; then what is found in them, each thing once."""
    setting = f"{source.name}.files"
    sound = True
    patterns = getattr(settings, source.name).files
    for pattern in patterns:
        try:
            count = len(find(settings, [pattern], setting))
        except SupportMetricsError as error:
            sound = False
            yield Finding("wrong", source.name, error.problem, error.mend)
        else:
            yield Finding("ok", source.name, f"{setting}: {pattern!r} matches {count:,} {'path' if count == 1 else 'paths'}")
    if sound and patterns:
        yield from dict.fromkeys(_in_files(settings, source))


def _in_files(settings: Settings, source: Source) -> Iterator[Finding]:
    """A source may offer `check_files`, which looks at all of them; those that have not been landed are read to their end, and nothing is kept.

    So a file that failed in the last refresh is told of again, and what the source misses, such as a channel or a repository.
    """
    check = getattr(source, "check_files", None)
    unlanded = 0
    aside: list[str] = []
    try:
        for level, says, mend in check(settings) if check else ():
            yield Finding(level, source.name, says, mend)
        for unit in _unlanded(settings, source):
            try:
                aside += [f"{item.place}: {item.reason}" for item in unit.items if isinstance(item, Damaged)]
                unlanded += 1
            except SupportMetricsError as error:
                yield Finding("wrong", source.name, error.problem, error.mend)
    except SupportMetricsError as error:
        yield Finding("wrong", source.name, error.problem, error.mend)
    except Exception as error:  # noqa: BLE001 - a fault of ours, which must not hide what else is wrong
        yield Finding("wrong", source.name, f"unexpected {type(error).__name__}: {error}", "please report this")
    if unlanded:
        units = "1 unit" if unlanded == 1 else f"{unlanded:,} units"
        but = f"; {could_not_be_used(len(aside), aside)}" if aside else ""
        yield Finding(
            "note", source.name, f"{source.name}.files: {units} not landed yet, and readable; `support-metrics refresh` does it{but}"
        )


def _unlanded(settings: Settings, source: Source) -> Iterator[Unit]:
    """The files whose content landing does not hold."""
    streams = list(source.streams)
    seen = _seen(settings, source)
    for unit in getattr(source, "fetch_files", source.fetch)(settings, streams, _known(settings, source)):
        if not all((unit.digest, stream) in seen for stream in streams):
            yield unit


def _live(settings: Settings, source: Source) -> Iterator[Finding]:
    """A live source offers `check_live`: it asks the API, yields level, what it says and what to do, and raises what refuses it."""
    check = getattr(source, "check_live", None)
    try:
        for level, says, mend in check(settings, _known(settings, source)) if check else ():
            yield Finding(level, source.name, says, mend)
    except SupportMetricsError as error:
        yield Finding("wrong", source.name, error.problem, error.mend)
    except Exception as error:  # noqa: BLE001 - a fault of ours, which must not hide what else is wrong
        yield Finding("wrong", source.name, f"unexpected {type(error).__name__} while asking the API", "please report this")


def _known(settings: Settings, source: Source) -> Known:
    """What landing holds of a source; a landing zone that cannot be read is told of by itself."""
    try:
        return known(Landing(settings.landing_path), source.name)
    except Exception:  # noqa: BLE001 - whatever is wrong with the folder
        return NOTHING_KNOWN


def _seen(settings: Settings, source: Source) -> Collection[tuple[str, str]]:
    """Digest and stream of all that landing holds of files of a source."""
    try:
        return Landing(settings.landing_path).seen(source.name)
    except Exception:  # noqa: BLE001 - whatever is wrong with the folder
        return ()


def _tokens(settings: Settings, source: Source) -> Iterator[Finding]:
    """A live source offers `tokens`: the environment variable of each token it needs and what it is for."""
    section = getattr(settings, source.name)
    is_live = any(getattr(section, name, None) for name in ("live", "urls", "imap_host"))
    for variable, purpose in getattr(source, "tokens", {}).items():
        held = "set" if os.environ.get(variable) else "not set" if is_live else "not set, needed only for the live source"
        yield Finding("note", source.name, f"token {variable} ({purpose}): {held}")
