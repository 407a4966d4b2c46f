"""The command forget: take a person's data out of all that is kept."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from support_metrics.cli.options import example, load, settings_option
from support_metrics.cli.show import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support_metrics.forgetting import Plan, Proof


@click.command(
    short_help="Remove a person's data from all that is kept.",
    epilog=example("support-metrics forget ada@example.com", "support-metrics forget github:user:583231 --yes"),
)
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--even-if-figures-change", is_flag=True, help="Do it although figures would change, which are named.")
@settings_option
def forget(person: str, yes: bool, even_if_figures_change: bool) -> None:
    """Remove a person's data from the landing zone, the warehouse, the archived reports, the overrides and the leads.

    PERSON is an account's key, a login, an e-mail address or a name that means one person outside the team. Shows what will go and asks. Every
    figure stays as it was. What is read again later lands without them. Afterwards all that is kept is searched for what tells who they
    are; the exit code is 1 if anything is found. This cannot be undone.
    """
    from support_metrics.forgetting import carried_out, inputs, is_forgotten, planned, searched_again, tidied
    from support_metrics.people import NobodyKnown

    settings = load()

    def tell(text: str) -> None:
        click.echo(printable(f"{text} …"), err=True)

    if settings.landing_path.is_dir() and (left := tidied(settings, tell)):
        click.echo(f"{left} {'file' if left == 1 else 'files'} left by a forgetting that was stopped: done", err=True)
    try:
        with planned(settings, person, tell) as plan:
            _show(plan)
            _agreed(plan, yes, even_if_figures_change)
            proof = carried_out(plan, tell)
            found = inputs(settings, plan.needles)
    except NobodyKnown:
        if not is_forgotten(settings, person):
            raise
        _judge(searched_again(settings, person, tell), f"{person} was forgotten before.")
        return
    _name_inputs(found)
    _judge(proof, "Forgotten.")


def _show(plan: Plan) -> None:
    click.echo(printable(f"{plan.found.name} ({plan.found.person_id}), with {', '.join(plan.found.person.accounts)}"))
    for (source, stream), count in sorted(plan.rewritten.changed.items()):
        click.echo(f"  landing     {count:>7,}  records of {source} {stream} are theirs or speak of them")
    for suggestion in plan.found.suggestions:
        click.echo(printable(f"  may be theirs too, and stays: {suggestion}"))
    for page in plan.pages:
        click.echo(printable(f"  report               {page.path}"))
    for edit in plan.edits:
        click.echo(printable(f"  {edit.path.stem:<11}          {edit.path}, {len(edit.lines)} lines"))
    click.echo("  warehouse            built anew; older versions go")
    if plan.figures:
        click.echo(f"  these figures would change: {', '.join(plan.figures)}")


def _agreed(plan: Plan, yes: bool, even_if_figures_change: bool) -> None:
    from support_metrics.errors import SupportMetricsError

    if plan.figures and not even_if_figures_change:
        raise SupportMetricsError(
            f"figures would change: {', '.join(plan.figures)}; nothing was forgotten",
            "please report this; with --even-if-figures-change it is done all the same",
        )
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask; give --yes to do it without asking")
    click.confirm("Forget them? This cannot be undone", abort=True)


def _name_inputs(found: Sequence[Path]) -> None:
    """Exports are the team's own; many files of one folder are named as that folder."""
    folders = Counter(path.parent for path in found)
    for path in dict.fromkeys(path.parent if folders[path.parent] > 3 else path for path in found):
        count = f" ({folders[path]} files)" if path in folders else ""
        click.echo(printable(f"still in an input, which only you can delete: {path}{count}"))


def _judge(proof: Proof, said: str) -> None:
    for trace in proof.traces:
        click.echo(printable(f"error: still there: {trace}"), err=True)
    if proof.traces:
        raise click.exceptions.Exit(1)
    click.echo(f"{said} {proof.files:,} files of landing, warehouse, reports and settings searched: nothing of theirs is left.")
