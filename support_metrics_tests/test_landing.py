"""Landing: what it keeps, what it skips, and that nothing half done is ever seen."""

import itertools
import os
import random
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_metrics.errors import LandingError, SourceError
from support_metrics.landing import BATCH_ROWS, NEWEST, Landed, Landing, writing
from support_metrics.landing.writing import UnitWriter
from support_metrics.sources.base import Coverage, Damaged, Item, Record, Unit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)


def things(*payloads: Any, version: datetime | None = None) -> list[Record]:
    return [Record("things", f"thing:{number}", payload, version) for number, payload in enumerate(payloads)]


def land(landing: Landing, items: Iterable[Item], observed_at: datetime | None = None, digest: str | None = None) -> Landed:
    ((_, landed),) = landing.land("shop", [Unit("unit", items, digest, observed_at)], ["things"])
    return landed


def newest(landing: Landing) -> list[tuple[Any, ...]]:
    """What staging makes of landing: the newest version of every object."""
    files = [str(file) for file in landing.snapshot().get(("shop", "things"), [])]
    with duckdb.connect() as connection:
        return connection.execute(
            f"select key, unnest(max_by(struct_pack(payload, deleted), {NEWEST})) from read_parquet(?) group by key order by key", [files]
        ).fetchall()


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing", lambda: NOON)


# What is kept and what is skipped


def test_a_row_says_what_was_received_when(landing: Landing) -> None:
    land(landing, things({"b": 1, "a": [1.5, None]}, version=day(1)), observed_at=day(2))
    ((key, version, observed_at, landed_at, deleted, payload, hashed),) = landing.rows("shop", "things")
    assert (key, version, observed_at, landed_at, deleted) == ("thing:0", day(1), day(2), NOON, False)
    assert payload == '{"a":[1.5,null],"b":1}'
    assert len(hashed) == 32


def test_only_what_equals_the_latest_is_skipped(landing: Landing) -> None:
    assert land(landing, things("a", "x"), day(1)).written == {"things": 2}
    assert land(landing, things("b", "x"), day(2)).written == {"things": 1}
    assert land(landing, things("a", "x"), day(3)).written == {"things": 1}  # back to what it was: a third state
    assert newest(landing) == [("thing:0", '"a"', False), ("thing:1", '"x"', False)]


def test_a_tombstone_and_a_return_are_states_too(landing: Landing) -> None:
    alive, gone = things("a"), [Record("things", "thing:0", "a", deleted=True)]
    states: list[list[Record]] = [alive, gone, gone, alive]
    assert [land(landing, state, day(number)).written["things"] for number, state in enumerate(states)] == [1, 1, 0, 1]
    assert newest(landing) == [("thing:0", '"a"', False)]


def test_a_known_digest_is_not_even_read(landing: Landing) -> None:
    def unread() -> Iterator[Item]:
        raise AssertionError("read again")
        yield

    land(landing, things("a"), day(1), digest="d")
    assert land(landing, unread(), day(1), digest="d") == Landed(units=1, units_known=1)
    assert land(landing, unread(), None, digest="d") == Landed(units=1, units_known=1)
    with pytest.raises(AssertionError):
        land(landing, unread(), day(2), digest="d")


def test_an_older_file_given_later_changes_nothing_that_counts(landing: Landing) -> None:
    land(landing, things("new", version=day(9)), day(10))
    land(landing, things("old", version=day(3)), day(4))
    assert newest(landing) == [("thing:0", '"new"', False)]


STATES = [(1, 1, "a"), (1, 2, "b"), (3, 3, "c"), (3, 5, "c"), (2, 6, "late in arriving")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_landing_in_any_order_gives_one_result(tmp_path: Path, order: tuple[int, ...]) -> None:
    landing = Landing(tmp_path, lambda: NOON)
    for number in order:
        version, observed, payload = STATES[number]
        land(landing, things(payload, version=day(version)), day(observed))
    assert newest(landing) == [("thing:0", '"c"', False)]


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=5, unique_by=lambda each: each[1]), st.randoms())
def test_any_exports_in_any_order_give_one_result(
    tmp_path_factory: pytest.TempPathFactory, exports: list[tuple[int, int]], dice: random.Random
) -> None:
    """Each export holds two objects, in the state that their own clocks had by then."""
    results = []
    for shuffled in (exports, dice.sample(exports, len(exports))):
        landing = Landing(tmp_path_factory.mktemp("landing"), lambda: NOON)
        for version, observed in shuffled:
            land(landing, things(f"v{version}", {"version": version}, version=day(version)), day(observed))
        results.append(newest(landing))
    assert results[0] == results[1]


def test_coverage_damaged_records_and_files_are_landed_too(landing: Landing) -> None:
    items: list[Item] = [*things("a"), Damaged("things", "f:2", "has no id"), Coverage("things", "*", day(1), day(2))]
    assert land(landing, items, day(2), digest="d").damaged == [Damaged("things", "f:2", "has no id")]
    for stream, said in (("damaged", '"place":"f:2"'), ("syncs", '"covered_until_at":"2026-01-03'), ("files", '"digest":"d"')):
        ((payload,),) = landing.rows("support_metrics", stream, "payload")
        assert said in payload


# Nothing half done is ever seen


def visible(landing: Landing) -> list[str]:
    return sorted(str(path.relative_to(landing.root)) for path in landing.root.rglob("*") if path.is_file())


def cut_short(count: int) -> Iterator[Item]:
    yield from (Record("things", f"thing:{number}", number) for number in range(count))
    raise SourceError("unit, line 9: the JSON is cut short", "export it again")


@pytest.mark.parametrize("count", [3, BATCH_ROWS + 1], ids=["before anything is written", "after some is written"])
def test_a_unit_that_fails_lands_nothing(landing: Landing, count: int) -> None:
    with pytest.raises(SourceError):
        land(landing, cut_short(count), day(1), digest="d")
    assert visible(landing) == []
    assert land(landing, things("a"), day(1), digest="d").written == {"things": 1}


def test_reading_waits_for_writing(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than two batches wait, so that memory does not grow with a source that is read faster than it is written."""
    flush, waiting = UnitWriter._flush, []

    def counted(self: UnitWriter, stream: str) -> None:
        flush(self, stream)
        waiting.append(len(self._begun))

    monkeypatch.setattr(writing, "BATCH_ROWS", 10)
    monkeypatch.setattr(UnitWriter, "_flush", counted)
    land(landing, (Record("things", f"thing:{number}", number) for number in range(95)), day(1))
    assert len(waiting) == 10 and max(waiting) == 2
    assert landing.rows("shop", "things", "count(*)") == [(95,)]


CHILD = """
    import os, random, resource, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from support_metrics.errors import SupportMetricsError
    from support_metrics.landing import BATCH_ROWS, Landing
    from support_metrics.sources.base import Record, Unit

    def items(kill):
        dice = random.Random(1)
        for number in range(BATCH_ROWS + 1):
            yield Record("things", f"thing:{number}", dice.randbytes(60).hex())
        if kill:
            os.kill(os.getpid(), signal.SIGKILL)

    how, root = sys.argv[1:]
    if how == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    landing = Landing(Path(root), lambda: datetime(2026, 3, 2, tzinfo=UTC))
    try:
        for unit, landed in landing.land("shop", [Unit("unit", items(how == "kill"), "d")], ["things"]):
            print("written", landed.written)
    except SupportMetricsError as error:
        sys.exit(str(error))
"""


def child(how: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(CHILD), how, str(root)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_killed_process_leaves_nothing_to_be_seen(landing: Landing) -> None:
    land(landing, things("before"), day(1))
    before = landing.snapshot()
    assert child("kill", landing.root).returncode == -9
    assert landing.snapshot() == before
    assert land(landing, things("before", "after"), day(2), digest="d").written == {"things": 1}


def test_a_full_disk_is_one_clear_error_and_nothing_is_landed(landing: Landing) -> None:
    land(landing, things("before"), day(1))
    before = visible(landing)
    ended = child("full", landing.root)
    assert ended.returncode == 1
    assert f"no space left while writing {landing.root}" in ended.stderr
    assert "free some space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert visible(landing) == before


@pytest.mark.parametrize("place", ["landing", "landing/shop"])
def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("a file where a folder should be")
    with pytest.raises(LandingError) as caught:
        land(Landing(tmp_path / "landing", lambda: NOON), things("a"), day(1))
    assert str(tmp_path / "landing") in caught.value.problem
    assert "paths.landing" in caught.value.mend


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(LandingError, match="cannot write"):
        land(Landing(tmp_path / "landing", lambda: NOON), things("a"), day(1))


# Compaction


def test_compaction_keeps_every_row_and_readers_keep_their_snapshot(landing: Landing) -> None:
    for number in range(4):
        land(landing, things("a", {"n": number}, version=day(number)), day(number), digest=str(number))
    before, rows, snapshot = newest(landing), sorted(landing.rows("shop", "things")), landing.snapshot()
    assert landing.compact() > 0
    assert sorted(landing.rows("shop", "things")) == rows
    assert newest(landing) == before
    assert {place: len(files) for place, files in landing.snapshot().items()} == dict.fromkeys(snapshot, 1)
    assert all(path.exists() for files in snapshot.values() for path in files)  # for those still reading them
    assert landing.compact() == 0
    assert not any(path.exists() for path in snapshot["shop", "things"])
    assert sorted(landing.rows("shop", "things")) == rows


def test_after_compaction_landing_goes_on_as_if_nothing_had_happened(landing: Landing) -> None:
    land(landing, things("a"), day(1), digest="1")
    land(landing, things("b"), day(2), digest="2")
    landing.compact()
    assert land(landing, things("b"), day(2), digest="2").units_known == 1
    assert land(landing, things("b"), day(3)).written == {"things": 0}
    assert land(landing, things("a"), day(4)).written == {"things": 1}
    landing.compact()
    assert newest(landing) == [("thing:0", '"a"', False)]


def test_files_that_appear_twice_in_a_crash_between_two_steps_change_nothing(landing: Landing) -> None:
    land(landing, things("a"), day(1))
    land(landing, things("b"), day(2))
    before = newest(landing)
    landing.compact()
    (landing.root / "manifest.json").unlink()  # as if the machine had stopped just before the manifest appeared
    assert newest(landing) == before
    landing.compact()
    assert newest(landing) == before
