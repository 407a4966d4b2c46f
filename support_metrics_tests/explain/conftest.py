"""The demo, landed, built and published once; tests only read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support_metrics import pipeline
from support_metrics.explain import Explanation, explain_request
from support_metrics.explain.parts import Request
from support_metrics.settings import Settings, load_settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DEMO = Path(__file__).parents[2] / "data/demo"
CASES: dict[str, dict[str, Any]] = json.loads((DEMO / "planted_cases.json").read_text("utf-8"))["cases"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the demo, which has been published."""
    folder = tmp_path_factory.mktemp("explained")
    settings = load_settings(DEMO / "support_metrics.toml")
    paths = settings.paths.model_copy(update={"landing": folder / "landing", "warehouse": folder / "warehouse"})
    settings = settings.model_copy(update={"paths": paths})
    assert not [each for each in pipeline.land(settings).values() if isinstance(each, Exception)]
    pipeline.build_and_publish(settings)
    return settings


@pytest.fixture(scope="session")
def published(demo: Settings) -> Iterator[DuckDBPyConnection]:
    """What is published of the demo, with the steps on the way there."""
    with pipeline.published_with_steps(demo) as connection:
        yield connection


def key_of(case: str, part: str = "") -> str:
    """The key of a planted case's message or issue; `part` chooses another, or the first of several."""
    planted = CASES[case]
    found = planted[part] if part else planted.get("message") or planted["issue"]
    return str((found[0] if isinstance(found, list) else found)["key"])


@pytest.fixture(scope="session")
def explained(published: DuckDBPyConnection) -> Callable[..., Explanation]:
    """What is said of a planted case."""
    return lambda case, part="": explain_request(published, key_of(case, part))


@pytest.fixture(scope="session")
def path(explained: Callable[..., Explanation]) -> Callable[..., Request]:
    """The path of the one request a planted case is about."""

    def find(case: str, part: str = "") -> Request:
        (request,) = explained(case, part).requests
        return request

    return find
