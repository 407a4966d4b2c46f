"""What explaining reads. Only this module and `lookups` know the names of tables and columns.

Rows are dictionaries, instants in UTC. The warehouse is open read-only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from support_metrics.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

# Every message landed from a channel, whether it counts or not, with what decides about it.
MESSAGES = """
    with domain as (select domain from settings.slack),
    written as (
        select
            message_id, 'slack' as channel, channel_id as place, 'slack:' || team_id || ':' || channel_id as channel_key, conversation_id, is_reply,
            account_id, sent_at, text, subtype, bot_id, false as is_automatic,
            'https://' || domain || '.slack.com/archives/' || channel_id || '/p' || replace(split_part(message_id, ':', 4), '.', '')
                || case when is_reply then '?thread_ts=' || split_part(conversation_id, ':', 4) || '&cid=' || channel_id else '' end as url
        from staging.slack_messages cross join domain
        union all by name
        select
            issue_id as message_id, 'github' as channel, repository as place, issue_id as conversation_id, false as is_reply, account_id,
            created_at as sent_at, title as text, case when is_pull_request then 'pull_request' end as subtype, false as is_automatic, url
        from staging.github_issues
        union all by name
        select
            comments.comment_id as message_id, 'github' as channel, comments.repository as place, issues.issue_id as conversation_id, true as is_reply,
            comments.account_id, comments.created_at as sent_at, comments.text, false as is_automatic, comments.url
        from staging.github_comments as comments
        left join (
            select repository, number, first(issue_id order by deleted_at is not null, created_at desc, issue_id) as issue_id
            from staging.github_issues group by repository, number
        ) as issues on issues.repository = comments.repository and issues.number = comments.number
        union all by name
        select message_id, channel, '*' as place, conversation_id, account_id, sent_at, title as text, is_automatic, url
        from core.inbox_messages
    )
    select
        written.* exclude (channel_key, sent_at, is_reply, account_id), coalesce(judged.sent_at, written.sent_at) as sent_at,
        coalesce(written.is_reply, not judged.is_opening, false) as is_reply,
        coalesce(judged.account_id, written.account_id) as account_id, judged.account_id <> coalesce(written.account_id, '') as is_form,
        judged.message_id is not null as is_judged, coalesce(judged.is_bot, accounts.is_bot, false) as is_bot, coalesce(judged.is_team, false) as is_team,
        coalesce(accounts.is_bot, false) as is_bot_account, judged.person_id,
        coalesce(accounts.name, persons.person_name, judged.account_id, written.account_id) as author,
        questions.asks, questions.reason, parts.request_id, coalesce(channels.name, written.place) as place_name,
        case written.channel
            when 'slack' then (select list(role) from core.slack_channel_roles as roles where roles.channel_id = channels.channel_id)
            when 'github' then (select list(distinct role) from settings.repositories where repository = written.place)
        end as place_roles
    from written
    left join core.messages as judged on judged.message_id = written.message_id
    left join core.accounts as accounts on accounts.account_id = coalesce(judged.account_id, written.account_id)
    left join core.persons as persons on persons.account_id = coalesce(judged.account_id, written.account_id)
    left join core.slack_questions as questions on questions.message_id = written.message_id
    left join core.slack_requests as parts on parts.message_id = written.message_id
    left join staging.slack_channels as channels on channels.channel_key = written.channel_key
"""


def rows(connection: DuckDBPyConnection, sql: str, *parameters: Any) -> list[Row]:
    """The answer as dictionaries; raises WarehouseError where the warehouse was built by another version."""
    try:
        answer = connection.execute(sql, list(parameters))
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    except Exception as error:
        raise WarehouseError(
            f"the published warehouse does not hold what explaining reads: {str(error).splitlines()[0]}",
            "it may be of another version; run `support-metrics build` to make it anew",
        ) from error


def build(connection: DuckDBPyConnection) -> Row:
    return rows(connection, "select as_of_at, known_at, time_zone from marts.build")[0]


def coverage(connection: DuckDBPyConnection, sources: Sequence[str]) -> list[Row]:
    """Spans covered of the streams by which requests come."""
    sql = """
        select source, stream, covered_from_at, covered_until_at from core.coverage
        where list_contains($1, source)
            and stream in ('messages', 'issues', 'posts', 'direct_messages', 'comment_threads')
        order by all
    """
    return rows(connection, sql, list(sources))


def messages(connection: DuckDBPyConnection, keys: Sequence[str] = (), conversations: Sequence[str] = ()) -> list[Row]:
    """Messages by key, and all of some conversations, in the order they were sent."""
    sql = (
        f"{MESSAGES} where list_contains($1, written.message_id) or list_contains($2, written.conversation_id) order by sent_at, message_id"
    )
    return rows(connection, sql, list(keys), list(conversations))


def openings(connection: DuckDBPyConnection, first_day: date, last_day: date, channels: Sequence[str]) -> list[Row]:
    """What began a conversation in these days and is no part of a request."""
    sql = f"""
        {MESSAGES}
        cross join settings.build as build
        where judged.is_opening and list_contains($3, written.channel) and timezone(build.time_zone, judged.sent_at)::date between $1 and $2
            and parts.request_id is null and not exists (select 1 from marts.requests where requests.request_id = written.message_id)
        order by sent_at, message_id
    """
    return rows(connection, sql, first_day, last_day, list(channels))


def requests_with(connection: DuckDBPyConnection, message: Row) -> list[str]:
    """Keys of the requests in which a message plays a part."""
    sql = """
        select request_id from marts.requests where request_id = $1
        union
        select request_id from core.slack_requests where message_id in ($1, $2)
        union
        select request_id from core.requests
        where response_message_id = $1 or list_contains(possible_answer_ids, $1) or (channel <> 'slack' and conversation_id = $2)
    """
    return sorted(row["request_id"] for row in rows(connection, sql, message["message_id"], message["conversation_id"]))


def request(connection: DuckDBPyConnection, request_id: str) -> Row:
    sql = """
        select
            judged.*, coalesce(channels.name, held.place) as place, held.account_id, held.conversation_id, held.response_message_id, held.responder_account_id,
            held.possible_answer_ids, responses.response_rule, judgements.judged_at, deadlines.clock, deadlines.calendar
        from marts.requests as judged
        inner join core.requests as held on held.request_id = judged.request_id
        inner join core.judgements as judgements on judgements.request_id = judged.request_id and judgements.moment_week = date '0001-01-01'
        inner join core.deadlines as deadlines on deadlines.request_id = judged.request_id
        left join core.slack_responses as responses on responses.request_id = judged.request_id
        left join staging.slack_channels as channels on channels.channel_key = regexp_replace(judged.request_id, ':[^:]*$', '')
        where judged.request_id = $1
    """
    return rows(connection, sql, request_id)[0]


def parts(connection: DuckDBPyConnection, request_id: str) -> list[str]:
    """Messages a Slack request is made of, and the thread of a reply that was included by hand."""
    sql = """
        select message_id from core.slack_requests where request_id = $1
        union select thread_id from core.slack_questions where message_id = $1 and thread_id is not null
    """
    return [row["message_id"] for row in rows(connection, sql, request_id)]


def accounts(connection: DuckDBPyConnection, person_id: str) -> list[Row]:
    sql = "select account_id, handle, name, kind, merged_why from marts.accounts where person_id = $1 order by account_id"
    return rows(connection, sql, person_id)


def person_name(connection: DuckDBPyConnection, person_id: str) -> str:
    found = rows(connection, "select min(person_name) as name from core.persons where person_id = $1", person_id)
    return found[0]["name"] or person_id


def links(connection: DuckDBPyConnection, person_id: str) -> list[Row]:
    """What joins the accounts of a person."""
    sql = """
        select links.account_id, links.other_account_id, links.rule, links.why
        from core.account_links as links
        inner join core.persons as ones on ones.account_id = links.account_id
        inner join core.persons as others on others.account_id = links.other_account_id
        where ones.person_id = $1 and others.person_id = $1
        order by all
    """
    return rows(connection, sql, person_id)


def roster(connection: DuckDBPyConnection, person_ids: Sequence[str]) -> list[Row]:
    """When the roster has any account of these persons; the last day is null where there is no end."""
    sql = """
        select
            person_id, account_id, name, is_shared, timezone(build.time_zone, from_at)::date as from_on,
            case when to_at < '9999-01-01' then timezone(build.time_zone, to_at)::date - 1 end as to_on
        from core.employment cross join settings.build as build
        where list_contains($1, person_id) order by all
    """
    return rows(connection, sql, list(person_ids))


def listed_bots(connection: DuckDBPyConnection, account_ids: Sequence[str]) -> list[Row]:
    sql = """
        select account_id, from_on, case when to_on < '9999-01-01' then to_on end as to_on
        from settings.bots where list_contains($1, account_id) order by all
    """
    return rows(connection, sql, list(account_ids))


def overrides(connection: DuckDBPyConnection, keys: Sequence[str]) -> list[Row]:
    """Overrides that name one of these requests, messages or accounts."""
    sql = """
        select kind, subject, nullif(object, '') as object, why from core.overrides
        where list_contains($1, subject_id) or list_contains($1, object_id) order by all
    """
    return rows(connection, sql, list(keys))


def closings(connection: DuckDBPyConnection, issue_id: str) -> list[Row]:
    sql = """
        select closed_at, reopened_at, people.name as by, is_by_team, is_by_author
        from core.closings left join marts.people on people.person_id = closings.actor_id
        where issue_id = $1 order by closed_at
    """
    return rows(connection, sql, issue_id)


def promised_from(connection: DuckDBPyConnection, channel: str, policy: str | None, opened_on: date) -> date | None:
    """Since when the target in force on a day was in force."""
    sql = "select max(valid_from) as first_day from settings.targets where channel = $1 and policy = $2 and $3 between valid_from and valid_to"
    first_day: date | None = rows(connection, sql, channel, policy, opened_on)[0]["first_day"]
    return first_day


def calendar_zone(connection: DuckDBPyConnection, calendar: str) -> str | None:
    found = rows(connection, "select time_zone from settings.calendars where calendar = $1", calendar)
    return found[0]["time_zone"] if found else None


def business_hours(connection: DuckDBPyConnection, calendar: str) -> list[Row]:
    sql = "select weekday, opens_seconds, closes_seconds from settings.business_hours where calendar = $1 order by all"
    return rows(connection, sql, calendar)


def open_intervals(connection: DuckDBPyConnection, calendar: str, from_at: datetime, to_at: datetime) -> list[Row]:
    """What of the calendar's open intervals lies between two instants."""
    sql = """
        select greatest(open_at, $2) as from_at, least(close_at, $3) as to_at from core.open_intervals
        where calendar = $1 and open_at < $3 and close_at > $2 order by open_at
    """
    return rows(connection, sql, calendar, from_at, to_at)


def special_days(connection: DuckDBPyConnection, calendar: str, from_at: datetime, to_at: datetime) -> list[Row]:
    """Days between two instants that have hours on other weeks but are holidays or have hours of their own."""
    sql = """
        select distinct special.day, special.name, special.is_holiday
        from settings.special_days as special
        inner join settings.calendars as calendars on calendars.calendar = special.calendar
        inner join settings.business_hours as hours on hours.calendar = special.calendar and hours.weekday = isodow(special.day)
        where special.calendar = $1
            and special.day between timezone(calendars.time_zone, $2)::date and timezone(calendars.time_zone, $3)::date
        order by all
    """
    return rows(connection, sql, calendar, from_at, to_at)


def published(connection: DuckDBPyConnection, kind: str, day: date, channel: str) -> Row | None:
    """The figures of a day or a week, by its first day; None outside everything covered."""
    table = {"day": "daily_users", "week": "weekly_users"}[kind]
    found = rows(connection, f"select users, new_users, requests from marts.{table} where {kind} = $1 and channel = $2", day, channel)
    return found[0] if found else None


def listed(connection: DuckDBPyConnection, first_day: date, last_day: date, channels: Sequence[str]) -> list[Row]:
    """Requests opened in these days, in order of opening."""
    sql = """
        select
            requests.request_id, requests.channel, coalesce(slack_channels.name, held.place) as place, requests.url, requests.title, requests.person_id,
            requests.person_name, requests.opened_at, requests.opened_on, requests.week, requests.state, requests.why, requests.verdict,
            requests.is_counted, firsts.first_request_id is not null as is_first
        from marts.requests
        left join core.requests as held on held.request_id = requests.request_id
        left join staging.slack_channels as slack_channels on slack_channels.channel_key = regexp_replace(requests.request_id, ':[^:]*$', '')
        left join marts.new_users as firsts on firsts.first_request_id = requests.request_id
        where requests.opened_on between $1 and $2 and list_contains($3, requests.channel)
        order by requests.opened_at, requests.request_id
    """
    return rows(connection, sql, first_day, last_day, list(channels))
