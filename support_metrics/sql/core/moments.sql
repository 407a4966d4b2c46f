/*
description: The moments at which requests are judged, the present build's and those of every report delivered before it.
grain: [moment_at, week]
columns:
  moment_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment."}
  week: {type: DATE, says: "Monday of the week whose requests are judged then; 0001-01-01 for all."}
*/
select getvariable('as_of') as moment_at, date '0001-01-01' as week
union
select as_of_at, week from staging.published_figures where as_of_at <= getvariable('as_of')
