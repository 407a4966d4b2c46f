"""Whether starters ask for help: the classifier's second step on messages drawn from real exports and told apart by reading them.

    python -m benchmarks.drawn FOLDER

FOLDER holds the exports that `support_metrics_tests/classifier/drawn.yaml` names. No rule was made or changed because of these messages.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from support_metrics.pipeline import land
from support_metrics.settings import load_settings
from support_metrics.warehouse import whole

LABELS = Path(__file__).parents[1] / "support_metrics_tests/classifier/drawn.yaml"
FILES = {"houstondatavis": "houstondatavis", "small_export": "small_export.zip"}
# Every channel, nobody on the team: what each person said is judged.
SETTINGS = '[team]\nas_of = 2020-01-01T00:00:00Z\n[slack]\nfiles = ["{files}"]\nteam_id = "T1"\nchannels = ["*"]\n'
VERDICTS = """
    select split_part(message_id, ':', 4) as ts, bool_or(signs.is_about_help), bool_or(questions.starts), bool_or(questions.asks)
    from core.slack_signs as signs
    inner join core.slack_questions as questions using (message_id)
    group by ts
"""


@dataclass(frozen=True)
class Drawn:
    """A message that was read: whether it asks for help, and what the classifier says of it."""

    export: str
    ts: str
    with_question_mark: bool
    asks: bool
    named_about_help: bool
    named_a_start: bool
    named_a_question: bool


def judge(folder: Path) -> list[Drawn]:
    """Every message of the labels that is not unclear, judged where it stands in its export; in order of time."""
    labels = yaml.safe_load(LABELS.read_text("utf-8"))
    found = []
    for export, file in FILES.items():
        verdicts = dict(_verdicts(folder / file))
        for drawn in ("drawn", "drawn_with_question_mark"):
            for label in ("asks", "asks_not"):
                for ts in labels[drawn].get(export, {}).get(label, []):
                    found.append(Drawn(export, ts, drawn != "drawn", label == "asks", *verdicts[ts]))
    return sorted(found, key=lambda each: float(each.ts))


def _verdicts(file: Path) -> Iterator[tuple[str, tuple[bool, bool, bool]]]:
    with tempfile.TemporaryDirectory(prefix="support-metrics-drawn-") as name:
        settings_file = Path(name) / "support_metrics.toml"
        settings_file.write_text(SETTINGS.format(files=file.resolve()), "utf-8")
        settings = load_settings(settings_file)
        land(settings, ["slack"])
        assert settings.team.as_of
        with whole(settings, as_of=settings.team.as_of) as connection:
            for ts, *verdict in connection.execute(VERDICTS).fetchall():
                yield ts, tuple(verdict)


def score(messages: Iterable[Drawn]) -> tuple[float, float, int]:
    """Precision and recall of the second step among messages that start a conversation, and how many of those ask."""
    starters = [each for each in messages if each.named_a_start]
    hits = sum(each.asks and each.named_a_question for each in starters)
    asking = sum(each.asks for each in starters)
    return hits / max(1, sum(each.named_a_question for each in starters)), hits / max(1, asking), asking


def report(folder: Path) -> Iterator[str]:
    """The scores in words, for all and for each half of the time."""
    drawn = judge(folder)
    yield f"{len(drawn)} messages drawn from real talk among friends, {sum(each.asks for each in drawn)} of which ask for help"
    half = len(drawn) // 2
    for name, part in (("starters", drawn), ("starters, earlier half", drawn[:half]), ("starters, later half", drawn[half:])):
        precision, recall, asking = score(part)
        yield f"  {name:40} precision {precision:.2f}   recall {recall:.2f}   ({asking} ask)"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.drawn", description="Score the Slack classifier's second step on real talk."
    )
    parser.add_argument("folder", type=Path, help="where the exports lie")
    print("\n".join(report(parser.parse_args().folder)))


if __name__ == "__main__":
    main()
