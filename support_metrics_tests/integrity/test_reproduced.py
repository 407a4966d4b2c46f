"""The promise that equal inputs give equal rows, whenever they are built and however they were landed; and that what changed is named."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support_metrics import pipeline
from support_metrics.landing import OWN, Landing
from support_metrics.report import figures_shown
from support_metrics.sources.base import Coverage, Known, Record, Unit
from support_metrics_tests.exporting import differing, exported
from support_metrics_tests.integrity.conftest import Demo, demo_at

FRIDAY = datetime(2026, 1, 16, 22, tzinfo=UTC)


def test_building_twice_gives_the_same_bytes(demo: Demo, built: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pipeline.built(demo.settings, demo.as_of) as again:
        assert differing(exported(built, tmp_path / "one"), exported(again, tmp_path / "other")) == []


@pytest.mark.long
def test_known_at_repeats_what_was_said_then(demo: Demo, tmp_path: Path) -> None:
    """As if nothing had been landed since."""
    for as_of in (FRIDAY, demo.as_of):
        with pipeline.built(demo.settings, as_of, demo.known_at) as then, pipeline.built(demo.early, as_of) as early:
            changed = differing(exported(then, tmp_path / "then"), exported(early, tmp_path / "early"))
        assert changed == ["build"]  # which states known_at


def test_an_earlier_friday_is_that_friday_though_all_was_landed_today(demo: Demo) -> None:
    """Imported later or not, what had happened by then is the same. How people and texts are called is as known today."""
    tables = {"daily_users": "", "weekly_users": "", "weekly_sla": "", "requests": " exclude (person_name, responder_name, title, why)"}
    with pipeline.built(demo.settings, FRIDAY) as now, pipeline.built(demo.early, FRIDAY) as then:
        for table, but in tables.items():
            one, other = (
                {repr(row) for row in connection.execute(f"select *{but} from marts.{table}").fetchall()} for connection in (now, then)
            )
            assert one ^ other == set(), table
        latest = now.execute("select max(opened_at), max(first_response_at), max(closed_at) from marts.requests").fetchall()[0]
        assert all(moment <= FRIDAY for moment in latest)
        assert now.execute("select max(day) from marts.daily_users").fetchall() == [(date(2026, 1, 16),)]
        # What is answered since was not then.
        assert now.execute("select count(*) from marts.requests where state = 'pending'").fetchall()[0][0] > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_batching_and_repetition_gives_the_same_bytes(
    seed: int, demo: Demo, built: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The demo's records shuffled, split, repeated and interleaved; what was observed together stays observed then."""
    dice = random.Random(seed)
    settings = demo_at(tmp_path)
    landing = Landing(settings.landing_path)
    for source in dice.sample(pipeline.configured_sources(settings), k=len(pipeline.configured_sources(settings))):
        streams = list(source.streams)
        observed: dict[datetime | None, list[Any]] = defaultdict(list)
        for unit in source.fetch(settings, streams, Known()):
            observed[unit.observed_at] += [each for each in unit.items if isinstance(each, Record | Coverage)]
        batches = []
        for moment, items in observed.items():
            dice.shuffle(items)
            cut = dice.randrange(len(items) + 1)
            repeated = dice.sample(items, k=len(items) // 3)
            batches += [(moment, items[:cut]), (moment, items[cut:] + repeated)]
        dice.shuffle(batches)
        units = [Unit(f"batch {number}", items, None, moment) for number, (moment, items) in enumerate(batches)]
        for _ in landing.land(source.name, units, streams):
            pass
    with pipeline.built(settings, demo.as_of) as shuffled:
        assert differing(exported(built, tmp_path / "one"), exported(shuffled, tmp_path / "other")) == []


@pytest.mark.long
def test_restatements_are_exactly_what_a_build_at_the_reports_moment_gives_differently(demo: Demo, tmp_path: Path) -> None:
    """Two reports are delivered as they stood; records land late. Each figure that differs at the same moment is named, no other."""
    settings = demo_at(tmp_path)
    shutil.copytree(demo.settings.landing_path, settings.landing_path)
    shown, now = {}, {}
    for week, known_at in ((date(2026, 1, 5), demo.known_at), (date(2026, 3, 2), demo.reported_at)):
        moment = settings.report_as_of(week)
        with pipeline.built(settings, moment, known_at) as then, pipeline.built(settings, moment) as anew:
            shown[week], now[week] = figures_shown(then, week), figures_shown(anew, week)
        payload = {**shown[week], "delivered_at": moment.isoformat()}
        Landing(settings.landing_path).append(OWN, "reports", [Record("reports", f"report:{week}:{shown[week]['as_of']}", payload)])
    expected = {
        (was["table"], was["key"], was["column"], was["value"] and float(was["value"]), is_now["value"] and float(is_now["value"]))
        for week in shown
        for was, is_now in zip(shown[week]["figures"], now[week]["figures"], strict=True)
        if was["value"] != is_now["value"]
    }
    with pipeline.built(settings, demo.as_of) as connection:
        rows = connection.execute("select table_name, key, column_name, was, now, why from marts.restatements").fetchall()
    assert {row[:5] for row in rows} == expected
    assert expected, "the demo's late records change what was reported"
    causes = " ".join(why for *_, why in rows)
    assert "a request that was not known then" in causes and " belongs to " in causes
    assert "another version" not in causes
