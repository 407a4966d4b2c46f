"""The commands around the work: init, doctor, compact."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from support_metrics.cli.options import example, load, settings_file, settings_option
from support_metrics.cli.show import printable


@click.command(
    short_help="Write settings and a roster to start from.",
    epilog=example("support-metrics init", "support-metrics init my-team && cd my-team && support-metrics doctor"),
)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write commented settings, a roster, overrides, a rotation and leads to start from into FOLDER (by default here).

    Files that are already there are left as they are.
    """
    from support_metrics.starter import write_starter

    for path, is_new in write_starter(folder, date.today()):
        click.echo(f"{'wrote' if is_new else 'kept '} {path}" + ("" if is_new else " (it was already there and is not overwritten)"))
    step = f"cd {folder} && " if folder != Path(".") else ""
    click.echo(
        "\nNext:\n"
        "  1. In support_metrics.toml: the time zone, the business hours, and under each source the files it is read from,\n"
        "     or how it is read live, with a token in the environment. The page of each source in docs/ shows the steps.\n"
        "  2. In roster.toml: the people of the team; everyone else counts as a user.\n"
        f"  3. {step}support-metrics doctor    says what is still missing\n"
        f"  4. {step}support-metrics refresh   reads everything and writes the first report"
    )


@click.command(
    short_help="Say what is wrong and how to mend it.",
    epilog=example("support-metrics doctor", "support-metrics --settings my-team/support_metrics.toml doctor"),
)
@settings_option
def doctor() -> None:
    """Check settings, roster, overrides, paths, files, tokens, landing and warehouse.

    Says what is wrong and how to mend it; the exit code is 1 if anything is wrong. No secret is ever printed.
    """
    from support_metrics.doctor import examine

    wrong = 0
    for finding in examine(settings_file()):
        wrong += finding.level == "wrong"
        level = "WRONG" if finding.level == "wrong" else finding.level
        click.echo(printable(f"{level:<5}  {finding.about:<10}  {finding.says}"))
        if finding.mend:
            click.echo(printable(f"{'':19}what to do: {finding.mend}"))
    click.echo(f"\n{wrong} {'thing is' if wrong == 1 else 'things are'} wrong." if wrong else "\nNothing is wrong.")
    if wrong:
        raise click.exceptions.Exit(1)


@click.command(short_help="Make the landing zone's files fewer.", epilog=example("support-metrics compact"))
@settings_option
def compact() -> None:
    """Replace the many small files of the landing zone by one per stream; every row and every result stays.

    Safe while others read and write. The old files are removed by the next compact.
    """
    from support_metrics.landing import Landing

    settings = load()
    replaced = Landing(settings.landing_path).compact()
    where = settings.landing_path.resolve()
    click.echo(f"{replaced:,} files replaced in {where}" if replaced else f"nothing to compact in {where}")
