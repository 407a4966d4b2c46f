"""Forgetting somebody: their data goes from landing, the warehouse, archived reports and the team's own files; every figure stays.

All is prepared first, beside what stands, and looked at: the new landing files, a warehouse built from them, the pages. Then it is shown,
the landing zone last: whoever is stopped in between runs it again, and it goes on to the end. At last all is read again and searched.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from support_metrics import pipeline, warehouse
from support_metrics.errors import LandingError
from support_metrics.forgetting.again import is_forgotten, searched_again
from support_metrics.forgetting.employers import employers_of
from support_metrics.forgetting.figures import changed, figures
from support_metrics.forgetting.pages import Page, pages
from support_metrics.forgetting.person import Found, find
from support_metrics.forgetting.proof import Needles, Proof, inputs, proven
from support_metrics.forgetting.team_files import Edit, edits, with_edits
from support_metrics.landing import Landing
from support_metrics.landing.forgotten import Forgotten
from support_metrics.landing.latest import ASIDE
from support_metrics.landing.learning import enter, learn
from support_metrics.landing.locking import alone, shared
from support_metrics.landing.rewriting import Rewriting, commit, finish, rewriting
from support_metrics.settings import Settings
from support_metrics.settings_tables import fingerprint
from support_metrics.stand_ins import stand_ins

__all__ = ["Plan", "Proof", "carried_out", "inputs", "is_forgotten", "planned", "proven", "searched_again", "tidied"]

Tell = Callable[[str], None]


@dataclass
class Plan:
    """What forgetting somebody comes to, all prepared and nothing shown yet. `figures` names those that would change: none should."""

    settings: Settings
    found: Found
    needles: Needles
    token: str
    forgotten: Forgotten
    rewritten: Rewriting
    build: warehouse.Build
    figures: list[str]
    pages: list[Page]
    edits: list[Edit]

    @property
    def is_current(self) -> bool:
        """Whether what it was prepared from is still what is landed."""
        landing = Landing(self.settings.landing_path)
        held = [file for files in self.rewritten.candidate().values() for file in files]
        return landing.snapshot() == self.rewritten.snapshot and self.build.path.exists() and all(file.exists() for file in held)


@contextlib.contextmanager
def planned(settings: Settings, given: str, tell: Tell = lambda _: None) -> Iterator[Plan]:
    """Prepare to forget the person `given` names; what was prepared is removed again unless it is carried out.

    Raises WarehouseError where nobody or several are meant, or one of the team.
    """
    if not settings.landing_path.is_dir():
        raise LandingError(f"nothing has been landed in {settings.landing_path}", "there is nobody to forget")
    landing, as_of = Landing(settings.landing_path, stand_ins=stand_ins), pipeline.as_of_now(settings)
    with contextlib.ExitStack() as stack:
        with shared(settings.landing_path):
            tell("building what is known now")
            with pipeline.built(settings, as_of) as connection:
                found, before = find(connection, given), figures(connection)
                employers = employers_of(connection, landing.snapshot(), found.person_id, found.person)
            tell(f"looking for what is by or about {found.person_id}")
            learned = learn(landing.snapshot(), found.person)
            forgotten = Forgotten.begin(settings.landing_path, stand_ins)
            token = forgotten.hashed("person", found.person_id, 6)
            enter(forgotten, found.person, learned, token, landing.clock().date().isoformat())
            forgotten.prepare_stand_ins(learned.slack_texts)
            changes = edits(settings, forgotten)
            edited = with_edits(settings, changes)
            # What was decided is what it was: a report delivered before does not come to differ by the naming of it.
            before_hash, after_hash = (f'"overrides_hash":"{fingerprint(each.overrides)}"' for each in (settings, edited))
            renamed = {before_hash: after_hash}
            rewritten = stack.enter_context(rewriting(landing, forgotten, renamed, lambda stream: tell(f"going through {stream}")))
            tell("building without them")
            build = warehouse.build(edited, as_of=as_of, snapshot=rewritten.candidate())
            stack.callback(warehouse.discard, build)
            with contextlib.closing(warehouse.open_read_only(build.path)) as connection:
                differing = changed(before, figures(connection))
            archived = pages(settings.reports_path, forgotten)
        needles = Needles(found, learned, token, employers)
        yield Plan(settings, found, needles, token, forgotten, rewritten, build, differing, archived, changes)


def carried_out(plan: Plan, tell: Tell = lambda _: None) -> Proof:
    """Show what was prepared, remove what it replaces, and search all that is left. Prepared anew where something has landed since."""
    settings = plan.settings
    with alone(settings.landing_path, lambda: tell("waiting for what is using the landing zone")):
        if plan.is_current:
            _show(plan, tell)
        else:
            tell("something has landed since; preparing it anew")
            with planned(settings, plan.found.person_id, tell) as plan:
                _show(plan, tell)
        tell("searching all that is kept")
        return proven(settings, plan.needles)


def _show(plan: Plan, tell: Tell) -> None:
    """Landing last but for the team's files, which the list alone suffices to finish."""
    tell("cleaning the archived reports")
    for page in plan.pages:
        page.write()
    tell("publishing the warehouse without them")
    warehouse.publish(plan.settings, plan.build)
    _remove_older(plan.settings)
    tell("showing the landing zone without them")
    commit(Landing(plan.settings.landing_path), plan.forgotten, plan.rewritten)
    tell("removing them from the team's files")
    for edit in plan.edits:
        edit.write()


def _remove_older(settings: Settings) -> None:
    """Every version of the warehouse but the published one, builds of others that will not be published, and what builds and landing spilled."""
    folder = settings.warehouse_path
    published = (folder / warehouse.LINK).resolve()
    for path in (*folder.glob("warehouse-*.duckdb*"), *folder.glob("build-*.duckdb*")):
        if path.resolve() != published:
            path.unlink(missing_ok=True)
    for spilled in (folder / ".spill", settings.landing_path / ASIDE):
        shutil.rmtree(spilled, ignore_errors=True)


def tidied(settings: Settings, tell: Tell = lambda _: None) -> int:
    """Finish what a forgetting that was stopped left to do; returns how many files that were left went or changed."""
    with alone(settings.landing_path, lambda: tell("waiting for what is using the landing zone")):
        held = Forgotten.load(settings.landing_path)
        changes = edits(settings, held) if held else []
        for edit in changes:
            edit.write()
        return finish(settings.landing_path) + len(changes)
