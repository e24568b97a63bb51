-- pmpo cover as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
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
-- forecast: the columns that the charter names, with exact types
forecast_read AS (
  SELECT
    TRY_CAST(week AS DATE) AS week,
    TRY_CAST(made_at AS TIMESTAMP) AS made_at,
    sku,
    TRY_CAST(TRY_CAST(pieces AS DECIMAL(38, 0)) AS BIGINT) AS pieces
  FROM forecast
),
-- forecast: what was planned, whenever it is for, and known, as of 2024-03-03 15:00:00, known by
--   2024-03-03 15:00:00
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
        made_at <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    ) AS numbered
    WHERE
      pmpo_order = 1
  ) AS latest
),
-- orders: the columns that the charter names, with exact types
orders_read AS (
  SELECT
    TRY_CAST(due AS DATE) AS due,
    TRY_CAST(placed_at AS TIMESTAMP) AS placed_at,
    TRY_CAST(TRY_CAST(pieces AS DECIMAL(38, 0)) AS BIGINT) AS pieces,
    sku
  FROM orders
),
-- orders: what was planned, whenever it is for, and known, as of 2024-03-03 15:00:00, known by
--   2024-03-03 15:00:00
orders_known AS (
  SELECT
    due,
    placed_at,
    pieces,
    sku
  FROM orders_read
  WHERE
    placed_at <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
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
-- forecast: exact sums and counts for each unit
forecast_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(pieces) AS sum_1
  FROM forecast_known AS r
  JOIN items_unit AS m
    ON r.sku = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- orders: exact sums and counts for each unit
orders_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(pieces) AS sum_2
  FROM orders_known AS r
  JOIN items_unit AS m
    ON r.sku = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_sku,
    forecast_atoms.sum_1,
    orders_atoms.sum_2
  FROM units AS u
  LEFT JOIN forecast_atoms
    ON u.pmpo_unit = forecast_atoms.pmpo_unit
  LEFT JOIN orders_atoms
    ON u.pmpo_unit = orders_atoms.pmpo_unit
),
-- formulas of wanted, ordered
formulas_1 AS (
  SELECT
    key_sku,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_wanted,
    CAST(CAST(sum_2 AS TEXT) AS DOUBLE) AS signal_ordered
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
      WHEN signal_ordered - signal_ordered = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_ordered) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_ordered * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_ordered
      END
    END AS signal_ordered
  FROM formulas_1
)
SELECT
  key_sku,
  signal_wanted,
  signal_ordered
FROM signals_1
ORDER BY
  key_sku
