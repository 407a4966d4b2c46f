"""The command serve: the reports folder over HTTP."""

from __future__ import annotations

import click

from support_metrics.cli.options import example, load, settings_option


@click.command(
    short_help="Serve the reports folder on this machine.",
    context_settings={"allow_interspersed_args": False},
    epilog=example(
        "support-metrics serve",
        "support-metrics serve --port 3002",
        "support-metrics serve -- dagster dev -w workspace.yaml   # beside Dagster, as `make dev` does",
    ),
)
@click.option("--port", type=click.IntRange(0, 65535), default=3001, show_default=True, help="The port on 127.0.0.1; 0 takes any free one.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@settings_option
def serve(port: int, command: tuple[str, ...]) -> None:
    """Serve the reports folder on this machine, so that Dagster's UI can link its pages.

    It may start before the first report is made, and ends with Ctrl-C. With a COMMAND it serves while that runs, and tells it the address
    in SUPPORT_METRICS_REPORTS_URL, by which Dagster links a page where `posting.report_url` is not set. Nothing but the folder is served,
    and only on 127.0.0.1.
    """
    from support_metrics.serving import ReportsServer

    folder = load().reports_path
    with ReportsServer(folder, port) as server:
        click.echo(f"Reports: {server.address} serves {folder.resolve()}")
        if command:
            raise click.exceptions.Exit(server.serve_beside(command))
        server.serve_forever()
