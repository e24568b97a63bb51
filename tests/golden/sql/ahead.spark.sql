-- pmpo ahead as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00 (Spark;
--   spark.sql.ansi.enabled is true and spark.sql.session.timeZone is UTC)
WITH
-- items: the columns that the charter names, with exact types
items_read AS (
  SELECT
    sku
  FROM items
),
-- items: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
items_known AS (
  SELECT
    sku
  FROM items_read
),
-- forecast: the columns that the charter names, with exact types
forecast_read AS (
  SELECT
    week,
    CAST(made_at AS TIMESTAMP_NTZ) AS made_at,
    sku,
    CAST(pieces AS BIGINT) AS pieces
  FROM forecast
),
-- forecast: what was planned, whenever it is for, and known, as of 2024-03-04 00:00:00, known by
--   2024-03-04 00:00:00
forecast_known AS (
  SELECT
    week,
    made_at,
    sku,
    pieces
  FROM (
    SELECT
      week,
      made_at,
      sku,
      pieces
    FROM (
      SELECT
        week,
        made_at,
        sku,
        pieces,
        ROW_NUMBER() OVER (PARTITION BY sku, week ORDER BY made_at DESC, week DESC, pieces DESC) AS pmpo_order
      FROM forecast_read
      WHERE
        made_at <= CAST('2024-03-04 00:00:00' AS TIMESTAMP_NTZ)
    ) AS numbered
    WHERE
      pmpo_order = 1
  ) AS latest
),
-- orders: the columns that the charter names, with exact types
orders_read AS (
  SELECT
    CAST(due AS TIMESTAMP_NTZ) AS due,
    CAST(placed_at AS TIMESTAMP_NTZ) AS placed_at,
    CAST(pieces AS BIGINT) AS pieces,
    sku
  FROM orders
),
-- orders: what was planned, whenever it is for, and known, as of 2024-03-04 00:00:00, known by
--   2024-03-04 00:00:00
orders_known AS (
  SELECT
    due,
    placed_at,
    pieces,
    sku
  FROM orders_read
  WHERE
    placed_at <= CAST('2024-03-04 00:00:00' AS TIMESTAMP_NTZ)
),
-- one row per item, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_sku NULLS LAST) AS pmpo_unit,
    key_sku
  FROM (
    SELECT
      CAST(sku AS STRING) AS key_sku
    FROM items_known
    WHERE
      sku IS NOT NULL
    GROUP BY
      sku
  ) AS keys
),
-- forecast: exact sums and counts for each unit
forecast_atoms AS (
  SELECT
    sku AS key_sku,
    SUM(
      CAST(CASE
        WHEN week >= CAST('2024-03-04 00:00:00' AS TIMESTAMP_NTZ)
        AND week < CAST('2024-03-18 00:00:00' AS TIMESTAMP_NTZ)
        THEN pieces
      END AS DECIMAL(38, 0))
    ) AS sum_1,
    SUM(
      CAST(CASE
        WHEN week >= CAST('2024-03-18 00:00:00' AS TIMESTAMP_NTZ)
        AND week < CAST('2024-03-25 00:00:00' AS TIMESTAMP_NTZ)
        THEN pieces
      END AS DECIMAL(38, 0))
    ) AS sum_2,
    SUM(
      CAST(CASE
        WHEN week >= CAST('2024-04-01 00:00:00' AS TIMESTAMP_NTZ)
        AND week < CAST('2024-05-01 00:00:00' AS TIMESTAMP_NTZ)
        THEN pieces
      END AS DECIMAL(38, 0))
    ) AS sum_5
  FROM forecast_known AS r
  WHERE
    week >= CAST('2024-03-04 00:00:00' AS TIMESTAMP_NTZ)
  GROUP BY
    sku
),
-- orders: exact sums and counts for each unit
orders_atoms AS (
  SELECT
    sku AS key_sku,
    COUNT(
      CASE
        WHEN due >= CAST('2024-03-04 00:00:00' AS TIMESTAMP_NTZ)
        AND due < CAST('2024-03-05 12:00:00' AS TIMESTAMP_NTZ)
        THEN 1
      END
    ) AS count_3,
    SUM(
      CAST(CASE
        WHEN due >= CAST('2024-04-01 00:00:00' AS TIMESTAMP_NTZ)
        AND due < CAST('2024-05-01 00:00:00' AS TIMESTAMP_NTZ)
        THEN pieces
      END AS DECIMAL(38, 0))
    ) AS sum_4
  FROM orders_known AS r
  GROUP BY
    sku
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_sku,
    forecast_atoms.sum_1,
    forecast_atoms.sum_2,
    forecast_atoms.sum_5,
    orders_atoms.count_3,
    orders_atoms.sum_4
  FROM units AS u
  LEFT JOIN forecast_atoms
    ON u.key_sku = CAST(forecast_atoms.key_sku AS STRING)
  LEFT JOIN orders_atoms
    ON u.key_sku = CAST(orders_atoms.key_sku AS STRING)
),
-- formulas of wanted, later, due, next_month
formulas_1 AS (
  SELECT
    key_sku,
    CAST(CAST(sum_1 AS STRING) AS DOUBLE) AS signal_wanted,
    CAST(CAST(sum_2 AS STRING) AS DOUBLE) AS signal_later,
    CAST(count_3 AS DOUBLE) AS signal_due,
    CAST(CAST(sum_4 AS STRING) AS DOUBLE) - CAST(CAST(sum_5 AS STRING) AS DOUBLE) AS signal_next_month
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_sku,
    CASE
      WHEN signal_wanted - signal_wanted = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_wanted) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_wanted * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_wanted
      END
    END AS signal_wanted,
    CASE
      WHEN signal_later - signal_later = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_later) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_later * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_later
      END
    END AS signal_later,
    CASE
      WHEN signal_due - signal_due = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_due) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_due * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_due
      END
    END AS signal_due,
    CASE
      WHEN signal_next_month - signal_next_month = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_next_month) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_next_month * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_next_month
      END
    END AS signal_next_month
  FROM formulas_1
)
SELECT
  key_sku,
  signal_wanted,
  signal_later,
  signal_due,
  signal_next_month
FROM signals_1
ORDER BY
  key_sku NULLS LAST
