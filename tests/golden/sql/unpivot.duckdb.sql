-- pmpo stock as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- items: the columns that the charter names, with exact types
items_read AS (
  SELECT
    sku
  FROM items
),
-- items: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
items_known AS (
  SELECT
    sku
  FROM items_read
),
-- demand: the columns that the charter names, with exact types
demand_read AS (
  SELECT
    TRY_CAST(month AS DATE) AS month,
    TRY_CAST(TRY_CAST(CASE WHEN NOT pieces IN ('-') THEN pieces END AS DECIMAL(38, 0)) AS BIGINT) AS pieces,
    TRY_CAST(cost AS DECIMAL(9, 2)) AS cost,
    sku
  FROM (
    SELECT
      pmpo_row.cost,
      pmpo_row.sku,
      pmpo_label.month,
      CASE
        WHEN pmpo_label.month = '2024-01-01'
        THEN pmpo_row.jan
        WHEN pmpo_label.month = '2024-02-01'
        THEN pmpo_row.feb
        WHEN pmpo_label.month = '2024-03-01'
        THEN pmpo_row."Mar 24"
        WHEN pmpo_label.month = '2024-04-01'
        THEN pmpo_row.apr
      END AS pieces
    FROM demand AS pmpo_row
    CROSS JOIN (VALUES
      ('2024-01-01'),
      ('2024-02-01'),
      ('2024-03-01'),
      ('2024-04-01')) AS pmpo_label(month)
  ) AS turned
),
-- demand: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03
--   15:00:00
demand_known AS (
  SELECT
    month,
    pieces,
    cost,
    sku,
    pieces * cost AS spent
  FROM demand_read
  WHERE
    month < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    AND month <= CAST('2024-03-02 15:00:00' AS TIMESTAMP)
    AND NOT (pieces IS NULL)
),
-- one row per item, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_sku) AS pmpo_unit,
    key_sku
  FROM (
    SELECT
      CAST(sku AS TEXT) AS key_sku
    FROM items_known
    WHERE
      sku IS NOT NULL
    GROUP BY
      sku
  ) AS keys
),
-- items: the unit of each sku
items_unit AS (
  SELECT DISTINCT
    r.sku AS pmpo_via_1,
    u.pmpo_unit
  FROM items_known AS r
  JOIN units AS u
    ON CAST(r.sku AS TEXT) = u.key_sku
  WHERE
    r.sku IS NOT NULL
),
-- demand: exact sums and counts for each unit
demand_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(
      CASE
        WHEN month >= CAST('2023-12-31 15:00:00' AS TIMESTAMP)
        AND month < CAST('2024-03-02 15:00:00' AS TIMESTAMP)
        THEN pieces
      END
    ) AS sum_1,
    COUNT(*) AS count_2,
    SUM(spent) AS sum_3
  FROM demand_known AS r
  JOIN items_unit AS m
    ON r.sku = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_sku,
    demand_atoms.sum_1,
    demand_atoms.count_2,
    demand_atoms.sum_3
  FROM units AS u
  LEFT JOIN demand_atoms
    ON u.pmpo_unit = demand_atoms.pmpo_unit
),
-- formulas of two_months, months, spent
formulas_1 AS (
  SELECT
    key_sku,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_two_months,
    CAST(count_2 AS DOUBLE) AS signal_months,
    CAST(CAST(sum_3 AS TEXT) AS DOUBLE) AS signal_spent
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_sku,
    CASE
      WHEN signal_two_months - signal_two_months = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_two_months) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_two_months * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_two_months
      END
    END AS signal_two_months,
    CASE
      WHEN signal_months - signal_months = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_months) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_months * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_months
      END
    END AS signal_months,
    CASE
      WHEN signal_spent - signal_spent = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_spent) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_spent * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_spent
      END
    END AS signal_spent
  FROM formulas_1
)
SELECT
  key_sku,
  signal_two_months,
  signal_months,
  signal_spent
FROM signals_1
ORDER BY
  key_sku
