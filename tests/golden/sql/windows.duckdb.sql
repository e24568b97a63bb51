-- pmpo windows as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00 (DuckDB)
WITH
-- shops: the columns that the charter names, with exact types
shops_read AS (
  SELECT
    shop
  FROM shops
),
-- shops: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
shops_known AS (
  SELECT
    shop
  FROM shops_read
),
-- sales: the columns that the charter names, with exact types
sales_read AS NOT MATERIALIZED (
  SELECT
    CAST(sold_at AS TIMESTAMP) AS sold_at,
    CAST(sale_id AS BIGINT) AS sale_id,
    CASE
      WHEN TYPEOF(value) = 'DOUBLE' AND CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DOUBLE) = value
      THEN CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DECIMAL(12, 2))
      ELSE TRY_CAST(CAST(CASE
        WHEN value - value = CAST('0' AS DOUBLE) AND ABS(value) < CAST('9007199254740992' AS DOUBLE)
        THEN value
      END AS TEXT) AS DECIMAL(12, 2))
    END AS value,
    shop
  FROM sales
),
-- sales: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
sales_known AS NOT MATERIALIZED (
  SELECT
    sold_at,
    sale_id,
    value,
    shop
  FROM sales_read
  WHERE
    sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND sold_at <= CAST('2024-03-02 12:00:00' AS TIMESTAMP)
),
-- one row per shop, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_shop) AS pmpo_unit,
    key_shop
  FROM (
    SELECT
      CAST(shop AS TEXT) AS key_shop
    FROM shops_known
    WHERE
      shop IS NOT NULL
    GROUP BY
      shop
  ) AS keys
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    shop AS key_shop,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-02 12:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-02 12:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_1,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-02 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-02 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_2,
    COUNT(
      CASE
        WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-02-19 00:00:00' AS TIMESTAMP)
        THEN 1
      END
    ) AS count_3,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-01 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-01 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_4,
    SUM(
      CASE
        WHEN sold_at >= CAST('2023-10-01 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-01-01 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_5,
    SUM(
      CASE
        WHEN sold_at >= CAST('2023-01-01 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-01-01 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_6,
    SUM(
      CASE
        WHEN sold_at >= CAST('2023-12-25 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-02-05 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_7,
    SUM(
      CASE
        WHEN sold_at >= CAST('2022-12-26 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2023-01-30 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_8,
    SUM(
      CASE
        WHEN sold_at >= CAST('2023-12-01 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-01 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_9
  FROM sales_known AS r
  GROUP BY
    shop
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_shop,
    sales_atoms.sum_1,
    sales_atoms.sum_2,
    sales_atoms.count_3,
    sales_atoms.sum_4,
    sales_atoms.sum_5,
    sales_atoms.sum_6,
    sales_atoms.sum_7,
    sales_atoms.sum_8,
    sales_atoms.sum_9
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.key_shop = CAST(sales_atoms.key_shop AS TEXT)
),
-- formulas of exact, by_day, by_week, by_month, by_quarter, by_year, by_period, by_fiscal_month
formulas_1 AS (
  SELECT
    key_shop,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_exact,
    CAST(CAST(sum_2 AS TEXT) AS DOUBLE) AS signal_by_day,
    CAST(count_3 AS DOUBLE) AS signal_by_week,
    CAST(CAST(sum_4 AS TEXT) AS DOUBLE) AS signal_by_month,
    CAST(CAST(sum_5 AS TEXT) AS DOUBLE) AS signal_by_quarter,
    CAST(CAST(sum_6 AS TEXT) AS DOUBLE) AS signal_by_year,
    CAST(CAST(sum_7 AS TEXT) AS DOUBLE) - CAST(CAST(sum_8 AS TEXT) AS DOUBLE) AS signal_by_period,
    CAST(CAST(sum_9 AS TEXT) AS DOUBLE) AS signal_by_fiscal_month
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_shop,
    CASE
      WHEN signal_exact - signal_exact = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_exact) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_exact * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_exact
      END
    END AS signal_exact,
    CASE
      WHEN signal_by_day - signal_by_day = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_day) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_day * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_day
      END
    END AS signal_by_day,
    CASE
      WHEN signal_by_week - signal_by_week = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_week) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_week * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_week
      END
    END AS signal_by_week,
    CASE
      WHEN signal_by_month - signal_by_month = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_month) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_month * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_month
      END
    END AS signal_by_month,
    CASE
      WHEN signal_by_quarter - signal_by_quarter = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_quarter) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_quarter * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_quarter
      END
    END AS signal_by_quarter,
    CASE
      WHEN signal_by_year - signal_by_year = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_year) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_year * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_year
      END
    END AS signal_by_year,
    CASE
      WHEN signal_by_period - signal_by_period = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_period) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_period * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_period
      END
    END AS signal_by_period,
    CASE
      WHEN signal_by_fiscal_month - signal_by_fiscal_month = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_by_fiscal_month) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_by_fiscal_month * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_by_fiscal_month
      END
    END AS signal_by_fiscal_month
  FROM formulas_1
)
SELECT
  key_shop,
  signal_exact,
  signal_by_day,
  signal_by_week,
  signal_by_month,
  signal_by_quarter,
  signal_by_year,
  signal_by_period,
  signal_by_fiscal_month
FROM signals_1
ORDER BY
  key_shop
