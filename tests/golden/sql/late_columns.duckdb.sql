-- pmpo incidents as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- teams: the columns that the charter names, with exact types
teams_read AS (
  SELECT
    TRY_CAST(since AS TIMESTAMP) AS since,
    TRY_CAST(until AS TIMESTAMP) AS until,
    team,
    lead
  FROM teams
),
-- teams: what was not known yet is missing
teams_visible AS (
  SELECT
    since,
    CASE WHEN until <= CAST('2024-03-03 15:00:00' AS TIMESTAMP) THEN until END AS until,
    team,
    lead
  FROM teams_read
),
-- teams: the rows that were valid, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
teams_known AS (
  SELECT
    since,
    until,
    team,
    lead,
    NOT (until IS NULL) AS leaves
  FROM teams_visible
  WHERE
    since <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    AND (until IS NULL OR until > CAST('2024-03-03 15:00:00' AS TIMESTAMP))
    AND since <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- incidents: the columns that the charter names, with exact types
incidents_read AS (
  SELECT
    TRY_CAST(opened_at AS TIMESTAMP) AS opened_at,
    TRY_CAST(updated_at AS TIMESTAMP) AS updated_at,
    "number",
    TRY_CAST(resolved_at AS TIMESTAMP) AS resolved_at,
    TRY_CAST(TRY_CAST(CASE WHEN NOT minutes IN ('?') THEN minutes END AS DECIMAL(38, 0)) AS BIGINT) AS minutes,
    team,
    code
  FROM incidents
),
-- incidents: what was not known yet is missing
incidents_visible AS (
  SELECT
    opened_at,
    updated_at,
    "number",
    CASE WHEN resolved_at <= CAST('2024-03-03 15:00:00' AS TIMESTAMP) THEN resolved_at END AS resolved_at,
    CASE WHEN resolved_at <= CAST('2024-03-03 15:00:00' AS TIMESTAMP) THEN minutes END AS minutes,
    team,
    CASE WHEN resolved_at <= CAST('2024-03-03 15:00:00' AS TIMESTAMP) THEN code END AS code
  FROM incidents_read
),
-- incidents: the latest version of each row that was known, as of 2024-03-03 15:00:00, known by
--   2024-03-03 15:00:00
incidents_known AS (
  SELECT
    opened_at,
    updated_at,
    "number",
    resolved_at,
    minutes,
    team,
    code,
    NOT (resolved_at IS NULL) AS solved
  FROM (
    SELECT
      opened_at,
      updated_at,
      "number",
      resolved_at,
      minutes,
      team,
      code
    FROM (
      SELECT
        opened_at,
        updated_at,
        "number",
        resolved_at,
        minutes,
        team,
        code,
        ROW_NUMBER() OVER (
          PARTITION BY "number"
          ORDER BY updated_at DESC, opened_at DESC, code DESC, minutes DESC, resolved_at DESC, team DESC
        ) AS pmpo_order
      FROM incidents_visible
      WHERE
        updated_at <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    ) AS numbered
    WHERE
      pmpo_order = 1
  ) AS latest
  WHERE
    opened_at < CAST('2024-03-03 15:00:00' AS TIMESTAMP) AND (code IS NULL OR code <> 'test')
),
-- one row per team, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_team) AS pmpo_unit,
    key_team,
    about_lead
  FROM (
    SELECT
      CAST(team AS TEXT) AS key_team,
      MIN(lead) AS about_lead
    FROM teams_known
    WHERE
      team IS NOT NULL
    GROUP BY
      team
  ) AS keys
),
-- teams: the unit of each team
teams_unit AS (
  SELECT DISTINCT
    r.team AS pmpo_via_1,
    u.pmpo_unit
  FROM teams_known AS r
  JOIN units AS u
    ON CAST(r.team AS TEXT) = u.key_team
  WHERE
    r.team IS NOT NULL
),
-- incidents: exact sums and counts for each unit
incidents_atoms AS (
  SELECT
    m.pmpo_unit,
    COUNT(CASE WHEN (NOT (solved)) THEN 1 END) AS count_1,
    SUM(minutes) AS sum_2
  FROM incidents_known AS r
  JOIN teams_unit AS m
    ON r.team = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- teams: exact sums and counts for each unit
teams_atoms AS (
  SELECT
    team AS key_team,
    COUNT(CASE WHEN (leaves) THEN 1 END) AS count_3
  FROM teams_known AS r
  GROUP BY
    team
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_team,
    u.about_lead,
    incidents_atoms.count_1,
    incidents_atoms.sum_2,
    teams_atoms.count_3
  FROM units AS u
  LEFT JOIN incidents_atoms
    ON u.pmpo_unit = incidents_atoms.pmpo_unit
  LEFT JOIN teams_atoms
    ON u.key_team = CAST(teams_atoms.key_team AS TEXT)
),
-- formulas of open, minutes, leaving
formulas_1 AS (
  SELECT
    key_team,
    about_lead,
    CAST(count_1 AS DOUBLE) AS signal_open,
    CAST(CAST(sum_2 AS TEXT) AS DOUBLE) AS signal_minutes,
    CAST(count_3 AS DOUBLE) AS signal_leaving
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_team,
    about_lead,
    CASE
      WHEN signal_open - signal_open = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_open) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_open * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_open
      END
    END AS signal_open,
    CASE
      WHEN signal_minutes - signal_minutes = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_minutes) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_minutes * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_minutes
      END
    END AS signal_minutes,
    CASE
      WHEN signal_leaving - signal_leaving = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_leaving) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_leaving * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_leaving
      END
    END AS signal_leaving
  FROM formulas_1
)
SELECT
  key_team,
  about_lead,
  signal_open,
  signal_minutes,
  signal_leaving
FROM signals_1
ORDER BY
  key_team
