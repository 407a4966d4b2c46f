/*
description: For each local day and source, whether the source covers it; `all` means the five channels of requests together.
grain: [day, source]
columns:
  day: {type: DATE, says: "Local date of the team's zone, from the first to the last day that anything covers."}
  source: {type: VARCHAR, says: "github, slack, email, x, youtube, shortcut, handoff, github_releases, or all."}
  is_covered: {type: BOOLEAN, required: true, says: "Every needed stream covers all of it that had passed; for all: no channel that had begun is missing."}
  is_warm: {type: BOOLEAN, required: true, says: "Enough history lies before it to know who is new."}
*/
with needed as (
    select * from (values
        ('github', 'github', 'issues'), ('slack', 'slack', 'messages'), ('email', 'email', 'messages'), ('x', 'x', 'posts'), ('x', 'x', 'direct_messages'),
        ('youtube', 'youtube', 'comment_threads'), ('shortcut', 'shortcut', 'stories'), ('handoff', 'handoff', 'responses'), ('github_releases', 'github', 'releases')
    ) as needed(name, source, stream)
),
spans as (
    select
        needed.name, coverage.stream, coverage.covered_until_at,
        timezone(build.time_zone, coverage.covered_from_at)::date as from_day, timezone(build.time_zone, coverage.covered_until_at)::date as until_day,
        -- Where nothing came before, the first day counts from its first moment on; after a gap only a whole day does.
        case
            when coverage.covered_from_at = min(coverage.covered_from_at) over (partition by needed.name, coverage.stream) then timezone(build.time_zone, coverage.covered_from_at)::date
            else timezone(build.time_zone, coverage.covered_from_at - interval 1 microsecond)::date + 1
        end as first_whole_day
    from core.coverage as coverage
    inner join needed on needed.source = coverage.source and needed.stream = coverage.stream
    cross join settings.build as build
),
spine as (
    select unnest(generate_series(min(from_day), max(until_day), interval 1 day))::date as day from spans
),
begun as (
    select name, stream, min(from_day) as first_day from spans group by name, stream
),
-- The day of as_of counts as far as it is covered, and so does the last day of all; every other day must be covered to its end.
stream_days as (
    select
        spine.day, begun.name, begun.first_day,
        bool_or(
            spans.first_whole_day <= spine.day
            and (
                spans.until_day > spine.day
                or (spans.until_day = spine.day and (spine.day = timezone(build.time_zone, getvariable('as_of'))::date or spans.covered_until_at = (select max(covered_until_at) from core.coverage)))
            )
        ) as is_covered
    from spine
    cross join settings.build as build
    inner join begun on begun.first_day <= spine.day
    inner join spans on spans.name = begun.name and spans.stream = begun.stream
    group by spine.day, begun.name, begun.stream, begun.first_day
),
source_days as (
    select day, name as source, bool_and(is_covered) as is_covered, min(first_day) as first_day
    from stream_days
    group by day, name
),
all_days as (
    select day, 'all' as source, bool_and(is_covered) as is_covered, max(first_day) as first_day
    from source_days
    where source in ('github', 'slack', 'email', 'x', 'youtube')
    group by day
),
known as (
    from source_days union all by name from all_days
),
names as (
    select distinct name as source from needed union select 'all'
)
select
    spine.day as day,
    names.source as source,
    coalesce(known.is_covered, false) as is_covered,
    coalesce(spine.day >= known.first_day + build.new_user_warmup_days::integer, false) as is_warm
from spine
cross join names
cross join settings.build as build
left join known on known.day = spine.day and known.source = names.source
