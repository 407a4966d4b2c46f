"""Every model does what its cases say, whatever the order its rows come in; and every model has cases."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from support_metrics.model import SQL_FOLDER
from support_metrics_tests.sql.cases import CASES_FOLDER, Case, CaseError, case_paths, load_cases, model_paths, run


def _named(path: Path) -> str:
    return f"{path.parent.name}.{path.stem}"


def _all_cases() -> list[object]:
    """A case file that cannot be read is one failing test and hides no other."""
    found: list[object] = []
    for path in case_paths():
        try:
            found += [pytest.param(case, id=f"{_named(path)}: {case.name}") for case in load_cases(path)]
        except (CaseError, yaml.YAMLError, AttributeError, TypeError) as error:
            found.append(pytest.param(error, id=f"{_named(path)}: cannot be read"))
    return found


@pytest.mark.parametrize("case", _all_cases())
def test_case(case: Case | Exception) -> None:
    if isinstance(case, Exception):
        raise case
    for backwards in (False, True):
        columns, held, expected = run(case, backwards=backwards)
        assert [dict(zip(columns, row, strict=True)) for row in held] == [dict(zip(columns, row, strict=True)) for row in expected], (
            case.name
        )


@pytest.mark.parametrize("path", model_paths(), ids=_named)
def test_every_model_has_cases(path: Path) -> None:
    cases = CASES_FOLDER / path.parent.name / f"{path.stem}.yaml"
    assert cases.is_file(), f"write {cases.relative_to(CASES_FOLDER.parent.parent)} with cases a naive {_named(path)} would fail"
    names = [case.name for case in load_cases(cases)]
    assert names, f"{cases.name} holds no case"
    assert len(names) == len(set(names)), f"{cases.name} names two cases alike"


@pytest.mark.parametrize("path", case_paths(), ids=_named)
def test_every_case_file_has_its_model(path: Path) -> None:
    assert (SQL_FOLDER / path.parent.name / f"{path.stem}.sql").is_file(), f"{path.name} tests no model"


def _case(given: dict[str, list[dict[str, object]]], expect: list[dict[str, object]]) -> Case:
    return Case(CASES_FOLDER / "staging" / "shortcut_members.yaml", "a case", given, expect)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (_case({"landing.shortcut_membres": []}, []), "does not read"),
        (_case({"landing.shortcut_members": [{"key": "k", "payloud": {}}]}, []), "no column 'payloud'"),
        (_case({}, [{"nmae": "Ana"}]), "no column 'nmae'"),
    ],
    ids=["table", "given column", "expected column"],
)
def test_a_misspelt_case_fails(case: Case, reason: str) -> None:
    with pytest.raises(CaseError, match=reason):
        run(case)
