"""What a table is held to by its header: its grain is unique, required columns are not null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_metrics.model import Model

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Check:
    """A check of one table: whether it held and, if not, how many rows broke it."""

    table: str
    name: str
    failures: int

    @property
    def passed(self) -> bool:
        return self.failures == 0


def check(connection: DuckDBPyConnection, model: Model, count: int) -> list[Check]:
    """The header's checks of a table of so many rows: the grain is unique, required columns are not null. None of no rows breaks them.

    As many distinct hashes as rows prove the grain unique at a fraction of the cost; only where there are fewer are the rows compared.
    """
    grain = ", ".join(f'"{column}"' for column in model.grain)
    there = "".join(f', count("{column}")' for column in model.required)
    distinct, *present = [0] * (1 + len(model.required))
    if count:
        distinct, *present = connection.execute(f"select count(distinct hash({grain})){there} from {model.table}").fetchall()[0]
    if distinct < count:
        ((distinct,),) = connection.execute(f"select count(*) from (select distinct {grain} from {model.table})").fetchall()
    checks = [Check(model.table, "grain_is_unique", count - distinct)]
    checks += [Check(model.table, f"{name}_is_not_null", count - known) for name, known in zip(model.required, present, strict=True)]
    return checks
