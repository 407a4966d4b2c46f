/*
description: What this warehouse was built from and as of when; one row.
grain: [as_of_at]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "Everything is judged at this moment."}
  known_at: {type: TIMESTAMP WITH TIME ZONE, says: "Only what had been landed by then counts; null for everything known."}
  version: {type: VARCHAR, required: true, says: "Version of support-metrics."}
  team: {type: VARCHAR, required: true, says: "Name of the team."}
  time_zone: {type: VARCHAR, required: true, says: "The team's zone, in which days and weeks are cut."}
  settings_hash: {type: VARCHAR, required: true, says: "Fingerprint of the settings."}
  roster_hash: {type: VARCHAR, required: true, says: "Fingerprint of the roster."}
  overrides_hash: {type: VARCHAR, required: true, says: "Fingerprint of the overrides."}
*/
select as_of_at, known_at, version, team, time_zone, settings_hash, roster_hash, overrides_hash
from settings.build
