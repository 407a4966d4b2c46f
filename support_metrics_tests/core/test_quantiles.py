"""Kaplan–Meier percentiles of the time to a first response against published examples.

The 6-MP trial of acute leukaemia: Freireich et al. (1963), Blood 21, 699; weeks of remission as tabulated in Cox & Oakes, Analysis of
Survival Data (1984), p. 8. Its survival curve and the medians, 23 weeks under 6-MP and 8 under placebo, are textbook figures
(Kleinbaum & Klein, Survival Analysis, 3rd ed., ch. 2). SciPy's `ecdf(CensoredData.right_censored(…)).sf` gives the same steps.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction

import duckdb
import pytest

from support_metrics.model import SQL_FOLDER
from support_metrics.warehouse import create, create_table
from support_metrics_tests.sql.cases import model_of

Trial = tuple[list[int], list[int]]

# Weeks, and those of them at which a patient left without relapse.
MERCAPTOPURINE: Trial = ([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
PLACEBO: Trial = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [])


def _quantiles(trial: Trial) -> tuple[int | None, int | None]:
    """Median and 90th percentile by the SQL, the events of a trial taken for answers."""
    answered, censored = trial
    waits = [(seconds, True) for seconds in answered] + [(seconds, False) for seconds in censored]
    random.Random(7).shuffle(waits)
    model = model_of(SQL_FOLDER / "core" / "response_quantiles.sql")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema core")
        create_table(
            connection,
            "core.judgements",
            {
                "request_id": "VARCHAR", "moment_week": "DATE", "week": "DATE", "elapsed_seconds": "BIGINT", "calendar_seconds": "BIGINT",
                "first_response_at": "TIMESTAMPTZ", "state": "VARCHAR",
            },
            [
                (str(number), now.replace(year=1, month=1, day=1).date(), now.date(), seconds, seconds, now if is_answered else None, "late")
                for number, (seconds, is_answered) in enumerate(waits)
            ],
        )  # fmt: skip
        rows = [(str(number), "github") for number in range(len(waits))]
        create_table(connection, "core.requests", {"request_id": "VARCHAR", "channel": "VARCHAR"}, rows)
        create(connection, model)
        found = connection.execute("select median_seconds, p90_seconds from core.response_quantiles where channel = 'github'").fetchall()
    ((median, p90),) = found
    return median, p90


@pytest.mark.parametrize(
    ("trial", "expected"),
    [
        (MERCAPTOPURINE, (23, None)),  # survival falls to 0.448 at 23 weeks and no further
        (PLACEBO, (8, 17)),  # 8 of 21 remain at 8 weeks, 2 of 21 at 17
    ],
    ids=["6-MP", "placebo"],
)
def test_the_leukaemia_trial(trial: Trial, expected: tuple[int | None, int | None]) -> None:
    assert _quantiles(trial) == expected


def test_leaving_the_censored_out_would_flatter() -> None:
    """What a plain median of the answered says of the same data."""
    answered, _ = MERCAPTOPURINE
    assert _quantiles((answered, [])) == (10, 23)


@pytest.mark.parametrize(
    ("trial", "expected"),
    [
        (([], [5, 9]), (None, None)),
        (([5], []), (5, 5)),
        (([5], [5]), (5, None)),  # the one censored at 5 was still at risk then
        (([5, 9], []), (5, 9)),  # half is enough
        (([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], []), (5, 9)),
        (([1, 2, 3, 4, 5, 6, 7, 8, 9], [10]), (5, 9)),  # nine tenths to the very end, not lost to rounding
        (([1, 2, 3, 4, 5, 6, 7, 8], [9, 10]), (5, None)),
    ],
)
def test_small_cases(trial: Trial, expected: tuple[int | None, int | None]) -> None:
    assert _quantiles(trial) == expected


def test_equals_the_product_written_out() -> None:
    """The estimator by its definition, with exact fractions, over random trials."""
    dice = random.Random(1958)
    for _ in range(30):
        trial = ([dice.randint(0, 20) for _ in range(dice.randint(0, 30))], [dice.randint(0, 20) for _ in range(dice.randint(1, 20))])
        answered, censored = trial
        waiting, surviving = Fraction(1), {}
        for seconds in sorted(set(answered)):
            at_risk = sum(each >= seconds for each in answered + censored)
            waiting *= 1 - Fraction(answered.count(seconds), at_risk)
            surviving[seconds] = waiting
        expected = tuple(
            min((seconds for seconds, share in surviving.items() if share <= level), default=None)
            for level in (Fraction(1, 2), Fraction(1, 10))
        )
        assert _quantiles(trial) == expected, trial
