"""Leads: people who asked for the first time, as the lead tracker lists and exports them, and the small file of where we stand with each."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support_metrics.errors import SettingsError, WarehouseError
from support_metrics.landing.locking import alone
from support_metrics.settings import Settings
from support_metrics.settings.leads import Leads

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LISTED = (
    "first_seen_at",
    "name",
    "status",
    "first_question",
    "requests",
    "last_seen_at",
    "employer",
    "is_mentioned_in_triage",
    "person_id",
)
# HubSpot's contact properties "Lead status" and "Lifecycle stage", by the labels of their default options, which is how an import names a
# stage: https://knowledge.hubspot.com/articles/kcs_article/contacts/how-do-i-import-contacts; a team that renamed its options matches them
# in the import's own table.
HUBSPOT_STATUS = {
    "new": ("New", "Lead"),
    "contacted": ("Attempted to Contact", "Lead"),
    "talking": ("Connected", "Lead"),
    "opportunity": ("Open Deal", "Opportunity"),
    "customer": ("", "Customer"),
    "not a lead": ("Unqualified", "Other"),
    "later": ("Bad Timing", "Lead"),
}
# The first are the names of HubSpot's own properties, by which an import matches columns; the others it asks to be matched or left out.
# https://knowledge.hubspot.com/articles/kcs_article/contacts/set-up-your-import-file
HUBSPOT_COLUMNS = (
    "Email", "First Name", "Last Name", "Company Name", "Job Title", "Website URL", "Lead Status", "Lifecycle Stage", "First Question",
    "First Question URL", "First Seen", "Last Seen", "Requests", "Channels", "GitHub Login", "Slack Name", "Profiles",
    "Mentioned In Triage", "Note", "Person ID",
)  # fmt: skip
# What is known of where they work: how the report calls it, and the column of `new_users`. Forgetting empties it in archived reports.
EMPLOYER = {"Company": "company", "Organisation": "organisation", "E-mail domain": "email_domain"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """Which leads: first seen in [since, before), with one of these statuses; by default whoever is known to be new or was decided on."""

    since: datetime | None = None
    before: datetime | None = None
    statuses: tuple[str, ...] = ()


def read_leads(connection: DuckDBPyConnection, chosen: Chosen = Chosen()) -> tuple[list[str], list[Row]]:
    """Column names and rows of `marts.new_users` that are chosen, the latest first. Raises WarehouseError for an older warehouse."""
    try:
        result = connection.execute(
            "from marts.new_users where first_seen_at >= coalesce($since, first_seen_at) and ($before is null or first_seen_at < $before) "
            "and case when len($statuses) > 0 then list_contains($statuses, status) else status <> 'unknown' end "
            # Whoever was forgotten is nobody's lead.
            "and not regexp_matches(person_id, '(?i)forgotten-?[0-9a-f]{12}') order by first_seen_at desc, person_id",
            {"since": chosen.since, "before": chosen.before, "statuses": list(chosen.statuses)},
        )
        names = [column[0] for column in result.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return names, [row | {"employer": employer(row)} for row in rows]
    except Exception as error:
        if type(error).__name__ in ("BinderException", "CatalogException"):
            raise WarehouseError(
                f"the warehouse lacks what this version reads: {error}", "run `support-metrics build` to make it anew"
            ) from error
        raise


def employer(row: Row) -> str | None:
    """What the profiles tell of where somebody works: the company as stated, else the organisation, else the domain of an address."""
    found: str | None = row["company"] or row["organisation"] or row["employer_domain"]
    return found


def unmatched(connection: DuckDBPyConnection) -> list[str]:
    """What to say of entries of the leads' file that mean nobody or several."""
    rows = connection.execute("select number, person, possible_person_ids from marts.lead_entries where person_id is null order by number")
    return [
        f"entry {number}, {person!r}, " + (f"could mean any of {', '.join(possible)}" if possible else "means nobody known")
        for number, person, possible in rows.fetchall()
    ]


def hubspot_row(row: Row) -> list[Any]:
    """One contact in the layout of `HUBSPOT_COLUMNS`. HubSpot knows a contact by its address; one without becomes a new contact.

    A login is nobody's first name: it has a column of its own.
    """
    given, _, family = " ".join((row["full_name"] or "").split()).partition(" ")
    status, stage = HUBSPOT_STATUS.get(row["status"], ("", "Lead"))
    website = f"https://{row['employer_domain']}" if row["employer_domain"] else (row["profile_urls"] or [None])[0]
    company = row["company"].removeprefix("@") if row["company"] else row["organisation"]
    return [
        row["email"], given, family, company, row.get("job_title"), website, status, stage, row["first_question"], row["first_question_url"],
        row["first_seen_at"].date().isoformat(), row["last_seen_at"].date().isoformat() if row["last_seen_at"] else None, row["requests"],
        "; ".join(row["channels"]), row["github_login"], row["slack_name"], " ".join(row["profile_urls"]),
        row["mentioned_in_triage_url"] or ("yes" if row["is_mentioned_in_triage"] else "no"), row["status_note"], row["person_id"],
    ]  # fmt: skip


def set_status(settings: Settings, person_id: str, name: str, status: str, since: date, who: str, note: str = "") -> Path:
    """Add an entry to the leads' file, which keeps its comments and earlier entries, whoever adds others; returns its path. Raises SettingsError."""
    path = settings.resolve(settings.paths.leads)
    said = {"person": person_id, "status": status, "since": since, "who": who} | ({"note": note} if note else {})
    with alone(path.parent):
        text = _with_entry(path, said, " ".join(name.split()))
        write_whole(path, lambda file: file.write(text))
    return path


def _with_entry(path: Path, said: Row, name: str) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(path.read_text("utf-8") if path.exists() else "")
        entry = tomlkit.table()
        entry.update(said)
        entry["person"].comment(name)
        if "lead" not in document:
            document.append("lead", tomlkit.aot())
        document["lead"].append(entry)
        text = tomlkit.dumps(document)
        Leads.model_validate(tomlkit.parse(text).unwrap())
    except (TOMLKitError, ValueError) as error:
        raise SettingsError(f"{path}: {error}", "correct the file; nothing was written") from error
    return text


def write_whole(path: Path, write: Any) -> None:
    """Write a file by one rename, so that nobody meets half of it; it keeps the permissions of the one it replaces."""
    temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def cells(names: Sequence[str], rows: Iterable[Row]) -> Iterable[list[Any]]:
    return ([row[name] for name in names] for row in rows)
