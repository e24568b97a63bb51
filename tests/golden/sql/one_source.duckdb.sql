-- pmpo machine-care as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- stops: the columns that the charter names, with exact types
stops_read AS NOT MATERIALIZED (
  SELECT
    CAST(began AS TIMESTAMP) AS began,
    machine
  FROM stops
),
-- stops: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
stops_known AS NOT MATERIALIZED (
  SELECT
    began,
    machine
  FROM stops_read
  WHERE
    began < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    AND began <= CAST('2024-03-03 13:00:00' AS TIMESTAMP)
),
-- one row per machine, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_machine) AS pmpo_unit,
    key_machine
  FROM (
    SELECT
      CAST(machine AS TEXT) AS key_machine
    FROM stops_known
    WHERE
      machine IS NOT NULL
    GROUP BY
      machine
  ) AS keys
),
-- stops: exact sums and counts for each unit
stops_atoms AS (
  SELECT
    machine AS key_machine,
    COUNT(
      CASE
        WHEN began >= CAST('2024-02-25 13:00:00' AS TIMESTAMP)
        AND began < CAST('2024-03-03 13:00:00' AS TIMESTAMP)
        THEN 1
      END
    ) AS count_1
  FROM stops_known AS r
  GROUP BY
    machine
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_machine,
    stops_atoms.count_1
  FROM units AS u
  LEFT JOIN stops_atoms
    ON u.key_machine = CAST(stops_atoms.key_machine AS TEXT)
),
-- formulas of stops
formulas_1 AS (
  SELECT
    key_machine,
    CAST(count_1 AS DOUBLE) AS signal_stops
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_machine,
    CASE
      WHEN signal_stops - signal_stops = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_stops) < CAST('9007199254740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_stops * CAST('1' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1' AS DOUBLE)
        ELSE signal_stops
      END
    END AS signal_stops
  FROM formulas_1
)
SELECT
  key_machine,
  signal_stops
FROM signals_1
ORDER BY
  key_machine
