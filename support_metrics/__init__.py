"""How many different people needed help, how much work that made, and whether they were answered in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def open_warehouse(settings_file: str | None = None) -> DuckDBPyConnection:
    """A read-only DuckDB connection to the published warehouse, for notebooks: `open_warehouse().sql("from marts.daily_users").df()`.

    `settings_file` is found as the command line finds it. Raises SettingsError or WarehouseError, each saying what to do.
    """
    from support_metrics.settings import load_settings
    from support_metrics.warehouse import open_published

    return open_published(load_settings(settings_file))
