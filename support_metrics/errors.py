"""Every failure a user can meet: one root, a few leaves, each saying what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SupportMetricsError(Exception):
    """The root. `problem` says what is wrong and where; `mend` what to do about it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem, mend)
        self.problem = problem
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.problem}\n  what to do: {self.mend}"


class SettingsError(SupportMetricsError):
    """The settings, the roster or the overrides are missing, misspelt or contradict themselves."""


class SourceError(SupportMetricsError):
    """A source cannot be read: a damaged file, a missing channel, a refused token."""


class PlaceMissing(SourceError, SettingsError):
    """A configured channel, repository or folder never was in anything the source gives: most often a misspelt setting, and counting without it would lie."""


class SourceUnavailable(SourceError):
    """A source cannot be reached now; trying again later may mend it. The only one of our errors that is retried."""


def together(errors: Sequence[SourceError]) -> SourceError:
    """One error that says what several places of a source say, each thing once."""
    problems, mends = ("; ".join(dict.fromkeys(each)) for each in zip(*((one.problem, one.mend) for one in errors), strict=True))
    return SourceError(problems, mends)


class PostingError(SupportMetricsError):
    """Something could not be sent to people or written to another system: a refused token, an unknown channel, no answer."""

    @classmethod
    def together(cls, errors: Sequence[PostingError]) -> PostingError:
        """Several as one, each problem and mend once."""
        return PostingError(*("; ".join(dict.fromkeys(getattr(each, part) for each in errors)) for part in ("problem", "mend")))


class AnswerLost(PostingError):
    """Something was handed over and no answer came: it may have arrived, or not. Whoever sends it again may send it twice."""


class IssueRefused(SupportMetricsError):
    """What was given is no issue that may become a story: another host, a pull request, a repository that is not configured."""


class LandingError(SupportMetricsError):
    """The landing zone cannot be read or written."""


class BuildError(SupportMetricsError):
    """A model, its header or one of its checks failed; what was published before still stands.

    `checks` holds the outcome of every check of the build, where it came so far.
    """

    def __init__(self, problem: str, mend: str, checks: Sequence[Any] = ()) -> None:
        super().__init__(problem, mend)
        self.checks = checks


class WarehouseError(SupportMetricsError):
    """The published warehouse is missing or cannot be opened or queried."""
