"""The command `support-metrics`. Nothing heavy is imported here: every command imports what it needs when it runs."""

from __future__ import annotations

import errno
import sys
from typing import Any

import click

from support_metrics.cli.explain import explain
from support_metrics.cli.exterminator import exterminator
from support_metrics.cli.forget import forget
from support_metrics.cli.leads import leads
from support_metrics.cli.making import build, refresh, report
from support_metrics.cli.options import example, settings_option
from support_metrics.cli.reading import query, tables
from support_metrics.cli.serve import serve
from support_metrics.cli.show import printable
from support_metrics.cli.upkeep import compact, doctor, init
from support_metrics.errors import SupportMetricsError


class Commands(click.Group):
    """A group that turns every foreseen failure into two lines on stderr and never into a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            result = super().invoke(context)
            sys.stdout.flush()
        except SupportMetricsError as error:
            complain(error.problem, error.mend)
        except KeyboardInterrupt:
            context.exit(130)
        except RuntimeError as error:
            if str(error) != "Query interrupted":  # DuckDB's word for Ctrl-C
                raise
            context.exit(130)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output has had enough
                raise
            where = f": {error.filename}" if error.filename else ""
            complain(f"{error.strerror or error}{where}", "check the path, its permissions and the free space, then run the command again")
        else:
            return result
        context.exit(1)

    def list_commands(self, context: click.Context) -> list[str]:
        """In the order of use, not of the alphabet."""
        return list(self.commands)


def complain(problem: str, mend: str) -> None:
    """Say on stderr what is wrong and how to mend it; what it quotes from outside must not steer the terminal."""
    for line in f"error: {problem}\nwhat to do: {mend}".split("\n"):
        click.echo(printable(line), err=True)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=example("support-metrics init my-team", "cd my-team && support-metrics doctor", "support-metrics refresh"),
)
@settings_option
@click.version_option(package_name="support-metrics")
def main() -> None:
    """How many different people needed us this week? How much work was that? Did we answer in time?

    Reads Slack, GitHub, Shortcut, the handoff form, e-mail, X and YouTube, keeps what it read, and derives the numbers.
    """


for command in (init, doctor, refresh, build, report, serve, query, explain, exterminator, leads, tables, compact, forget):
    main.add_command(command)
