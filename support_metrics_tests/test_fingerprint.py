"""The fingerprint of the settings, by which a report's figures are told to have changed with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support_metrics.settings import Settings
from support_metrics.settings_tables import OF_READING, fingerprint

SOURCES = ("slack", "github", "shortcut", "handoff", "email", "x", "youtube")


def at(**sections: object) -> str:
    return fingerprint(Settings.model_validate({"folder": Path("."), **sections}))


@pytest.mark.parametrize(
    "sections",
    [
        {"slack": {"files": ["exports/*"], "live": True, "api_url": "http://here/", "since": "2026-01-01", "page_size": 15}},
        {"github": {"live": True, "sweep_days": 1, "app_id": 7, "covered_from": "2026-01-01"}},
        {"handoff": {"urls": ["https://sheet"]}},
        {"email": {"imap_host": "mail", "imap_user": "us", "imap_folders": ["Sent"]}},
        {"x": {"live": True, "direct_messages": True}},
    ],
)
def test_how_a_source_is_read_is_no_part_of_it(sections: dict[str, object]) -> None:
    """What is read decides what lands; what landed later is told as a late record, and not as another setting."""
    assert at(**sections) == at()


@pytest.mark.parametrize(
    "sections",
    [
        {"slack": {"channels": ["help"]}},
        {"slack": {"group_minutes": 11}},
        {"slack": {"team_id": "T9"}},
        {"github": {"repositories": ["a/b"]}},
        {"handoff": {"time_zone": "Europe/Berlin"}},
        {"email": {"addresses": ["us@example.org"]}},
        {"x": {"account_id": "7"}},
        {"team": {"time_zone": "Europe/Berlin"}},
        {"rota": [{"week": "2026-03-02", "exterminator": "Ada"}]},
    ],
)
def test_what_figures_are_made_with_is(sections: dict[str, object]) -> None:
    assert at(**sections) != at()


def test_every_name_left_out_is_one_of_a_source() -> None:
    known = {name for source in SOURCES for name in type(getattr(Settings(), source)).model_fields}
    assert OF_READING - known == set()
