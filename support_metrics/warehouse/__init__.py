"""The warehouse: a pure function of landing, settings, `as_of` and `known_at`, built whole in a file of its own and published by rename."""

from support_metrics.warehouse.building import Build, build, discard, whole
from support_metrics.warehouse.publishing import (
    LINK,
    attach_published,
    built_from,
    first_covered_week,
    open_published,
    open_read_only,
    publish,
)
from support_metrics.warehouse.tables import LANDING_COLUMNS, STEPS, Snapshot, create, create_table, evaluate, models, prepare

__all__ = [
    "LANDING_COLUMNS",
    "LINK",
    "STEPS",
    "Build",
    "Snapshot",
    "attach_published",
    "build",
    "built_from",
    "create",
    "create_table",
    "discard",
    "evaluate",
    "first_covered_week",
    "models",
    "open_published",
    "open_read_only",
    "prepare",
    "publish",
    "whole",
]
