"""The commands that read what was published: query, tables."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from support_metrics.cli.options import example, load, settings_option
from support_metrics.cli.show import WRITERS
from support_metrics.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from support_metrics.model import Model

READING = ("SELECT", "EXPLAIN", "PRAGMA", "SET", "MULTI")
# What these are of is told by their first word alone.
WRAPPING = ("EXPLAIN", "MULTI")
READS = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:explain\s+(?:analyze\s+)?(?:\([^)]*\)\s*)?)?\(*\s*"
    r"(?:select|from|with|pivot|unpivot|values|table|describe|show|summarize)\b",
    re.IGNORECASE | re.DOTALL,
)
BATCH = 5_000
STEPS = re.compile(r"\b(staging|core)\b\W{0,3}\.", re.IGNORECASE)


@click.command(
    short_help="Ask the published warehouse in SQL.",
    epilog=example(
        "support-metrics query \"from daily_users where channel = 'all' order by day desc limit 7\"",
        'support-metrics query --format csv "from new_users" > new_users.csv',
        "support-metrics query --format json - < question.sql",
    ),
)
@click.argument("sql")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="table", show_default=True, help="How to print the answer.")
@settings_option
def query(sql: str, form: str) -> None:
    """Ask the published warehouse a question in SQL; `-` reads the SQL from standard input.

    Read-only. Tables of the schema marts need no prefix; `support-metrics tables` lists them. Instants are in UTC.
    A question that names a table of core or staging takes longer: these steps are made anew for it, as they were when published.
    """
    from support_metrics.pipeline import published_with_steps
    from support_metrics.warehouse import open_published

    if sql == "-":
        sql = sys.stdin.read()
    settings = load()
    steps = _steps_named(sql)
    with published_with_steps(settings, steps) if steps else contextlib.closing(open_published(settings)) as connection, _stoppable():
        if not steps:
            connection.execute("set search_path = 'marts'")
        names, rows = _answer(connection, sql)
        WRITERS[form](names, rows, sys.stdout)


def _steps_named(sql: str) -> list[str]:
    """The tables of staging and core whose names stand in the text, if it names these schemas at all."""
    if not STEPS.search(sql):
        return []
    from support_metrics.warehouse import models

    words = set(re.findall(r"\w+", sql.lower()))
    return [model.table for model in models() if model.layer != "marts" and model.name in words]


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C end the process at once, as a long query would go on until its next row; there is nothing to tidy up."""
    import signal

    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _answer(connection: DuckDBPyConnection, sql: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Column names and rows of the last statement; raises WarehouseError saying what DuckDB found wrong."""
    with _clear_errors():
        statements = connection.extract_statements(sql)
    if not statements:
        raise WarehouseError("the query is empty", 'write one, such as "from daily_users limit 5"')
    _refuse_all_but_one_query([(statement.type.name, statement.query) for statement in statements])
    with _clear_errors():
        for statement in statements:
            connection.execute(statement)
        names = [column[0] for column in connection.description or ()]
        return names, _rows(connection, connection.fetchmany(BATCH))


def _refuse_all_but_one_query(statements: Sequence[tuple[str, str]]) -> None:
    """Raise WarehouseError unless these, each its type and text, are settings and then one query that only reads."""
    # A pivot is two statements in DuckDB 1.5, both without a text: a temporary type of the values that become columns, and the query.
    asked = [(kind, text) for kind, text in statements if kind != "SET" and (kind != "CREATE" or text)]
    for kind, text in asked:
        if kind not in READING or (kind in WRAPPING and not READS.match(text)):
            raise WarehouseError(
                f"{kind.replace('_', ' ')} is refused: the published warehouse is read-only",
                "ask with SELECT or FROM; what the warehouse holds follows from landing and settings, so change those and build again",
            )
    if len(asked) > 1 or (asked and statements[-1][0] == "SET"):
        raise WarehouseError("the text holds several queries, of which only one can be answered", "ask them one at a time, after any SET")


def _rows(connection: DuckDBPyConnection, batch: list[Any]) -> Iterator[Sequence[Any]]:
    while batch:
        yield from batch
        with _clear_errors():
            batch = connection.fetchmany(BATCH)


@contextlib.contextmanager
def _clear_errors() -> Iterator[None]:
    """Whatever DuckDB objects to, said once; only calls of DuckDB stand inside."""
    try:
        yield
    except Exception as error:
        said = str(error).strip()
        raise WarehouseError(
            said, "correct the query; `support-metrics tables` lists the tables, `support-metrics tables NAME` their columns"
        ) from error


@click.command(
    short_help="What tables exist and what they say.",
    epilog=example("support-metrics tables", "support-metrics tables daily_users", "support-metrics tables core.responses"),
)
@click.argument("name", required=False)
@settings_option
def tables(name: str | None) -> None:
    """List the tables with what they say; with NAME, its grain and its columns with types and meanings.

    The marts are what notebooks and reports read; core and staging are the steps on the way there,
    which are not kept: `query` and `explain` make them anew where they are asked about.
    """
    from support_metrics.warehouse import models

    if name is None:
        _list_tables(models())
    else:
        _describe(_find(name, models()))


def _list_tables(models: Sequence[Model]) -> None:
    width = max((len(model.table) for model in models), default=0)
    for layer in ("marts", "core", "staging"):
        for model in sorted((each for each in models if each.layer == layer), key=lambda each: each.name):
            click.echo(_wrapped(f"{model.table:<{width}}  ", model.description))
        click.echo()
    click.echo("support-metrics tables NAME tells a table's columns.")


def _find(name: str, models: Sequence[Model]) -> Model:
    import difflib

    for layer in ("marts", "core", "staging"):
        for model in models:
            if model.layer == layer and name.lower() in (model.table, model.name):
                return model
    known = {each: model.table for model in models for each in (model.table, model.name)}
    close = difflib.get_close_matches(name.lower(), known, n=1)
    raise WarehouseError(
        f"there is no table {name!r}" + (f", did you mean {known[close[0]]}?" if close else ""), "`support-metrics tables` lists them all"
    )


def _describe(model: Model) -> None:
    click.echo(model.table)
    click.echo(_wrapped("  ", model.description))
    click.echo(f"  one row per {', '.join(model.grain)}\n")
    wide, kind = (max(len(getattr(column, field)) for column in model.columns) for field in ("name", "type"))
    for column in model.columns:
        click.echo(_wrapped(f"  {column.name:<{wide}}  {column.type:<{kind}}  ", column.says))


def _wrapped(before: str, text: str) -> str:
    """The text behind `before`, wrapped to the terminal under its own beginning."""
    import shutil
    import textwrap

    columns = shutil.get_terminal_size((110, 24)).columns
    return textwrap.fill(
        text, max(columns, len(before) + 30), initial_indent=before, subsequent_indent=" " * len(before), break_long_words=False
    )
