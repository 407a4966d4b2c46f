"""The notebooks run from top to bottom against a published warehouse, and are kept without their outputs."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from support_metrics import pipeline
from support_metrics.settings import SETTINGS_VARIABLE, load_settings

REPOSITORY = Path(__file__).parent.parent
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, landed, built and published in a folder of the test's own."""
    folder = tmp_path_factory.mktemp("notebooks") / "demo"
    shutil.copytree(REPOSITORY / "data" / "demo", folder)
    settings = load_settings(folder / "support_metrics.toml")
    pipeline.land(settings)
    pipeline.build_and_publish(settings)
    return folder / "support_metrics.toml"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path: Path, settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTINGS_VARIABLE, str(settings_file))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(settings_file.parent)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    charts = [output for output in outputs if "application/vnd.plotly.v1+json" in output.get("data", {})]
    assert len(charts) == 3
    assert all(any(trace.get("x") is not None for trace in chart["data"]["application/vnd.plotly.v1+json"]["data"]) for chart in charts)
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
