-- pmpo branch-service as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00
--   (PostgreSQL; the session's TimeZone is UTC)
WITH
-- regions: the columns that the charter names, with exact types
regions_read AS (
  SELECT
    region
  FROM regions
),
-- regions: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
regions_known AS (
  SELECT
    region
  FROM regions_read
),
-- branches: the columns that the charter names, with exact types
branches_read AS NOT MATERIALIZED (
  SELECT
    CAST(dbt_valid_from AS TIMESTAMP) AS dbt_valid_from,
    CAST(dbt_valid_to AS TIMESTAMP) AS dbt_valid_to,
    CAST(bank AS BIGINT) AS bank,
    code,
    region
  FROM branches
),
-- branches: what was not known yet is missing
branches_visible AS NOT MATERIALIZED (
  SELECT
    dbt_valid_from,
    CASE WHEN dbt_valid_to <= CAST('2024-03-03 15:00:00' AS TIMESTAMP) THEN dbt_valid_to END AS dbt_valid_to,
    bank,
    code,
    region
  FROM branches_read
),
-- branches: the rows that were valid, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
branches_known AS NOT MATERIALIZED (
  SELECT
    dbt_valid_from,
    dbt_valid_to,
    bank,
    code,
    region
  FROM branches_visible
  WHERE
    dbt_valid_from <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    AND (dbt_valid_to IS NULL OR dbt_valid_to > CAST('2024-03-03 15:00:00' AS TIMESTAMP))
    AND dbt_valid_from <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- desks: the columns that the charter names, with exact types
desks_read AS NOT MATERIALIZED (
  SELECT
    desk,
    CAST(bank AS BIGINT) AS bank,
    branch_code
  FROM desks
),
-- desks: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
desks_known AS NOT MATERIALIZED (
  SELECT
    desk,
    bank,
    branch_code
  FROM desks_read
),
-- visits: the columns that the charter names, with exact types
visits_read AS NOT MATERIALIZED (
  SELECT
    CAST(came AS TIMESTAMP) AS came,
    CAST(left_at AS TIMESTAMP) AS left_at,
    desk
  FROM visits
),
-- visits: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03
--   15:00:00
visits_known AS NOT MATERIALIZED (
  SELECT
    came,
    left_at,
    desk
  FROM visits_read
  WHERE
    came < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- one row per region, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_region COLLATE "C") AS pmpo_unit,
    key_region
  FROM (
    SELECT
      CAST(region AS TEXT) AS key_region
    FROM regions_known
    WHERE
      region IS NOT NULL
    GROUP BY
      region
  ) AS keys
),
-- branches: the unit of each bank and code
branches_unit AS (
  SELECT DISTINCT
    r.bank AS pmpo_via_1,
    r.code AS pmpo_via_2,
    u.pmpo_unit
  FROM branches_known AS r
  JOIN units AS u
    ON CAST(r.region AS TEXT) = u.key_region
  WHERE
    r.bank IS NOT NULL AND r.code IS NOT NULL
),
-- desks: the unit of each desk
desks_unit AS (
  SELECT DISTINCT
    r.desk AS pmpo_via_1,
    m.pmpo_unit
  FROM desks_known AS r
  JOIN branches_unit AS m
    ON r.bank = m.pmpo_via_1 AND r.branch_code = m.pmpo_via_2
  WHERE
    r.desk IS NOT NULL
),
-- visits: exact sums and counts for each unit
visits_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(
      CASE
        WHEN came >= CAST('2024-02-18 15:00:00' AS TIMESTAMP) AND came < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
        THEN CAST(EXTRACT(epoch FROM left_at) * 1000000 AS BIGINT) - CAST(EXTRACT(epoch FROM came) * 1000000 AS BIGINT)
      END
    ) AS sum_1,
    COUNT(
      CASE
        WHEN came >= CAST('2024-02-18 15:00:00' AS TIMESTAMP) AND came < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
        THEN CAST(EXTRACT(epoch FROM left_at) * 1000000 AS BIGINT) - CAST(EXTRACT(epoch FROM came) * 1000000 AS BIGINT)
      END
    ) AS count_2
  FROM visits_known AS r
  JOIN desks_unit AS m
    ON r.desk = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- desks: exact sums and counts for each unit
desks_atoms AS (
  SELECT
    m.pmpo_unit
  FROM desks_known AS r
  JOIN branches_unit AS m
    ON r.bank = m.pmpo_via_1 AND r.branch_code = m.pmpo_via_2
  GROUP BY
    m.pmpo_unit
),
-- desks: the distinct values behind distinct_3
desks_distinct_3_values AS (
  SELECT DISTINCT
    m.pmpo_unit,
    desk AS value
  FROM desks_known AS r
  JOIN branches_unit AS m
    ON r.bank = m.pmpo_via_1 AND r.branch_code = m.pmpo_via_2
  WHERE
    desk IS NOT NULL
),
-- desks: how many of them each unit has
desks_distinct_3 AS (
  SELECT
    pmpo_unit,
    COUNT(*) AS distinct_3
  FROM desks_distinct_3_values
  GROUP BY
    pmpo_unit
),
-- branches: exact sums and counts for each unit
branches_atoms AS (
  SELECT
    region AS key_region,
    COUNT(*) AS count_4
  FROM branches_known AS r
  GROUP BY
    region
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_region,
    visits_atoms.sum_1,
    visits_atoms.count_2,
    CASE WHEN desks_atoms.pmpo_unit IS NOT NULL THEN COALESCE(desks_distinct_3.distinct_3, 0) END AS distinct_3,
    branches_atoms.count_4
  FROM units AS u
  LEFT JOIN visits_atoms
    ON u.pmpo_unit = visits_atoms.pmpo_unit
  LEFT JOIN desks_atoms
    ON u.pmpo_unit = desks_atoms.pmpo_unit
  LEFT JOIN desks_distinct_3
    ON u.pmpo_unit = desks_distinct_3.pmpo_unit
  LEFT JOIN branches_atoms
    ON u.key_region = CAST(branches_atoms.key_region AS TEXT)
),
-- formulas of wait, desks, branches
formulas_1 AS (
  SELECT
    key_region,
    CAST(sum_1 AS DOUBLE PRECISION) / NULLIF(CAST(count_2 AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) / NULLIF(CAST('60000000' AS DOUBLE PRECISION), CAST('0' AS DOUBLE PRECISION)) AS signal_wait,
    CAST(distinct_3 AS DOUBLE PRECISION) AS signal_desks,
    CAST(count_4 AS DOUBLE PRECISION) AS signal_branches
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_region,
    CASE
      WHEN signal_wait - signal_wait = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_wait) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_wait * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_wait
      END
    END AS signal_wait,
    CASE
      WHEN signal_desks - signal_desks = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_desks) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_desks * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_desks
      END
    END AS signal_desks,
    CASE
      WHEN signal_branches - signal_branches = CAST('0' AS DOUBLE PRECISION)
      THEN CASE
        WHEN ABS(signal_branches) < CAST('9007199254.740992' AS DOUBLE PRECISION)
        THEN CAST(FLOOR(signal_branches * CAST('1000000' AS DOUBLE PRECISION) + CAST('0.5' AS DOUBLE PRECISION)) AS DOUBLE PRECISION) / CAST('1000000' AS DOUBLE PRECISION)
        ELSE signal_branches
      END
    END AS signal_branches
  FROM formulas_1
)
SELECT
  key_region,
  signal_wait,
  signal_desks,
  signal_branches
FROM signals_1
ORDER BY
  key_region COLLATE "C"
