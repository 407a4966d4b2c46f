"""What somebody may have meant: keys, numbers and places, looked up in the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support_metrics.explain.tables import Row, rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LONGEST = 300
# Every key by which a message can be named.
KEYS = """
    select message_id as key from staging.slack_messages union all select issue_id from staging.github_issues
    union all select comment_id from staging.github_comments union all select message_id from core.inbox_messages
"""


def keys_like(connection: DuckDBPyConnection, text: str, *, only_requests: bool = False) -> list[str]:
    """Keys that begin or end with a text, whatever its case."""
    source = "select request_id as key from marts.requests" if only_requests else KEYS
    sql = f"select key from ({source}) where starts_with(lower(key), lower($1)) or ends_with(lower(key), lower($1)) order by key"
    return [row["key"] for row in rows(connection, sql, text)]


def issue_keys(connection: DuckDBPyConnection, repository: str, number: int) -> list[str]:
    """Issues and pull requests of a number in a repository, `owner/name`, the end of it or nothing; one that still stands before a deleted one."""
    sql = """
        select first(issue_id order by deleted_at is not null, created_at desc, issue_id) as key
        from staging.github_issues where number = $2 and ($1 = '' or ends_with('/' || repository, '/' || lower($1))) group by repository order by key
    """
    return [row["key"] for row in rows(connection, sql, repository, number)]


def nearest_slack(connection: DuckDBPyConnection, channel_id: str, ts: str) -> list[str]:
    sql = """
        select message_id from staging.slack_messages where channel_id = $1
        order by abs(split_part(message_id, ':', 4)::double - $2::double), message_id limit 3
    """
    return [row["message_id"] for row in rows(connection, sql, channel_id, ts)]


def nearest_issues(connection: DuckDBPyConnection, repository: str, number: int) -> list[str]:
    sql = "select url from staging.github_issues where repository = lower($1) order by abs(number - $2), number limit 3"
    return [row["url"] for row in rows(connection, sql, repository, number)]


def nearest_requests(connection: DuckDBPyConnection, text: str) -> list[str]:
    """Requests whose key or link differs in few letters, whose title holds the text, or whose asker has an account called so; with their titles."""
    sql = """
        select
            request_id || coalesce(' “' || left(title, 60) || '”', '') as near,
            least(levenshtein(lower($1), lower(request_id)), coalesce(levenshtein(lower($1), lower(url)), 999)) as letters
        from marts.requests
        where letters <= greatest(3, length($1) // 8) or (length($1) > 2 and contains(lower(title), lower($1)))
            or person_id in (select person_id from marts.accounts where lower($1) in (lower(account_id), lower(handle), lower(name)))
        order by letters, opened_at desc, request_id limit 5
    """
    return [row["near"] for row in rows(connection, sql, text[:LONGEST])]


def places(connection: DuckDBPyConnection) -> list[Row]:
    """Every place that is read, with its channel, key, name and roles."""
    sql = """
        select 'slack' as channel, channels.channel_id as place, channels.name, list(distinct roles.role) as roles
        from staging.slack_channels as channels
        inner join core.slack_channel_roles as roles on roles.channel_id = channels.channel_id
        group by all
        union all
        select 'github', repository, repository, list(distinct role) from settings.repositories group by repository
        order by all
    """
    return rows(connection, sql)
