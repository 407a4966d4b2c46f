"""The Slack classifier: fits the weights of "starts a conversation" to labelled messages, and says how good it is.

    python -m benchmarks.classifier score FILE   cross-validated scores, and those of the weights as they are
    python -m benchmarks.classifier fit FILE     the same, and writes support_metrics/sql/core/slack_start_weights.sql

FILE holds one message a line, `{"conversation", "seconds", "user", "text"}`, in order: the first message of a conversation started it.
The messages go through landing and the same SQL as everybody's; nothing is worked out a second time here. Neither the package, the
demo nor the tests need such a file.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from support_metrics.model import SQL_FOLDER, read_model
from support_metrics.pipeline import land
from support_metrics.settings import load_settings
from support_metrics.tables_read import tables_read
from support_metrics.warehouse import STEPS, whole

Floats = NDArray[np.float64]
Pair = tuple[int, str]
Weights = dict[str, float]

WEIGHTS_FILE = SQL_FOLDER / "core" / "slack_start_weights.sql"
# The models after the weights, which a trial runs with weights of its own.
JUDGING = [read_model(SQL_FOLDER / "core" / f"{name}.sql", tables_read) for name in ("slack_questions", "slack_requests")]
MIDNIGHT = 1_700_006_400
DAY = 86_400
# Ridge penalty: a weight that few messages speak for stays small.
PENALTY = 2.0
# Where the F1 score is highest: at half of what it can reach, here 0.88.
THRESHOLD = 0.44
SIGNS = {
    "is_at_once": "within two minutes of the last message",
    "is_after_ten_minutes": "ten minutes of silence before",
    "is_after_half_an_hour": "half an hour of silence before",
    "is_soon_again": "had written within the hour",
    "is_first_in_two_days": "their first message in two days",
    "speaks_to_somebody": "speaks to somebody",
    "greets": "greets",
    "reacts": "takes up what was said",
    "says_you": "says you",
    "has_question_mark": "question mark",
    "has_question_words": "words that ask",
    "is_long": "more than sixty characters",
}
# No labelled channel known to us uses threads. Half or more of the talk in threads makes a start beside them seven times as likely:
# somewhat less than the demo, where it was tried, would bear.
BY_HAND = {"is_among_threads": (2.0, "people answer in threads there")}


@dataclass(frozen=True)
class Said:
    """A labelled message."""

    conversation: int
    seconds: int
    user: str
    text: str
    starts: bool

    @property
    def pair(self) -> Pair:
        """What is counted: this person on this day."""
        return self.seconds // DAY, self.user


def read(path: Path) -> list[Said]:
    """The messages of a labelled file."""
    seen: set[int] = set()
    said = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        said.append(Said(row["conversation"], row["seconds"], row["user"], row["text"].strip(), row["conversation"] not in seen))
        seen.add(row["conversation"])
    return said


def write_export(folder: Path, said: Sequence[Said]) -> list[str]:
    """The messages as a Slack export with settings beside it; returns the `ts` each was given."""
    export, stamps, last = folder / "export", [], 0
    (export / "help").mkdir(parents=True)
    for each in said:
        last = max((MIDNIGHT + each.seconds) * 1_000_000, last + 1)
        stamps.append(f"{last // 1_000_000}.{last % 1_000_000:06d}")
    rows = [{"user": each.user, "text": each.text, "ts": ts} for each, ts in zip(said, stamps, strict=True)]
    users = [{"id": user, "team_id": "T1", "name": user} for user in sorted({each.user for each in said})]
    for name, content in (("channels", [{"id": "C1", "name": "help"}]), ("users", users), ("help/2020-01-01", rows)):
        (export / f"{name}.json").write_text(json.dumps(content), "utf-8")
    (folder / "support_metrics.toml").write_text(
        '[team]\nas_of = 2026-04-20T08:00:00Z\n[slack]\nfiles = ["export"]\nchannels = ["help"]\n', "utf-8"
    )
    return stamps


class Trial:
    """A labelled file in a warehouse, where the models after the weights can be run with any weights."""

    def __init__(self, said: Sequence[Said], folder: Path) -> None:
        self.said = list(said)
        stamps = write_export(folder, said)
        settings = load_settings(folder / "support_metrics.toml")
        land(settings, ["slack"])
        assert settings.team.as_of
        made = {"core.slack_start_weights", *(model.table for model in JUDGING)}
        given = sorted(set().union(*(model.reads for model in JUDGING)) - made)
        path = folder / "built.duckdb"
        with whole(settings, as_of=settings.team.as_of) as connection:
            connection.execute(f"attach '{path}' as built")
            for table in given:
                connection.execute(
                    f"create schema if not exists built.{table.split('.')[0]}; create table built.{table} as from {STEPS}.{table}"
                )
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(f"attach '{path}' as built (read_only)")
        for table in given:
            self.connection.execute(f"create schema if not exists {table.split('.')[0]}; create view {table} as from built.{table}")
        self.rows = {f"slack:T1:C1:{ts}": number for number, ts in enumerate(stamps)}
        signs = self.connection.execute(f"select message_id, {', '.join(SIGNS)} from built.core.slack_signs").fetchall()
        self.signs = np.zeros((len(self.said), len(SIGNS)))
        for message_id, *values in signs:
            self.signs[self.rows[message_id]] = values
        self.starts = np.array([each.starts for each in self.said], dtype=float)

    def fit(self, numbers: NDArray[np.intp]) -> Weights:
        """The weights that these messages give: logistic regression with a ridge penalty, by Newton's method."""
        given, target = np.c_[np.ones(len(numbers)), self.signs[numbers]], self.starts[numbers]
        penalty = PENALTY * np.diag([0.0] + [1.0] * len(SIGNS))
        weights = np.zeros(given.shape[1])
        for _ in range(50):
            likely = 1 / (1 + np.exp(-given @ weights))
            curve = (given * (likely * (1 - likely))[:, None]).T @ given + penalty
            step = np.linalg.solve(curve, given.T @ (likely - target) + penalty @ weights)
            weights -= step
            if np.abs(step).max() < 1e-9:
                break
        base = weights[0] - np.log(THRESHOLD / (1 - THRESHOLD))
        return {name: round(float(weight), 2) for name, weight in zip(("base", *SIGNS), (base, *weights[1:]), strict=True)}

    def judge(self, weights: Weights) -> tuple[set[int], set[int]]:
        """By number, the messages that start a conversation and those that open a request, as the models say with these weights."""
        connection = self.connection
        listed = ", ".join(f"('{sign}', {weight}::decimal(5, 2), '')" for sign, weight in (weights | _by_hand()).items())
        connection.execute(f"create or replace table core.slack_start_weights as from (values {listed}) as weights (sign, weight, says)")
        for model in JUDGING:
            connection.execute(f"create or replace table {model.table} as {model.query}")
        starts = connection.execute("select message_id from core.slack_questions where starts").fetchall()
        opens = connection.execute("select request_id from core.slack_requests where message_id = request_id").fetchall()
        return {self.rows[key] for (key,) in starts}, {self.rows[key] for (key,) in opens}

    def judge_folds(self, folds: NDArray[np.intp]) -> tuple[set[int], set[int]]:
        """The same, each fold judged by the weights that the others give."""
        starts: set[int] = set()
        opens: set[int] = set()
        for fold in np.unique(folds):
            inside = set(np.flatnonzero(folds == fold).tolist())
            found = self.judge(self.fit(np.flatnonzero(folds != fold)))
            starts |= found[0] & inside
            opens |= found[1] & inside
        return starts, opens

    def score(self, found: set[int], within: set[int] | None = None) -> tuple[float, float, float]:
        """F1, precision and recall of the (day, person) pairs who started a conversation."""
        numbers = within if within is not None else set(range(len(self.said)))
        truth = {self.said[number].pair for number in numbers if self.said[number].starts}
        named = {self.said[number].pair for number in found & numbers}
        hits = len(truth & named)
        return 2 * hits / max(1, len(truth) + len(named)), hits / max(1, len(named)), hits / max(1, len(truth))

    def by_time(self, folds: int = 5) -> NDArray[np.intp]:
        return np.arange(len(self.said)) * folds // len(self.said)


def communities(said: Sequence[Said]) -> NDArray[np.intp]:
    """A new community after ten hours of silence where hardly anybody of the hundred messages before speaks in the hundred after."""
    number, numbers = 0, []
    for position, each in enumerate(said):
        if position and each.seconds - said[position - 1].seconds >= 10 * 3600:
            before = {other.user for other in said[max(0, position - 100) : position]}
            after = {other.user for other in said[position : position + 100]}
            number += len(before & after) <= 0.1 * min(len(before), len(after))
        numbers.append(number)
    return np.array(numbers)


def _by_hand() -> Weights:
    return {sign: weight for sign, (weight, _) in BY_HAND.items()}


@contextmanager
def trial(path: Path) -> Iterator[Trial]:
    """The labelled file, ready to be judged, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="support-metrics-classifier-") as folder:
        yield Trial(read(path), Path(folder))


def weights_in_use() -> Weights:
    """What stands in the repository."""
    with duckdb.connect() as connection:
        return {sign: float(weight) for sign, weight, _ in connection.execute(read_model(WEIGHTS_FILE, tables_read).query).fetchall()}


def report(trial: Trial) -> Iterator[str]:
    """The scores in words, line by line."""
    yield f"{len(trial.said):,} messages, {len({each.pair for each in trial.said if each.starts})} people and days that started a conversation"
    for name, found in (
        ("everyone who spoke", set(range(len(trial.said)))),
        ("a question mark", {number for number, each in enumerate(trial.said) if "?" in each.text}),
    ):
        yield _line(name, trial.score(found))
    parts_of = communities(trial.said)
    for name, folds in (("each fifth by the others", trial.by_time()), ("each community by the others", parts_of)):
        starts, opens = trial.judge_folds(folds)
        yield _line(f"starts, {name}", trial.score(starts))
        yield _line(f"requests, {name}", trial.score(opens))
    parts = [trial.score(opens, set(np.flatnonzero(parts_of == part).tolist()))[0] for part in np.unique(parts_of)]
    yield "  requests, community by community: " + ", ".join(f"{part:.2f}" for part in parts)
    yield _line("requests, weights in use", trial.score(trial.judge(weights_in_use())[1]))


def _line(name: str, scores: tuple[float, float, float]) -> str:
    return f"  {name:40} F1 {scores[0]:.3f}   precision {scores[1]:.2f}   recall {scores[2]:.2f}"


def render_weights(weights: Weights) -> str:
    """The model file that holds these weights."""
    says = {"base": "before any sign is seen", **SIGNS} | {sign: words for sign, (_, words) in BY_HAND.items()}
    rows = ",\n    ".join(f"('{sign}', {weight:.2f}, '{says[sign]}')" for sign, weight in (weights | _by_hand()).items())
    return f"""/*
description: How much each sign speaks for a message starting a conversation (above zero) or going on with one, in log-odds. Fitted to labelled messages by `python -m benchmarks.classifier`, but for is_among_threads, which is set by hand.
grain: [sign]
columns:
  sign: {{type: VARCHAR, says: "A column of core.slack_signs; base is added always, and is such that the classifier decides at zero."}}
  weight: {{type: "DECIMAL(5,2)", required: true, says: "Added to the score where the sign is seen."}}
  says: {{type: VARCHAR, required: true, says: "The sign in words, for the reason."}}
*/
select sign, weight::decimal(5, 2) as weight, says
from (values
    {rows}
) as weights (sign, weight, says)
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classifier", description="Score or fit the Slack classifier.")
    parser.add_argument("command", choices=("score", "fit"))
    parser.add_argument("file", type=Path, help="labelled messages, one a line")
    given = parser.parse_args()
    with trial(given.file) as tried:
        for line in report(tried):
            print(line)
        if given.command == "fit":
            WEIGHTS_FILE.write_text(render_weights(tried.fit(np.arange(len(tried.said)))), "utf-8")
            print(f"written: {WEIGHTS_FILE}")


if __name__ == "__main__":
    main()
