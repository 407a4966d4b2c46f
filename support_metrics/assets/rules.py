"""Rules that numbers of the marts keep among themselves, by semantics.md. Each is a query for the rows that break it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dagster import AssetCheckSeverity

from support_metrics.model import Model


@dataclass(frozen=True)
class Rule:
    """A check of one table that is more than its header says. `breaking` selects from that table alone."""

    table: str
    name: str
    says: str
    breaking: str
    mend: str = "please report this with the rows shown; the other tables are not affected"
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR


def _all_is_between(table: str, period: str) -> Rule:
    return Rule(
        table,
        "all_lies_between_greatest_and_sum",
        f"A {period}'s users in `all` are no fewer than in its busiest channel and no more than in all channels added up.",
        f"""select {period}, max(users) filter (channel = 'all') as users_of_all, max(users) filter (channel <> 'all') as greatest,
                sum(users) filter (channel <> 'all') as added_up
            from {table} group by {period} having users_of_all not between greatest and added_up""",
    )


_RULES = (
    Rule(
        "marts.weekly_sla",
        "judged_is_the_sum",
        "judged = met + late + overdue + closed_silently, since compliance divides by it.",
        "from marts.weekly_sla where judged is distinct from met + late + overdue + closed_silently",
    ),
    Rule(
        "marts.weekly_sla",
        "compliance_is_met_of_judged",
        "compliance = met / judged, null and not 100 % where nothing is to be judged; the lenient figure is never below it.",
        """from marts.weekly_sla
           where (compliance is null) <> (coalesce(judged, 0) = 0) or abs(compliance - met / judged) > 1e-9 or compliance_lenient < compliance""",
    ),
    _all_is_between("marts.daily_users", "day"),
    _all_is_between("marts.weekly_users", "week"),
    Rule(
        "marts.requests",
        "nobody_answers_before_the_question",
        "A first response is never before its request.",
        "select request_id, url, opened_at, first_response_at from marts.requests where first_response_at < opened_at",
    ),
    Rule(
        "marts.daily_handoff_counts",
        "difference_is_what_it_says",
        "difference = reported_users - measured_users.",
        "from marts.daily_handoff_counts where difference <> reported_users - measured_users",
    ),
    Rule(
        "marts.sources",
        "nothing_is_stale",
        "Every source stream is covered up to the present. A stale one is counted and judged only up to `covered_until_at`.",
        "select source, stream, covered_until_at, last_complete_sync_at from marts.sources where is_stale",
        "look at the stream's asset for the reason, or bring newer files; its numbers end where it is covered",
        AssetCheckSeverity.WARN,
    ),
    Rule(
        "marts.restatements",
        "nothing_was_restated",
        "No figure of a delivered report differs today. If one does, the row names the figure and the cause.",
        "from marts.restatements",
        "tell those who read the report: the figure has changed since",
        AssetCheckSeverity.WARN,
    ),
)


def rules(models: Iterable[Model]) -> list[Rule]:
    """The rules of the tables that exist, and for every mart with a `week`: it is a Monday."""
    tables = {model.table: model for model in models}
    weekly = [table for table, model in tables.items() if model.layer == "marts" and any(each.name == "week" for each in model.columns)]
    mondays = [
        Rule(table, "week_is_a_monday", "A week is named by its Monday.", f"from {table} where isodow(week) <> 1") for table in weekly
    ]
    return [rule for rule in _RULES if rule.table in tables] + mondays
