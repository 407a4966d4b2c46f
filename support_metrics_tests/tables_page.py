"""docs/tables.md from the headers of the models. To write it anew: python -m support_metrics_tests.tables_page"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from support_metrics.model import Model
from support_metrics.warehouse import models

PAGE = Path(__file__).parents[1] / "docs/tables.md"
BEGINNING = """\
# The tables

Schema `marts` is what notebooks, the report and your own queries read: a stable contract. Every table below is one file
`support_metrics/sql/marts/<table>.sql`; this page is made from the files' headers by `python -m support_metrics_tests.tables_page`, and a test
fails where the two differ. `support-metrics tables` prints the same, with the steps on the way there (schemas `core` and `staging`, which may change).

- Names end in what they are: `_at` an instant in UTC, `_on`, `day` and `week` local dates of the team's zone (a week is its Monday), `_seconds` a duration, `is_` yes or no.
- Unknown is null, not zero: where a source does not cover a day or a week, its figures are null.
- The *grain* names the columns that identify a row; every build checks that it does, and that columns marked *always* are never null.

[What the numbers mean](definitions.md) explains the words.
"""


def render() -> str:
    """The page."""
    marts = sorted((model for model in models() if model.layer == "marts"), key=lambda model: model.name)
    return "\n".join([BEGINNING, *(line for model in marts for line in _section(model))])


def _section(model: Model) -> Iterator[str]:
    yield f"## {model.name}\n"
    yield f"{model.description}\n"
    yield f"Grain: {', '.join(f'`{column}`' for column in model.grain)}.\n"
    yield "| column | type | | meaning |"
    yield "| --- | --- | --- | --- |"
    for column in model.columns:
        always = "always" if column.name in model.required else ""
        kind = column.type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        yield f"| `{column.name}` | {kind} | {always} | {column.says.replace('|', chr(92) + '|')} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
