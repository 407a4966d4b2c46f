/*
description: Releases per week and whether the promise of one a week was kept; not known where releases are not covered.
grain: [week]
columns:
  week: {type: DATE, says: "Monday of the local week in which a release was published."}
  is_holiday_week: {type: BOOLEAN, required: true, says: "Holidays on enough business days, or named in the settings."}
  releases: {type: BIGINT, says: "Published releases that are neither drafts nor prereleases."}
  tags: {type: "VARCHAR[]", says: "Their tags, oldest first."}
  is_compliant: {type: BOOLEAN, says: "Has such a release, or is a holiday week; as far as the week has passed."}
  has_summary: {type: BOOLEAN, says: "Notes of one of them have a summary; null without a release."}
  has_breaking_changes: {type: BOOLEAN, says: "Notes of one of them have a section for breaking changes."}
  has_deprecations: {type: BOOLEAN, says: "Notes of one of them have a section for deprecations."}
  prereleases: {type: BIGINT, says: "Published prereleases, which make no week compliant."}
  is_over: {type: BOOLEAN, required: true, says: "The week had ended, so that a missing release is final."}
  exterminator: {type: VARCHAR, says: "Who was on duty and had to see that it happens."}
chart: {kind: bar, x: week, y: releases, color: is_compliant, title: Releases per week}
*/
with weekly as (
    select
        week,
        count_if(not is_prerelease) as releases,
        list(tag order by published_at, release_id) filter (not is_prerelease) as tags,
        bool_or(has_summary) filter (not is_prerelease) as has_summary,
        bool_or(has_breaking_changes) filter (not is_prerelease) as has_breaking_changes,
        bool_or(has_deprecations) filter (not is_prerelease) as has_deprecations,
        count_if(is_prerelease) as prereleases
    from core.releases
    group by week
)
select
    weeks.week as week,
    coalesce(calendar.is_holiday_week, false) as is_holiday_week,
    case when weeks.is_covered then coalesce(weekly.releases, 0) end::bigint as releases,
    case when weeks.is_covered then coalesce(weekly.tags, []) end as tags,
    case
        when coalesce(calendar.is_holiday_week, false) or coalesce(weekly.releases, 0) > 0 then true
        when weeks.is_covered then false
    end as is_compliant,
    weekly.has_summary as has_summary,
    weekly.has_breaking_changes as has_breaking_changes,
    weekly.has_deprecations as has_deprecations,
    case when weeks.is_covered then coalesce(weekly.prereleases, 0) end::bigint as prereleases,
    getvariable('as_of') >= timezone(build.time_zone, (weeks.week + 7)::timestamp) as is_over,
    duty.exterminator as exterminator
from core.covered_weeks as weeks
cross join settings.build as build
left join core.duty as duty on duty.week = weeks.week
left join core.business_weeks as calendar on calendar.week = weeks.week
left join weekly on weekly.week = weeks.week
where weeks.source = 'github_releases'
